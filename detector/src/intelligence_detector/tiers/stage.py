"""How one tier decides: evidence per label as log-odds, weighed; then the chance that its best label is right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.tiers.scores import log_sum, sigmoid

Vector = NDArray[np.floating[Any]]

CERTAIN: Final = 1e-4
SUMMARY_OF_ALL: Final = 3
"""So many features of a summary come before those of the single witnesses."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a stage thinks of one request."""

    log_chances: Vector
    order: NDArray[np.intp]
    """The labels' places, the likeliest first."""
    confidence: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Learned weights of the witnesses, and of the features that tell a right answer from a wrong one."""

    witnesses: Vector
    """One weight per witness (network, neighbours, session, ...)."""
    odds: Vector
    """One weight per feature of `summary`, and the constant last."""

    def decide(self, evidence: Vector, signals: Sequence[float]) -> Opinion:
        """Evidence has a row per witness and a column per label."""
        scores = self.witnesses @ evidence
        ranked = scores - log_sum(scores)
        order = np.argsort(-ranked)
        *weights, constant = self.odds.tolist()
        odds = constant + sum(map(mul, weights, summary(ranked, order, evidence, signals)))
        return Opinion(ranked, order, sigmoid(odds))


def summary(ranked: Vector, order: NDArray[np.intp], evidence: Vector, signals: Sequence[float]) -> list[float]:
    """What tells whether the best label is right: its lead, the spread of the rest, what each witness says of it."""
    chances = np.exp(ranked)
    top, second = chances[order[:2]].tolist()
    sure = min(max(top, CERTAIN), 1 - CERTAIN)
    spread = -float(chances @ ranked)
    said = evidence[:, order[0]]
    behind = said - np.maximum.reduce(evidence, axis=1)
    return [math.log(sure / (1 - sure)), top - second, spread, *behind.tolist(), *said.tolist(), *signals]
