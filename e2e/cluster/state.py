"""A cluster's state folder: one owner at a time, gone when the owner is."""

import asyncio
import fcntl
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import IO

from e2e.cluster import reaper
from e2e.cluster.cache import ROOT
from e2e.cluster.errors import ClusterError

OWNER = "owner"
DEFAULT_PARENT = ROOT / "build" / "clusters"


class StateFolder:
    """A new folder that vanishes with this process, even when this process is killed."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = (path or DEFAULT_PARENT / secrets.token_hex(4)).absolute()
        self._owner: IO[str] | None = None
        self._reaper: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Make the folder and the process that will remove it."""
        if self.path.exists() and any(self.path.iterdir()):
            raise ClusterError(
                f"{self.path} is not empty: run `python -m e2e.cluster down --dir {self.path}` or choose another"
            )
        self.path.mkdir(parents=True, exist_ok=True)
        self._owner = (self.path / OWNER).open("w")
        fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._owner.write(f"{os.getpid()}\n")
        self._owner.flush()
        self._reaper = subprocess.Popen(
            [sys.executable, "-IS", reaper.__file__, str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    async def close(self) -> None:
        """Have the folder removed, and wait for it."""
        if self._reaper is None or self._owner is None:
            return
        self._owner.close()
        assert self._reaper.stdin is not None
        self._reaper.stdin.close()
        if await asyncio.to_thread(self._reaper.wait):
            raise ClusterError(f"{self.path} cannot be removed: see who still writes there, then remove it")


def owner_of(folder: Path) -> int | None:
    """Return the process that owns a state folder; None when it was left behind."""
    try:
        with (folder / OWNER).open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read())
    except FileNotFoundError:
        pass
    return None
