"""Where files are kept between runs, and how they get there whole."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def cache() -> Path:
    """The cache of this user; ROLLOUT_CACHE names another place."""
    if own := os.environ.get("ROLLOUT_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "intelligence-rollout"


@contextmanager
def replace_file(path: Path) -> Iterator[IO[bytes]]:
    """Write beside the place first, so that nobody ever reads half of a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        draft.chmod(0o644)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
