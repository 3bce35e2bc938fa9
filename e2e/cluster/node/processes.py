"""Starting and ending local processes that die with this one."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LAUNCHER = Path(__file__).with_name("launcher.py")
KILL_SECONDS = 5


@dataclass(frozen=True)
class Command:
    """What to run, with which variables, where."""

    words: tuple[str, ...]
    env: Mapping[str, str]
    folder: str

    def with_words(self, words: tuple[str, ...]) -> "Command":
        """Return another command for the same surroundings."""
        return Command(words, self.env, self.folder)


async def start(command: Command, output: int | IO[bytes] = DEVNULL) -> Process:
    """Start a command in a session of its own; OSError says why it cannot be."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid())),
        *_resolved(command),
        env=dict(command.env),
        cwd=command.folder,
        stdin=DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


async def end(process: Process, grace_seconds: float) -> None:
    """Ask a process to end, and kill it when it has not after the grace period."""
    for number, seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, KILL_SECONDS)):
        signal_session(process, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(process.wait()), seconds)
            return


def signal_session(process: Process, number: signal.Signals) -> None:
    """Send a signal to a process and to what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


async def run(command: Command) -> int:
    """Run a command to its end; it is killed when the caller stops waiting."""
    process = await start(command)
    try:
        return await process.wait()
    finally:
        signal_session(process, signal.SIGKILL)


def _resolved(command: Command) -> list[str]:
    if not command.words:
        raise FileNotFoundError("neither the container nor its image in the image table has a command")
    first, path = command.words[0], command.env.get("PATH")
    wanted = str(Path(command.folder) / first) if os.sep in first else first
    found = shutil.which(wanted, path=path)
    if found is None:
        raise FileNotFoundError(f"program {first} was not found; PATH is {path}")
    return [found, *command.words[1:]]
