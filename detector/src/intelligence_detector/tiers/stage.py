"""How one tier decides: evidence per label as log-odds, weighed; then the chance that its best label is right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.tiers.scores import log_chances, sigmoid

Vector = NDArray[np.floating[Any]]

CERTAIN: Final = 1e-4
SUMMARY_OF_ALL: Final = 3
"""So many features of a summary come before those of the single witnesses."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a stage thinks of one request."""

    log_chances: Vector
    place: int
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
        ranked = log_chances(self.witnesses @ evidence)
        place = int(ranked.argmax())
        features = summary(ranked, evidence, place, signals)
        odds = float(self.odds[-1]) + sum(map(float.__mul__, self.odds[:-1].tolist(), features))
        return Opinion(ranked, place, sigmoid(odds))


def summary(ranked: Vector, evidence: Vector, place: int, signals: Sequence[float]) -> list[float]:
    """What tells whether the best label is right: its lead, the spread of the rest, what each witness says of it."""
    chances = np.exp(ranked)
    top = float(chances[place])
    others = chances.copy()
    others[place] = 0.0
    second = float(others.max())
    sure = min(max(top, CERTAIN), 1 - CERTAIN)
    spread = -float(chances @ ranked)
    witnesses = [float(row[place] - row.max()) for row in evidence]
    return [math.log(sure / (1 - sure)), top - second, spread, *witnesses, *evidence[:, place].tolist(), *signals]
