"""A table of word-piece vectors distilled from a sentence encoder: a sentence's vector is their weighted mean."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.lexicon import Normal

Vector = NDArray[np.floating[Any]]

LONGEST_WORD: Final = 64
WORDS_CACHED: Final = 8_192


class StaticTable:
    """Pieces in WordPiece notation (`##` continues a word), each with a vector that its weight already multiplies."""

    def __init__(self, pieces: Sequence[str], vectors: Vector) -> None:
        self.pieces, self.vectors = pieces, vectors
        self._row = {piece: row for row, piece in enumerate(pieces)}
        self._word = lru_cache(WORDS_CACHED)(self._of_word)

    def vector(self, normal: Normal) -> Vector:
        """The sum over the words, scaled to length 1; 0 when no word has a vector."""
        total = np.sum([self._word(token) for token in normal.folded], axis=0) if normal.folded else self._nothing
        length = float(np.sqrt(total @ total))
        return np.asarray(total / length if length else total)

    @property
    def _nothing(self) -> Vector:
        return np.zeros(self.vectors.shape[1], np.float32)

    def _of_word(self, token: str) -> Vector:
        rows = self._split(token)
        return np.asarray(self.vectors[rows].astype(np.float32).sum(axis=0)) if rows else self._nothing

    def _split(self, token: str) -> list[int]:
        """The longest known beginning first, again and again; nothing for a word that does not split."""
        rows: list[int] = []
        rest = token[:LONGEST_WORD]
        while rest:
            prefix = "##" if rows else ""
            sizes = range(len(rest), 0, -1)
            found = next((size for size in sizes if prefix + rest[:size] in self._row), 0)
            if not found:
                return []
            rows.append(self._row[prefix + rest[:found]])
            rest = rest[found:]
        return rows
