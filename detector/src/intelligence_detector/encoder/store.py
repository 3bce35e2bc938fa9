"""Open an encoder, and its static table, which is distilled once and kept in the user's cache."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from intelligence_detector.encoder.bert import FILES, Encoder, require
from intelligence_detector.encoder.distil import distil
from intelligence_detector.paths import cache, replace_file
from intelligence_detector.progress import Progress
from intelligence_detector.tiers.static import StaticTable

SAMPLE: Final = 65_536
FORMAT: Final = 1


def key_of(folder: Path) -> str:
    """Tells one encoder from another, wherever it lies: by its files' sizes, and the beginning and end of each."""
    require(folder)
    digest = hashlib.blake2b(str(FORMAT).encode(), digest_size=8)
    for name in FILES:
        with (folder / name).open("rb") as file:
            digest.update(file.read(SAMPLE))
            size = file.seek(0, 2)
            file.seek(max(0, size - SAMPLE))
            digest.update(file.read() + str(size).encode())
    return digest.hexdigest()


@lru_cache(2)
def open_encoder(folder: Path) -> Encoder:
    """Read it once per process; it takes some hundred megabytes."""
    return Encoder(folder)


def table_of(folder: Path, progress: Progress) -> StaticTable:
    """The static table of an encoder; the first time takes a minute."""
    path = cache() / "encoders" / f"static-{key_of(folder)}.npz"
    table = _read(path)
    if table is None:
        table = distil(open_encoder(folder), progress)
        pieces = np.frombuffer("\n".join(table.pieces).encode(), np.uint8)
        with replace_file(path) as file:
            np.savez(file, pieces=pieces, vectors=table.vectors)
    return table


def _read(path: Path) -> StaticTable | None:
    """None when it must be distilled: it is not there, or damaged."""
    try:
        # Opened here, because numpy leaves a file open that it cannot read.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as found:
            pieces, vectors = found["pieces"].tobytes().decode().split("\n"), found["vectors"]
    except Exception:  # noqa: BLE001 - zipfile, zlib and numpy raise a dozen kinds of error on damaged bytes
        return None
    return StaticTable(tuple(pieces), vectors) if len(pieces) == len(vectors) else None
