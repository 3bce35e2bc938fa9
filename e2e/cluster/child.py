"""Child processes that never outlive this one, and say in a log what happened to them."""

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from e2e.cluster.errors import ClusterError
from e2e.cluster.node import launcher

POLL_S = 0.05
PATIENCE_S = 8.0
"""How long a process may take to end by itself."""


def dying_with_us(command: Sequence[str | Path]) -> list[str]:
    """Return the command line of a program that the kernel kills when this process ends."""
    return [sys.executable, "-IS", launcher.__file__, str(os.getpid()), *map(str, command)]


class Child:
    """One program; start it from the main thread, because it dies with the thread that started it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        *,
        prefix: Sequence[str] = (),
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command, self._prefix, self._cwd = command, prefix, cwd
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process and self.running else None

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it; its output is appended to the log."""
        # the launcher comes last: making a user namespace forgets the signal that it asks for
        command = [*self._prefix, *dying_with_us(self._command)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._cwd,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # a Ctrl-C reaches only the parent, which then ends all in order
            )

    async def said(self, pattern: str, within: float) -> re.Match[str]:
        """Wait until a line of the log matches the whole pattern."""
        limit = time.monotonic() + within
        while time.monotonic() < limit:
            match = re.search(f"^(?:{pattern})$", self.text(), re.MULTILINE)
            if match:
                return match
            self.require_running()
            await asyncio.sleep(POLL_S)
        raise ClusterError(f"{self.name} is not ready after {within:.0f} s: see {self.log} ({self.last_line()})")

    def require_running(self) -> None:
        """Raise when it has ended."""
        if not self.running:
            raise ClusterError(f"{self.name} ended: see {self.log} ({self.last_line()})")

    def text(self) -> str:
        """Return what it has said so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def last_line(self) -> str:
        """Return the last thing that it said."""
        return (self.text().strip().splitlines() or ["it said nothing"])[-1]

    async def stop(self, patience: float = PATIENCE_S) -> None:
        """End it: politely, then for sure."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(self._process.wait, patience)
        self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
