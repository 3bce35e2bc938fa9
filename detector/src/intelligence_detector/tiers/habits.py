"""What usually follows what was asked before, learned per label and for projects with enough past of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.model import Hints
from intelligence_detector.tiers.dense import DenseHead

Vector = NDArray[np.floating[Any]]

FADINGS: Final = (0.5, 0.8, 0.95)
"""Each step back counts this much of the one after it: what was done just now, lately, and as a rule."""
LATELY: Final = 1
REMEMBERED: Final = 64
"""What was asked earlier than that is forgotten."""
DOUBT: Final = 1.5
"""Votes for nobody in particular, shared among all labels."""
STEPS: Final = 2
"""The last labels that are looked at one by one."""
LONG: Final = 16
"""A past of this length is a full one."""
_WEIGHTS: Final = np.power.outer(np.array(FADINGS), np.arange(REMEMBERED))


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
    back = places[: -STEPS - 1 : -1]
    steps = np.zeros((STEPS, labels))
    steps[range(len(back)), back] = 1
    rest = (min(1.0, len(places) / LONG), not places, 1.0)
    return np.concatenate([faded(places, labels).ravel(), steps.ravel(), rest])


def faded(places: Sequence[int], labels: int) -> Vector:
    """[fading, label]: log-odds of each label by its share of the past."""
    back = places[: -REMEMBERED - 1 : -1]
    asked = np.zeros((len(back), labels))
    asked[range(len(back)), back] = 1
    votes = _WEIGHTS[:, : len(back)] @ asked + DOUBT / labels
    return np.asarray(np.log(labels * votes / votes.sum(axis=1, keepdims=True)))
