"""What usually follows what was asked before, learned per label and for projects with enough past of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.model import Hints
from intelligence_detector.tiers.dense import DenseHead

Vector = NDArray[np.floating[Any]]

FADINGS: Final = (0.5, 0.8, 0.95)
"""Each step back counts this much of the one after it: what was done just now, lately, and as a rule."""
DOUBT: Final = 1.5
"""Votes for nobody in particular, shared among all labels."""
STEPS: Final = 2
"""The last labels that are looked at one by one."""
LONG: Final = 16
"""A past of this length is a full one."""


@dataclass(frozen=True, slots=True)
class Habits:
    """A linear model on the past, once for everybody and once more for each of some projects."""

    projects: tuple[str, ...]
    head: DenseHead
    base: Vector
    """Log-share of each label in general."""

    def log_odds(self, hints: Hints, places: Sequence[int]) -> Vector:
        """By how much each label is likelier than in general, after these labels (the latest last)."""
        return np.asarray(self.head.log_chances(features(hints, places, self.projects, len(self.base))) - self.base)


def width(labels: int, projects: int) -> int:
    """How many features there are."""
    return ((len(FADINGS) + STEPS) * labels + 3) * (projects + 1)


def features(hints: Hints, places: Sequence[int], projects: Sequence[str], labels: int) -> Vector:
    """The past as numbers, and again in the columns of its project."""
    past = _past(places, labels)
    found = np.zeros((len(projects) + 1, len(past)), np.float32)
    found[0] = past
    if hints.project in projects:
        found[1 + projects.index(hints.project)] = past
    return found.ravel()


def _past(places: Sequence[int], labels: int) -> Vector:
    back = list(reversed(places))
    shares = [_faded(back, fading, labels) for fading in FADINGS]
    steps = [np.eye(1, labels, back[at])[0] if len(back) > at else np.zeros(labels) for at in range(STEPS)]
    return np.concatenate([*shares, *steps, [min(1.0, len(back) / LONG), not back, 1.0]])


def _faded(back: Sequence[int], fading: float, labels: int) -> Vector:
    """Log-odds of each label by its share of the past."""
    weights = list(accumulate([1.0] * len(back), lambda weight, _: weight * fading))
    votes = np.bincount(back, weights, labels) + DOUBT / labels
    return np.asarray(np.log(labels * votes / votes.sum()))
