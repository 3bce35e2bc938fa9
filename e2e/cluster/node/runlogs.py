"""The log files of a container: one for each of its last two runs."""

from pathlib import Path
from typing import IO


class RunLogs:
    """Log files by the number of the run, which is the restart count."""

    def __init__(self, pod_folder: Path, container: str) -> None:
        self._folder = pod_folder / "logs"
        self._container = container

    def open(self, run: int) -> IO[bytes]:
        """Open the log of a run, and drop the one before the previous."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.path(run - 2).unlink(missing_ok=True)
        return self.path(run).open("ab", buffering=0)

    def path(self, run: int) -> Path:
        """Return the file of a run, which may not exist."""
        return self._folder / f"{self._container}.{run}.log"
