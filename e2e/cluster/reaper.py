"""Remove a folder once the process that started this one has ended, however it ended: `reaper.py FOLDER`.

Standard input is a pipe whose other end only that process holds; the kernel closes it.
"""

import shutil
import sys
import time
from pathlib import Path

TRIES = 200
PAUSE_S = 0.1


def remove(folder: Path) -> bool:
    """Remove the folder; those who still write into it are ending, so that it may take several tries."""
    for _ in range(TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return True
        time.sleep(PAUSE_S)
    return False


if __name__ == "__main__":
    sys.stdin.read()
    sys.exit(0 if remove(Path(sys.argv[1])) else 1)
