"""The nearest examples: BM25 picks a dozen, rapidfuzz looks at those closely."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from intelligence_detector.lexicon import Normal

Vector = NDArray[np.floating[Any]]

DOZEN: Final = 12
SATURATION: Final = 1.2
LENGTH: Final = 0.5
"""BM25's k1 and b; short sentences differ little in length, so b is low."""
DOUBT: Final = 2.0
"""Evidence that speaks for nobody: few or weak neighbours never add up to certainty."""
COMMON: Final = 0.1
"""Words in more than this share of many examples are not looked up; they cost most and tell least."""
MANY: Final = 1_000
FAINT: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Nearest:
    """What the neighbours say of one text."""

    log_support: Vector
    """Logarithm of the share of the evidence per label; what is missing to 1 is doubt."""
    likeness: float
    """0-1, of the most alike neighbour."""
    places: tuple[int, ...]
    """The neighbours, the weightiest first."""


class Retrieval:
    """An inverted index over the folded words of the examples."""

    def __init__(self, texts: Sequence[str], labels: NDArray[np.integer[Any]], count: int) -> None:
        self.texts, self.labels, self._count = texts, labels, count
        # What rapidfuzz's token_sort_ratio would do again for each comparison.
        self._sorted = [_sorted(text.split()) for text in texts]
        counted = [Counter(text.split()) for text in texts]
        lengths = np.array([sum(one.values()) for one in counted], np.float32)
        self._longer = SATURATION * (1 - LENGTH + LENGTH * lengths / max(1.0, float(lengths.mean())))
        self._postings = self._index(counted)

    def nearest(self, normal: Normal) -> Nearest:
        """Share of the evidence per label among the dozen nearest."""
        text = _sorted(normal.folded)
        found: list[tuple[float, float, int]] = []
        for place, score in self._candidates(normal):
            likeness = fuzz.ratio(text, self._sorted[place]) / 100
            found.append((score * likeness**2, likeness, place))
        found.sort(reverse=True)
        weights, likenesses, places = zip(*found, strict=True) if found else ((), (0.0,), ())
        evidence = np.bincount(self.labels[list(places)], weights, self._count)
        support = evidence / (math.fsum(weights) + DOUBT)
        return Nearest(np.log(support + FAINT), max(likenesses), places)

    def _index(self, counted: Sequence[Counter[str]]) -> dict[str, tuple[NDArray[np.int32], Vector]]:
        lists: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, one in enumerate(counted):
            for word, count in one.items():
                lists[word].append((place, count))
        most = max(MANY, COMMON * len(counted))
        return {word: self._weigh(found, len(counted)) for word, found in lists.items() if len(found) <= most}

    def _weigh(self, found: Sequence[tuple[int, int]], texts: int) -> tuple[NDArray[np.int32], Vector]:
        places = np.array([place for place, _ in found], np.int32)
        counts = np.array([count for _, count in found], np.float32)
        rarity = math.log(1 + (texts - len(found) + 0.5) / (len(found) + 0.5))
        weights = rarity * counts * (SATURATION + 1) / (counts + self._longer[places])
        return places, weights.astype(np.float32)

    def _candidates(self, normal: Normal) -> list[tuple[int, float]]:
        lists = [self._postings[word] for word in dict.fromkeys(normal.folded) if word in self._postings]
        if not lists:
            return []
        scores = np.bincount(np.concatenate([places for places, _ in lists]), np.concatenate([w for _, w in lists]))
        # Of truth values the places are found several times faster than of numbers.
        (met,) = (scores > 0).nonzero()
        top = met if len(met) <= DOZEN else met[scores[met].argpartition(len(met) - DOZEN)[-DOZEN:]]
        return list(zip(top.tolist(), scores[top].tolist(), strict=True))


def _sorted(words: Sequence[str]) -> str:
    return " ".join(sorted(words))
