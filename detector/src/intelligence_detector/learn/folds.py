"""How lessons are dealt for cross-fitting: who teaches, who is asked, and what stands for the outside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from intelligence_detector.learn.lessons import Lesson

FOLDS: Final = ((1_000, 8, 8), (5_000, 6, 2), (math.inf, 5, 1))
"""For sets below a size: into how many parts it is cut, and how many of them are asked, each after its own training."""
ENOUGH_OUTSIDE: Final = 50
"""With fewer texts from outside, labels are hidden from further folds, and their texts stand for the outside."""
FEWEST_LABELS: Final = 4
GROUPS: Final = 7
"""A seventh of the labels is hidden at a time, and at least one."""
MOST_HIDDEN: Final = 1_500
"""So many texts of hidden labels are asked; more would tell no more."""


@dataclass(frozen=True, slots=True)
class Fold:
    """The taught teach the witnesses, who are then asked about the rest; outside texts have no label."""

    taught: Sequence[Lesson]
    asked: Sequence[Lesson]
    outside_taught: Sequence[Lesson]
    outside_asked: Sequence[Lesson]


def deal(lessons: Sequence[Lesson], outside: Sequence[Lesson], seed: int) -> list[Fold]:
    """Small sets are cut into eight parts; of large ones a part is held back once or twice."""
    parts, used = next((parts, used) for most, parts, used in FOLDS if len(lessons) < most)
    rng = np.random.default_rng(seed)
    dealt, dealt_outside = rng.permutation(len(lessons)) % parts, rng.permutation(len(outside)) % parts
    folds = [
        Fold(
            [one for one, part in zip(lessons, dealt, strict=True) if part != number],
            [one for one, part in zip(lessons, dealt, strict=True) if part == number],
            [one for one, part in zip(outside, dealt_outside, strict=True) if part != number],
            [one for one, part in zip(outside, dealt_outside, strict=True) if part == number],
        )
        for number in range(used)
    ]
    return folds + ([] if len(outside) >= ENOUGH_OUTSIDE else _hiding(lessons, outside, used, rng))


def _hiding(lessons: Sequence[Lesson], outside: Sequence[Lesson], used: int, rng: np.random.Generator) -> list[Fold]:
    """Folds that are not taught some of the labels and are asked about just these."""
    labels = sorted({lesson.label for lesson in lessons})
    if len(labels) < FEWEST_LABELS:
        return []
    group_of = dict(zip(labels, (rng.permutation(len(labels)) % GROUPS).tolist(), strict=True))
    folds = []
    for number in range(min(used, 3)):
        hidden = [replace(one, label="") for one in lessons if group_of[one.label] == number]
        some = rng.permutation(len(hidden))[:MOST_HIDDEN]
        taught = [one for one in lessons if group_of[one.label] != number]
        folds.append(Fold(taught, [], outside, [hidden[place] for place in some]))
    return folds
