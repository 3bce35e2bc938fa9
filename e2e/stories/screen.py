"""Shows a story: a live picture on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.live import Live

from e2e.stories.board import Board
from e2e.stories.view import PlainLines, View
from e2e.traffic.generator import Traffic

REFRESH_PER_SECOND = 4
FOREIGN = re.compile(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", re.DOTALL)
"""Taken out: the picture must not load anything from elsewhere, and any monospaced font will do."""


class Screen:
    """The one place that prints while a story runs."""

    def __init__(self, console: Console, svg: Path | None = None, *, live: bool = True) -> None:
        self._console = console
        self._live = live and console.is_terminal
        self._svg = svg
        self._view: View | None = None
        self._plain: PlainLines | None = None

    @contextmanager
    def shown(self, story: str, board: Board) -> Iterator[None]:
        """Show a story until the end of the block."""
        self._view = View(story, board, time.time)
        try:
            if self._live:
                with Live(self._view, console=self._console, refresh_per_second=REFRESH_PER_SECOND):
                    yield
            else:
                self._plain = PlainLines(self._view, self._console)
                board.listeners.append(self._plain.changed)
                yield
        finally:
            self._save()

    def say(self, text: str) -> None:
        """Tell the next step."""
        if self._plain:
            self._plain.line(text)
        elif self._view:
            self._view.lines.append(f"{self._view.elapsed:5.1f} s  {text}")

    def hint(self, text: str) -> None:
        """Show the command to try meanwhile."""
        if self._view:
            self._view.hint = text
        if self._plain:
            self._plain.line(f"meanwhile: {text}")

    def watch_traffic(self, traffic: Traffic) -> None:
        """Show the counts of the traffic from now on."""
        if self._view:
            self._view.traffic = lambda: brief(traffic)

    def _save(self) -> None:
        if self._svg and self._view:
            picture = Console(record=True, width=112, file=io.StringIO())
            picture.print(self._view)
            svg = FOREIGN.sub("", picture.export_svg(title=f"make demo STORY={self._view.story}"))
            self._svg.parent.mkdir(parents=True, exist_ok=True)
            self._svg.write_text(svg, encoding="utf-8")


def brief(traffic: Traffic) -> str:
    """Requests sent, answered and lost in one line."""
    sent, answered = traffic.counts["sent"], traffic.counts["answered"]
    return f"{sent} sent, {answered} answered, {traffic.counts['feedback']} judged"
