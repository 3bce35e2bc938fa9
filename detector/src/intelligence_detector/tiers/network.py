"""The n-gram network as it is served: word by word, each word's share of the hidden layer worked out once."""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from intelligence_detector.lexicon import Normal
from intelligence_detector.tiers.features import Vector, Vocabulary, pair_grams, word_grams
from intelligence_detector.tiers.scores import log_chances

WORDS_CACHED: Final = 8_192
"""A kilobyte each; when full, the cache starts again."""


class _Share(NamedTuple):
    """What some n-grams bring: their part of the hidden layer, and of the length by which a text is scaled."""

    hidden: Vector
    square: float
    known: bool


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
        self._words: dict[str, _Share] = {}

    def read(self, normal: Normal) -> Reading:
        """Add up the words and the pairs, then one small product."""
        weights, width = self.weights, len(self.weights.hidden_bias)
        shares = [self._word(token) for token in normal.tokens]
        pairs = self._share(tuple(pair_grams(normal)))
        total = np.sum([pairs.hidden, *(share.hidden for share in shares)], axis=0)
        length = math.sqrt(pairs.square + sum(share.square for share in shares)) or 1.0
        total = total / length
        scores = np.maximum(total[:width] + weights.hidden_bias, 0) @ weights.outputs + weights.output_bias
        linear = None if weights.linear_bias is None else log_chances(total[width:] + weights.linear_bias)
        unknown = sum(not share.known for share in shares) / max(1, len(shares))
        return self._reading(scores, linear, unknown)

    def _reading(self, scores: Vector, linear: Vector | None, unknown: float) -> Reading:
        labels = scores[: self._labels]
        peak = float(labels.max())
        energy = peak + math.log(float(np.exp(labels - peak).sum()))
        background = float(log_chances(scores)[-1]) if len(scores) > self._labels else 0.0
        return Reading(labels - energy, linear, background, energy, unknown)

    def _word(self, token: str) -> _Share:
        share = self._words.get(token)
        if share is None:
            if len(self._words) >= WORDS_CACHED:
                self._words.clear()
            share = self._words[token] = self._share(word_grams(token))
        return share

    def _share(self, grams: tuple[str, ...]) -> _Share:
        rows = self.vocabulary.rows(grams)
        rarity = self.vocabulary.rarity[rows]
        known = bool(rows) and self.vocabulary.knows(grams[0])
        return _Share(rarity @ self._columns[rows].astype(np.float32), float(rarity @ rarity), known)
