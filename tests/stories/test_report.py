import json

import pytest
from rich.console import Console

from e2e.stories.report import Report, moves_of, summary, write_json

MOVE = {"at": "2026-01-01T00:00:00Z", "from": 20, "to": 50, "reason": "PhaseAdvanced", "message": "longer"}


@pytest.fixture
def report():
    return Report("success", ended_well=True, seconds=61.2, moves=moves_of([MOVE]), figures={"operator.rss_mib": 90})


def test_a_move_has_four_fields():
    assert moves_of([MOVE]) == [{key: MOVE[key] for key in ("at", "from", "to", "reason")}]


def test_one_story_is_one_object(tmp_path, report):
    file = tmp_path / "new" / "report.json"
    write_json(file, [report])
    document = json.loads(file.read_text())
    assert (document["story"], document["ended_well"], document["seconds"]) == ("success", True, 61.2)


def test_several_stories_are_a_list(tmp_path, report):
    file = tmp_path / "report.json"
    write_json(file, [report, report])
    assert len(json.loads(file.read_text())) == 2


def test_the_table_tells_the_path_and_the_reason_of_a_bad_end(report):
    bad = Report("errors", ended_well=False, seconds=3, reason="no alert came")
    console = Console(record=True, width=120)
    console.print(summary([report, bad]))
    text = console.export_text()
    assert "20 > 50" in text
    assert "no alert came" in text
