"""How one tier decides: evidence per label as log-odds, weighed; then the chance that its best label is right."""

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
class Opinions:
    """What a stage thinks of some texts."""

    log_chances: Vector
    """[text, label]"""
    order: NDArray[np.intp]
    """[text, label]: the places of the labels, the likeliest first."""
    confidence: Vector
    """[text]: the chance that the likeliest label is right."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Learned weights of the witnesses, and of the features that tell a right answer from a wrong one."""

    witnesses: Vector
    """One weight per witness (network, neighbours, session, ...)."""
    odds: Vector
    """One weight per feature of `summary`, and the constant last."""

    def decide(self, evidence: Vector, signals: Vector) -> Opinions:
        """Evidence [text, witness, label] and signals [text, signal]."""
        ranked = log_chances(self.witnesses @ evidence)
        order = (-ranked).argsort(axis=1)
        odds = summary(ranked, order, evidence, signals) @ self.odds[:-1] + self.odds[-1]
        return Opinions(ranked, order, sigmoid(odds))


def summary(ranked: Vector, order: NDArray[np.intp], evidence: Vector, signals: Vector) -> Vector:
    """What tells whether the best label is right: its lead, the spread of the rest, what each witness says of it."""
    texts, best, second = np.arange(len(order)), order[:, 0], order[:, 1]
    chances = np.exp(ranked)
    top = chances[texts, best]
    sure = np.minimum(np.maximum(top, CERTAIN), 1 - CERTAIN)
    spread = -np.add.reduce(chances * ranked, axis=1)
    said = evidence[texts, :, best]
    behind = said - np.maximum.reduce(evidence, axis=2)
    of_all = np.array([np.log(sure / (1 - sure)), top - chances[texts, second], spread])
    return np.concatenate([of_all.T, behind, said, signals], axis=1)
