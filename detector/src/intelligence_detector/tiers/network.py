"""The n-gram network as it is served: word by word, each word's share of the hidden layer worked out once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from intelligence_detector.lexicon import MAX_TOKENS, Normal
from intelligence_detector.tiers.features import Vector, Vocabulary, pair_grams, word_grams
from intelligence_detector.tiers.packed import Packed
from intelligence_detector.tiers.scores import log_sigmoid, log_sum

SHARES_KEPT: Final = 16_384
"""A kilobyte each; when full, the cache starts again."""
LONGEST: Final = 2 * MAX_TOKENS
"""So many words and pairs one text has at most."""
AT_ONCE: Final = 32
"""So many texts are read at once; with the longest of texts that takes nine megabytes for a moment."""
NOTHING: Final = 0
"""The place of a share of nothing, of which every text has one, so that none is empty."""
TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network makes of one text."""

    rows: Vector
    """Log-chances [witness, label]: the network, and the linear model where there is one; without the background."""
    unknown: float
    """Share of the words never met in training."""
    energy: float
    """How loudly the labels answered altogether; quiet means that nothing was recognised."""
    background: float
    """Log-chance that the text is of none of the labels; 0 when no background was learned."""

    @property
    def log_chances(self) -> Vector:
        """One per label, by the network."""
        return np.asarray(self.rows[0])


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned about n-grams: `inputs` [n-gram, hidden] of the network, `linear` [n-gram, label] or none."""

    inputs: Packed
    hidden_bias: Vector
    outputs: Vector
    output_bias: Vector
    linear: Packed | None = None
    linear_bias: Vector | None = None


class Network:
    """Sparse n-grams, one hidden layer, one output per label and perhaps one for the background."""

    def __init__(self, vocabulary: Vocabulary, weights: Weights, labels: int) -> None:
        self.vocabulary, self.weights, self._labels = vocabulary, weights, labels
        width = weights.inputs.width + (weights.linear.width if weights.linear else 0)
        self._places: dict[str, int] = {}
        # A row per word or pair: its columns, its part of the length by which a text is scaled, 1 when it is unknown.
        self._shares = np.zeros((SHARES_KEPT, width + 2), np.float32)

    def read(self, normals: Sequence[Normal]) -> list[Reading]:
        """Add up the words and the pairs of each text, then one small product for many texts."""
        starts = range(0, len(normals), AT_ONCE)
        return [reading for start in starts for reading in self._read(normals[start : start + AT_ONCE])]

    def _read(self, normals: Sequence[Normal]) -> Iterator[Reading]:
        weights, width = self.weights, len(self.weights.hidden_bias)
        total = self._totals(normals)
        scaled = total[:, :-2] / np.sqrt(np.maximum(total[:, -2:-1], TINY))
        scores = np.maximum(scaled[:, :width] + weights.hidden_bias, 0) @ weights.outputs + weights.output_bias
        rows = scores[:, None, : self._labels]
        if weights.linear_bias is not None:
            rows = np.concatenate([rows, (scaled[:, width:] + weights.linear_bias)[:, None]], axis=1)
        sums = log_sum(rows)
        energy = sums[:, 0, 0]
        background = log_sigmoid(scores[:, -1] - energy) if scores.shape[1] > self._labels else np.zeros_like(energy)
        unknown = [count / max(1, len(one.tokens)) for count, one in zip(total[:, -1].tolist(), normals, strict=True)]
        return map(Reading, rows - sums, unknown, energy.tolist(), background.tolist())

    def _totals(self, normals: Sequence[Normal]) -> Vector:
        """The sum of its shares for each text."""
        places = self._places
        if len(places) > SHARES_KEPT - LONGEST * AT_ONCE:
            places.clear()
        rows: list[int] = []
        starts: list[int] = []
        for normal in normals:
            starts.append(len(rows))
            rows.append(NOTHING)
            for key in (*normal.tokens, *filter(self.vocabulary.knows, pair_grams(normal))):
                place = places.get(key)
                rows.append(self._keep(key) if place is None else place)
        return np.asarray(np.add.reduceat(self._shares.take(rows, axis=0), starts))

    def _keep(self, key: str) -> int:
        """Work out the share of a word or a pair that is met for the first time."""
        place = self._places[key] = len(self._places) + 1
        word = " " not in key
        grams = word_grams(key) if word else (key,)
        rows = np.array(self.vocabulary.rows(grams), np.intp)
        rarity = self.vocabulary.rarity[rows]
        share, width, linear = self._shares[place], self.weights.inputs.width, self.weights.linear
        share[:width] = self.weights.inputs.total(rows, rarity)
        if linear is not None:
            share[width:-2] = linear.total(rows, rarity)
        share[-2:] = rarity @ rarity, word and not self.vocabulary.knows(grams[0])
        return place
