"""The nearest examples: BM25 picks a dozen, rapidfuzz looks at those closely."""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from intelligence_detector.catalogue import INDEX, SPECIALISTS
from intelligence_detector.lexicon import Example, Normal

Vector = NDArray[np.floating[Any]]

DOZEN: Final = 12
SATURATION: Final = 1.2
LENGTH: Final = 0.5
"""BM25's k1 and b; short sentences differ little in length, so b is low."""
DOUBT: Final = 2.0
"""Evidence that speaks for nobody: few or weak neighbours never add up to certainty."""


class Retrieval:
    """An inverted index over the folded words of the examples."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._texts = [" ".join(example.normal.folded) for example in examples]
        self._labels = [INDEX[example.label] for example in examples]
        mean = sum(len(example.normal.folded) for example in examples) / len(examples)
        spread = Counter(word for example in examples for word in set(example.normal.folded))
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, example in enumerate(examples):
            longer = SATURATION * (1 - LENGTH + LENGTH * len(example.normal.folded) / mean)
            for word, count in Counter(example.normal.folded).items():
                rarity = math.log(1 + (len(examples) - spread[word] + 0.5) / (spread[word] + 0.5))
                self._index[word].append((place, rarity * count * (SATURATION + 1) / (count + longer)))

    def support(self, normal: Normal) -> Vector:
        """Share of the evidence per specialist; sums to less than 1, the rest is doubt."""
        text = " ".join(normal.folded)
        evidence = np.zeros(len(SPECIALISTS))
        for place, score in self._candidates(normal):
            likeness = fuzz.token_sort_ratio(text, self._texts[place]) / 100
            evidence[self._labels[place]] += score * likeness**2
        return np.asarray(evidence / (evidence.sum() + DOUBT))

    def _candidates(self, normal: Normal) -> list[tuple[int, float]]:
        scores: dict[int, float] = defaultdict(float)
        for word in set(normal.folded):
            for place, score in self._index.get(word, ()):
                scores[place] += score
        return heapq.nlargest(DOZEN, scores.items(), key=lambda item: item[1])
