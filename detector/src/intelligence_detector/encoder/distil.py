"""Distil a static table from an encoder: every piece is read alone once, then weighed by how rare it must be."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.encoder.bert import Encoder
from intelligence_detector.progress import Progress
from intelligence_detector.tiers.static import StaticTable

DIMENSIONS: Final = 256
BATCH: Final = 256
COMMON: Final = 1e-4
"""A piece as common as this counts half."""


def distil(encoder: Encoder, progress: Progress) -> StaticTable:
    """One vector per piece of the encoder's vocabulary, in fewer dimensions."""
    pieces = encoder.pieces
    first, last = encoder.frame
    numbers = np.arange(len(pieces))
    parts = []
    for start in range(0, len(numbers), BATCH):
        some = numbers[start : start + BATCH]
        framed = np.column_stack([np.full(len(some), first), some, np.full(len(some), last)])
        parts.append(encoder.encode_numbers(framed))
        progress(min(start + BATCH, len(numbers)), len(numbers))
    vectors = _principal(np.concatenate(parts)) * _weights(len(pieces))[:, None]
    return StaticTable(pieces, vectors.astype(np.float16))


def _principal(vectors: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The directions in which the pieces differ most; what is common to all of them is taken away."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ directions[:, ::-1][:, :DIMENSIONS])


def _weights(count: int) -> NDArray[np.floating[Any]]:
    """Vocabularies are ordered by frequency, so a piece's place tells its frequency (Zipf)."""
    share = 1 / np.arange(2, count + 2)
    share /= share.sum()
    return np.asarray(COMMON / (COMMON + share))
