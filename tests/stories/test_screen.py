from io import StringIO

import pytest
from rich.console import Console

from e2e.stories.screen import Screen
from tests.stories.boards import board_at


@pytest.fixture
def output():
    return StringIO()


async def test_without_a_terminal_steps_and_changes_are_lines(output):
    screen, board = Screen(Console(file=output, width=200)), board_at(20)
    with screen.shown("success", board):
        screen.say("starting the cluster")
        screen.hint("kubectl get irol")
        await board.touch()
    assert [line.partition("] ")[2] for line in output.getvalue().splitlines()] == [
        "starting the cluster",
        "meanwhile: kubectl get irol",
        "rollout: Progressing: wanted 20 %, confirmed 20 %",
    ]


def test_on_a_terminal_the_picture_is_shown(output):
    screen = Screen(Console(file=output, width=120, force_terminal=True))
    with screen.shown("success", board_at(20)):
        screen.say("starting the cluster")
    assert "wanted 20 %" in output.getvalue()
    assert "starting the cluster" in output.getvalue()


def test_the_last_picture_is_saved_and_loads_nothing_from_elsewhere(output, tmp_path):
    file = tmp_path / "pictures" / "demo.svg"
    with Screen(Console(file=output), file).shown("success", board_at(50)):
        pass
    assert "50" in file.read_text()
    assert 'url("http' not in file.read_text()
