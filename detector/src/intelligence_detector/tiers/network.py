"""The n-gram network as it is served: word by word, each word's share of the hidden layer worked out once."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.lexicon import MAX_TOKENS, Normal
from intelligence_detector.tiers.features import Vector, Vocabulary, pair_grams, word_grams
from intelligence_detector.tiers.scores import log_sigmoid, log_sum

SHARES_KEPT: Final = 16_384
"""A kilobyte each; when full, the cache starts again."""
LONGEST: Final = 2 * MAX_TOKENS
"""So many words and pairs one text has at most."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network makes of one text."""

    log_chances: Vector
    """One per label; the background, if learned, is left out."""
    linear: Vector | None
    """The second opinion of the linear model, where there is one."""
    background: float
    """Log-chance that the text is of none of the labels; 0 when no background was learned."""
    energy: float
    """How loudly the labels answered altogether; quiet means that nothing was recognised."""
    unknown: float
    """Share of the words never met in training."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned about n-grams: `inputs` [n-gram, hidden] of the network, `linear` [n-gram, label] or none."""

    inputs: Vector
    hidden_bias: Vector
    outputs: Vector
    output_bias: Vector
    linear: Vector | None = None
    linear_bias: Vector | None = None


class Network:
    """Sparse n-grams, one hidden layer, one output per label and perhaps one for the background."""

    def __init__(self, vocabulary: Vocabulary, weights: Weights, labels: int) -> None:
        self.vocabulary, self.weights, self._labels = vocabulary, weights, labels
        # Side by side, so that one sum over the words serves both.
        self._columns = weights.inputs if weights.linear is None else np.hstack([weights.inputs, weights.linear])
        self._places: dict[str, int] = {}
        # A row per word or pair: its columns, its part of the length by which a text is scaled, 1 when it is unknown.
        self._shares = np.zeros((SHARES_KEPT, self._columns.shape[1] + 2), np.float32)

    def read(self, normal: Normal) -> Reading:
        """Add up the words and the pairs, then one small product."""
        weights, width = self.weights, len(self.weights.hidden_bias)
        total = np.add.reduce(self._shares[self._rows(normal)])
        scaled = total[:-2] / (math.sqrt(total[-2]) or 1.0)
        scores = np.maximum(scaled[:width] + weights.hidden_bias, 0) @ weights.outputs + weights.output_bias
        linear = None if weights.linear_bias is None else scaled[width:] + weights.linear_bias
        energy = log_sum(scores[: self._labels])
        return Reading(
            log_chances=scores[: self._labels] - energy,
            linear=None if linear is None else linear - log_sum(linear),
            background=log_sigmoid(float(scores[-1]) - energy) if len(scores) > self._labels else 0.0,
            energy=energy,
            unknown=float(total[-1]) / max(1, len(normal.tokens)),
        )

    def _rows(self, normal: Normal) -> NDArray[np.intp]:
        """Where the shares of the words and of the known pairs lie, each worked out when it is first met."""
        places = self._places
        if len(places) > SHARES_KEPT - LONGEST:
            places.clear()
        keys = [*normal.tokens, *filter(self.vocabulary.knows, pair_grams(normal))]
        for key in keys:
            if key not in places:
                places[key] = self._keep(key, len(places))
        return np.array([places[key] for key in keys], np.intp)

    def _keep(self, key: str, place: int) -> int:
        word = " " not in key
        grams = word_grams(key) if word else (key,)
        rows = self.vocabulary.rows(grams)
        rarity = self.vocabulary.rarity[rows]
        self._shares[place, :-2] = rarity @ self._columns[rows].astype(np.float32)
        self._shares[place, -2:] = rarity @ rarity, word and not self.vocabulary.knows(grams[0])
        return place
