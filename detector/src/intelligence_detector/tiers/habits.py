"""What usually follows what was asked before, learned per label and for projects with enough past of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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
_BACK: Final = np.arange(REMEMBERED)
_WEIGHTS: Final = np.power.outer(np.array(FADINGS), _BACK)


@dataclass(frozen=True, slots=True)
class Past:
    """What was asked before, as numbers."""

    shares: Vector
    """[fading, label]: log-odds of each label by its share of what was asked."""
    steps: Vector
    """[step back, label]: 1 for the label that was asked then."""
    length: int

    @classmethod
    def of(cls, places: Sequence[int], labels: int) -> "Past":
        """From the places of the labels that were asked, the latest last."""
        back = places[: -REMEMBERED - 1 : -1]
        asked = np.zeros((max(len(back), STEPS), labels))
        asked[_BACK[: len(back)], back] = 1
        votes = _WEIGHTS[:, : len(asked)] @ asked + DOUBT / labels
        shares = np.log(labels * votes / np.add.reduce(votes, axis=1, keepdims=True))
        return cls(shares, asked[:STEPS], len(places))


@dataclass(frozen=True, slots=True)
class Habits:
    """A linear model on the past, once for everybody and once more for each of some projects."""

    projects: tuple[str, ...]
    head: DenseHead
    base: Vector
    """Log-share of each label in general."""

    def log_odds(self, past: Past, project: str) -> Vector:
        """By how much each label is likelier than in general, after that past."""
        return np.asarray(self.head.log_chances(features(past, project, self.projects)) - self.base)


def width(labels: int, projects: int) -> int:
    """How many features there are."""
    return ((len(FADINGS) + STEPS) * labels + 3) * (projects + 1)


def features(past: Past, project: str, projects: Sequence[str]) -> Vector:
    """The past as numbers, and again in the columns of its project."""
    rest = (min(1.0, past.length / LONG), not past.length, 1.0)
    numbers = np.concatenate([past.shares.ravel(), past.steps.ravel(), rest])
    found = np.zeros((len(projects) + 1, len(numbers)), np.float32)
    found[0] = numbers
    if project in projects:
        found[1 + projects.index(project)] = numbers
    return found.ravel()
