from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from e2e.stories import __main__ as command_line
from e2e.stories import playground
from e2e.stories.report import Report
from e2e.stories.runner import demand, reason_of
from e2e.stories.stage import StoryError
from e2e.stories.tales import TALES


class Bare:
    """An environment that can do no harm."""

    can: frozenset = frozenset()


def test_success_is_the_story_that_is_told_unasked():
    assert command_line.parse(["demo"]).story == "success"


def test_every_story_can_be_chosen_and_all_of_them():
    for name in [*TALES, "all"]:
        assert command_line.parse(["demo", "--story", name]).story == name


def test_the_stories_are_those_of_the_manual():
    assert list(TALES) == ["success", "errors", "accuracy", "blind", "restart", "drift", "unhealthy"]


def test_an_unknown_story_is_refused(capsys):
    with pytest.raises(SystemExit):
        command_line.parse(["demo", "--story", "happy"])
    assert "unhealthy" in capsys.readouterr().err


def test_a_story_that_needs_more_than_the_environment_can_do_is_refused():
    with pytest.raises(StoryError, match="SIGKILL"):
        demand(TALES["restart"], Bare())


def test_stories_without_needs_can_be_told_everywhere():
    for name in ("success", "errors", "accuracy", "drift", "unhealthy"):
        demand(TALES[name], Bare())


def test_a_bad_end_names_the_reason_and_the_logs():
    console = Console(file=StringIO(), width=200)
    report = Report("errors", ended_well=False, seconds=9, reason="no alert came", logs="build/logs/errors")
    command_line.tell_end(console, report)
    assert "no alert came" in console.file.getvalue()
    assert "build/logs/errors" in console.file.getvalue()


def test_the_reasons_of_parts_that_failed_together_are_all_told():
    group = ExceptionGroup("parts", [StoryError("first"), ExceptionGroup("inner", [OSError("second")])])
    assert reason_of(group) == "first; second"


def test_down_says_so_when_nothing_is_up(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(playground, "PID_FILE", tmp_path / "up.pid")
    console = Console(file=StringIO())
    assert playground.take_down(console) == 0
    assert "nothing is up" in console.file.getvalue()


def test_a_process_id_that_another_program_got_is_left_alone(tmp_path: Path, monkeypatch):
    (tmp_path / "up.pid").write_text("1")
    monkeypatch.setattr(playground, "PID_FILE", tmp_path / "up.pid")
    assert playground._running_pid() is None
