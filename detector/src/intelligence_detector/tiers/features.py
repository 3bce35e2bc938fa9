"""N-grams of a text, word by word, so that what a word is worth can be worked out once and kept."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.lexicon import Normal, fold

Vector = NDArray[np.floating[Any]]
Rows = NDArray[np.intp]

CHARACTERS: Final = (2, 3, 4)
WORD: Final = "w "
"""Before the n-gram that is a whole word."""
WORDS_KEPT: Final = 100_000


@lru_cache(maxsize=WORDS_KEPT)
def word_grams(token: str) -> tuple[str, ...]:
    """The word without diacritics and its characters; with diacritics the word as written too."""
    plain = fold(token)
    padded = f"<{plain}>"
    characters = [padded[at : at + size] for size in CHARACTERS for at in range(len(padded) - size + 1)]
    return (WORD + plain, *characters, *((f"t {token}",) if token != plain else ()))


def pair_grams(normal: Normal) -> list[str]:
    """Neighbouring words."""
    return [f"p {left} {right}" for left, right in pairwise(normal.folded)]


def all_grams(normal: Normal) -> list[str]:
    """Everything that the network can learn from, repeated as often as it occurs."""
    return [*(gram for token in normal.tokens for gram in word_grams(token)), *pair_grams(normal)]


class Vocabulary:
    """The n-grams that the network knows, each with the weight of its rarity."""

    def __init__(self, grams: Sequence[str], rarity: Vector) -> None:
        self.grams, self.rarity = grams, rarity
        self._row = {gram: row for row, gram in enumerate(grams)}

    @classmethod
    def of(cls, texts: Sequence[Normal], at_least: int = 1) -> "Vocabulary":
        """The n-grams of these texts that occur in at least so many of them."""
        # In order of appearance: the order of a set differs from process to process, and with it the trained model.
        spread = Counter(gram for text in texts for gram in dict.fromkeys(all_grams(text)))
        kept = {gram: count for gram, count in spread.items() if count >= at_least}
        rarity = np.array([rarity_of(count, len(texts)) for count in kept.values()], np.float32)
        return cls(tuple(kept), rarity)

    def rows(self, grams: Iterable[str]) -> list[int]:
        """Rows of the known ones among the n-grams."""
        return [row for gram in grams if (row := self._row.get(gram)) is not None]

    def knows(self, gram: str) -> bool:
        """Whether the n-gram was met in training."""
        return gram in self._row

    def __len__(self) -> int:
        return len(self.grams)


def rarity_of(count: int, texts: int) -> float:
    """Rare n-grams weigh more."""
    return 1 + math.log((1 + texts) / (1 + count))


def counted(rows: Sequence[int], rarity: Vector) -> tuple[Rows, Vector]:
    """Distinct rows and their weights, scaled to length 1."""
    counts: Mapping[int, int] = Counter(rows)
    places = np.fromiter(counts, np.intp, len(counts))
    values = rarity[places] * np.fromiter(counts.values(), np.float32, len(counts))
    # Summed with repetition, as a sentence is put together from whole words when it is served.
    length = math.sqrt(float(np.square(rarity[np.asarray(rows, np.intp)]).sum())) if rows else 1.0
    return places, values / length
