"""A linear model over word and character n-grams, solved in closed form when the program starts."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.catalogue import INDEX, SPECIALISTS
from intelligence_detector.lexicon import Example, Normal

Vector = NDArray[np.floating[Any]]

RIDGE: Final = 0.5
CHARACTERS: Final = (2, 3, 4)
SHARPNESS: Final = tuple(range(1, 25))


def grams(normal: Normal) -> Counter[str]:
    """Words, pairs of words and characters within words; each kind has its own mark so that they never mix."""
    words = normal.folded
    found = Counter(f"w {word}" for word in words)
    found.update(f"p {left} {right}" for left, right in pairwise(words))
    for word in words:
        padded = f"<{word}>"
        found.update(padded[at : at + size] for size in CHARACTERS for at in range(len(padded) - size + 1))
    return found


class NgramModel:
    """Chances per specialist. Ridge regression on tf-idf; softmax sharpened on leave-one-out predictions."""

    def __init__(self, examples: Sequence[Example]) -> None:
        counted = [grams(example.normal) for example in examples]
        spread = Counter(gram for one in counted for gram in one)
        self._place = {gram: place for place, gram in enumerate(spread)}
        self._idf = [1 + math.log(len(examples) / count) for count in spread.values()]
        self._rarest = 1 + math.log(len(examples))
        self._fit([self._weigh(one) for one in counted], np.array([INDEX[example.label] for example in examples]))

    def chances(self, normal: Normal) -> Vector:
        """One chance per specialist, in the order of SPECIALISTS, summing to 1."""
        places, values = self._weigh(grams(normal))
        scores = self._base + (values @ self._weights[places] if places else 0)
        return softmax(self._sharpness * scores)

    def _weigh(self, counted: Counter[str]) -> tuple[list[int], Vector]:
        """Places and weights of the known n-grams; unknown ones weigh in the length, so that they breed doubt."""
        scale = {gram: 1 + math.log(count) for gram, count in counted.items()}
        known = [(self._place[gram], weight) for gram, weight in scale.items() if gram in self._place]
        values = np.array([weight * self._idf[place] for place, weight in known], dtype=np.float32)
        unknown = sum(weight**2 for gram, weight in scale.items() if gram not in self._place) * self._rarest**2
        return [place for place, _ in known], values / (math.sqrt(float(values @ values) + unknown) or 1.0)

    def _fit(self, rows: Sequence[tuple[list[int], Vector]], labels: NDArray[np.int_]) -> None:
        grid = np.zeros((len(self._idf), len(rows)), dtype=np.float32)
        for column, (places, values) in enumerate(rows):
            grid[places, column] = values
        # Row by row, because a row has a hundred n-grams out of thousands: ten times faster than one big product.
        alike = np.stack([values @ grid[places] for places, values in rows]).astype(np.float64)
        wanted = np.eye(len(SPECIALISTS))[labels]
        self._base = wanted.mean(axis=0)
        inverse = np.linalg.inv(alike + RIDGE * np.eye(len(rows)))
        dual = inverse @ (wanted - self._base)
        self._weights = grid @ dual.astype(np.float32)
        # What the model would have said of each example without having seen it (closed form for ridge regression).
        unseen = wanted - dual / inverse.diagonal()[:, None]
        self._sharpness = max(SHARPNESS, key=lambda sharpness: _likelihood(sharpness * unseen, labels))


def softmax(scores: Vector) -> Vector:
    """Scores as chances that sum to 1."""
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum())


def _likelihood(scores: Vector, labels: NDArray[np.int_]) -> float:
    top = scores.max(axis=1)
    total = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
    return float((scores[np.arange(len(labels)), labels] - total).sum())
