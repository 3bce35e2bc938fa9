"""What is built or fetched once and kept outside the checkout."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import say

ROOT = Path(__file__).parents[2]
"""The checkout."""


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the cache: ROLLOUT_CACHE, else a folder in the user's own cache."""
    if chosen := environment.get("ROLLOUT_CACHE"):
        return Path(chosen).absolute()
    base = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "intelligence-rollout"


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock on a file; a second process waits, so that a thing wanted by two is made once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that makes the same ({path})")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def made_whole(target: Path) -> Iterator[Path]:
    """Give a fresh folder that becomes `target` when the block succeeds, and vanishes when it does not.

    The caller holds a lock on it: what lies there half made was left by a process that was killed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{target.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield folder
        folder.chmod(0o755)
        folder.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def content_hash(files: Iterable[Path], *more: str) -> str:
    """Return a short hash of names and contents of files and of other strings, whatever the files' order."""
    digest = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{file.name}\0{len(content)}\0".encode() + content)
    for item in more:
        digest.update(f"{len(item)}\0{item}".encode())
    return digest.hexdigest()[:16]


def require_space(folder: Path, gigabytes: float, purpose: str) -> None:
    """Refuse to begin what the disk cannot hold."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free / 1e9
    if free < gigabytes:
        raise ClusterError(
            f"{purpose} needs {gigabytes:.1f} GB in {folder}, {free:.1f} GB are free: free some, or set ROLLOUT_CACHE"
        )
