"""The live picture in a terminal, and plain lines everywhere else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from e2e.stories.board import Board, Clock

COLOURS = {"Pass": "green", "Fail": "red", "Inconclusive": "yellow", "ProviderError": "magenta", "ConfigError": "red"}


@dataclass
class View:
    """One story's picture; `lines` are the steps told so far."""

    story: str
    board: Board
    clock: Clock
    hint: str = ""
    started: float = 0.0
    traffic: Callable[[], str] = str
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=6))

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the story began."""
        return self.clock() - self.started

    def __rich__(self) -> RenderableType:
        parts: list[RenderableType] = [self._rollout(), self._gates(), self._events()]
        parts.append(Text("\n".join(self.lines), style="dim"))
        if self.hint:
            parts.append(Text(f"meanwhile: {self.hint}", style="cyan"))
        return Panel(Group(*parts), title=f"story {self.story}  {self.elapsed:.0f} s", width=110)

    def _rollout(self) -> Table:
        table = Table.grid(padding=(0, 2))
        status, board = self.board.status, self.board
        soak, replicas = status.get("soak", {}), status.get("replicas", {})
        table.add_row(
            "phase",
            f"[bold]{board.phase}[/] {status.get('phaseName', '')}",
            "soak",
            f"{soak.get('earned', '-')} of {soak.get('required', '-')}",
        )
        table.add_row(
            "traffic",
            f"{bar(board.wanted)} wanted {board.wanted} %",
            "replicas",
            f"{replicas.get('converged', 0)} of {replicas.get('desired', '-')} converged",
        )
        table.add_row("", f"{bar(board.confirmed)} confirmed {board.confirmed} %", "requests", self.traffic())
        return table

    def _gates(self) -> Table:
        table = Table(box=None, padding=(0, 2), show_header=True, header_style="dim")
        for column in ("gate", "verdict", "value", "bound", ""):
            table.add_column(column, no_wrap=True)
        for gate in self.board.status.get("gates", []):
            verdict = gate.get("verdict", "")
            row = (
                gate["name"],
                f"[{COLOURS.get(verdict, 'white')}]{verdict}[/]",
                str(gate.get("value", "")),
                str(gate.get("bound", "")),
            )
            told = "" if verdict == "Pass" else str(gate.get("message", ""))
            table.add_row(*row, Text(told[:60], style="dim"))
        return table

    def _events(self) -> Text:
        last = self.board.events[-4:]
        return Text("\n".join(event_line(event) for event in last))


def bar(percent: int, width: int = 20) -> str:
    """A bar of a percentage."""
    full = round(percent * width / 100)
    return "█" * full + "░" * (width - full)


def event_line(event: dict[str, object]) -> str:
    """One line for an event."""
    return f"{event.get('reason', '')}: {event.get('note') or event.get('message', '')}"


class PlainLines:
    """Prints what changed, one line a change."""

    def __init__(self, view: View, console: Console) -> None:
        self._view = view
        self._console = console
        self._last: dict[str, str] = {}
        self._told = 0

    def changed(self) -> None:
        """Print the lines that are new since the last call."""
        board = self._view.board
        where = f"{board.phase} {board.status.get('phaseName', '')}".strip()
        now = {"rollout": f"{where}: wanted {board.wanted} %, confirmed {board.confirmed} %"}
        for gate in board.status.get("gates", []):
            now[f"gate {gate['name']}"] = f"{gate.get('verdict')} {gate.get('message') or gate.get('bound', '')}"
        verdicts = {key: value.split()[0] if key.startswith("gate") else value for key, value in now.items()}
        for key, value in now.items():
            if self._last.get(key) != verdicts[key]:
                self.line(f"{key}: {value}")
        self._last = verdicts
        self._print_events()

    def _print_events(self) -> None:
        for event in self._view.board.events[self._told :]:
            self.line(f"event {event_line(event)}")
        self._told = len(self._view.board.events)

    def line(self, text: str) -> None:
        """Print one line with the time since the start."""
        self._console.print(f"[{self._view.elapsed:6.1f} s] {text}", markup=False, highlight=False, soft_wrap=True)
