"""What a story leaves behind: a JSON document and a table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.table import Table


@dataclass
class Report:
    """How one story ended."""

    story: str
    ended_well: bool
    seconds: float
    moves: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    logs: str = ""


def write_json(path: Path, reports: list[Report]) -> None:
    """Write one report as an object, several as a list."""
    documents = [asdict(report) for report in reports]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(documents[0] if len(documents) == 1 else documents, indent=2) + "\n", encoding="utf-8")


def moves_of(history: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The moves of a rollout, each with `at`, `from`, `to` and `reason`."""
    return [{key: move.get(key) for key in ("at", "from", "to", "reason")} for move in history]


def summary(reports: Iterable[Report]) -> Table:
    """A table with one line a story."""
    table = Table(title="stories", title_justify="left")
    for column, justify in (
        ("story", "left"),
        ("ended", "left"),
        ("seconds", "right"),
        ("moves", "left"),
        ("remark", "left"),
    ):
        table.add_column(column, justify="right" if justify == "right" else "left")
    for report in reports:
        steps = " > ".join(str(percent) for percent in percentages(report.moves))
        ended = "[green]as it should[/]" if report.ended_well else "[red]badly[/]"
        table.add_row(report.story, ended, f"{report.seconds:.0f}", steps, report.reason or remark(report))
    return table


def percentages(moves: list[dict[str, Any]]) -> list[int]:
    """The percentages that the moves went through, without those that stayed."""
    passed = [moves[0]["from"], *(move["to"] for move in moves)] if moves else []
    return [percent for percent, _ in groupby(passed)]


def remark(report: Report) -> str:
    """The figures worth a glance."""
    worst = max((c["seconds"] for c in report.figures.get("patched_to_confirmed", [])), default=None)
    alert = report.figures.get("alert_fired_to_confirmed_seconds")
    parts = [f"patched to confirmed <= {worst:.1f} s" if worst is not None else ""]
    parts.append(f"alert fired to confirmed {alert:.1f} s" if alert is not None else "")
    return ", ".join(part for part in parts if part)
