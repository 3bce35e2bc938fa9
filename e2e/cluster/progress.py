"""Progress of long work: a bar on a terminal, plain lines now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

Advance = Callable[[], None]
EVERY = 10.0
"""Seconds between two plain lines."""


def say(message: str) -> None:
    """Tell the person at the terminal; results go to standard output, this does not."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def progress(title: str, total: int | None, stream: TextIO | None = None) -> Iterator[Advance]:
    """Show how far `total` steps are (unknown when None); call what is given once a step."""
    out = stream or sys.stderr
    if out.isatty():
        with _bar(out) as bar:
            task = bar.add_task(title, total=total)
            yield lambda: bar.advance(task)
    else:
        yield PlainLines(title, total, out)


def _bar(out: TextIO) -> RichProgress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return RichProgress(*columns, console=Console(file=out))


class PlainLines:
    """A line at most every ten seconds."""

    def __init__(self, title: str, total: int | None, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._title, self._total, self._out, self._clock = title, total, out, clock
        self._done = 0
        self._began = self._last = clock()

    def __call__(self) -> None:
        """Count one step, and say so when it is time."""
        self._done += 1
        now = self._clock()
        if now - self._last >= EVERY:
            self._last = now
            amount = f"{self._done} of {self._total}" if self._total else str(self._done)
            print(f"{self._title}: {amount}, {now - self._began:.0f} s", file=self._out, flush=True)
