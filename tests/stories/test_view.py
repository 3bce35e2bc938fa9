from io import StringIO

import pytest
from rich.console import Console

from e2e.stories.view import PlainLines, View, bar
from tests.stories.boards import Clock, board_at, rollout

GATE = {"name": "accuracy", "verdict": "Pass", "value": "0.97", "bound": ">= 0.95", "message": "0.97 >= 0.95"}


@pytest.fixture
def board():
    return board_at(20)


@pytest.fixture
def output():
    return StringIO()


@pytest.fixture
def plain(board, output):
    return PlainLines(View("success", board, Clock()), Console(file=output, width=200))


def test_the_picture_shows_traffic_gates_and_events(board):
    board.saw_rollout("MODIFIED", rollout(50, 20, gates=[GATE], phaseName="ab-test"))
    board.events.append({"reason": "PhaseAdvanced", "message": "20 -> 50 %"})
    console = Console(record=True, width=120, file=StringIO())
    console.print(View("success", board, Clock(), hint="kubectl get irol"))
    text = console.export_text()
    for word in (
        "wanted 50 %",
        "confirmed 20 %",
        "accuracy",
        ">= 0.95",
        "PhaseAdvanced",
        "kubectl get irol",
        "ab-test",
    ):
        assert word in text


@pytest.mark.parametrize(("percent", "full"), [(0, 0), (50, 10), (100, 20)])
def test_a_bar_is_as_full_as_its_percentage(percent, full):
    assert bar(percent).count("█") == full


def test_a_change_is_one_line_and_a_repetition_none(board, plain, output):
    plain.changed()
    plain.changed()
    assert output.getvalue().count("wanted 20 %") == 1
    board.saw_rollout("MODIFIED", rollout(50, 20))
    plain.changed()
    assert output.getvalue().count("wanted 50 %, confirmed 20 %") == 1


def test_a_new_value_with_the_same_verdict_is_no_news(board, plain, output):
    for value in ("0.97 >= 0.95", "0.98 >= 0.95"):
        board.saw_rollout("MODIFIED", rollout(20, 20, gates=[GATE | {"message": value}]))
        plain.changed()
    assert output.getvalue().count("gate accuracy") == 1


def test_each_event_is_told_once(board, plain, output):
    board.events.append({"reason": "PhaseAdvanced", "message": "20 -> 50 %"})
    plain.changed()
    plain.changed()
    assert output.getvalue().count("PhaseAdvanced") == 1
