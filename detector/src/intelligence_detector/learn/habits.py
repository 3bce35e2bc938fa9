"""Learn what usually follows what, from lessons that tell what was asked before."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.learn import dense
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.tiers.habits import Habits, Past, features, width

FEWEST: Final = 50
"""With fewer lessons that have a past nothing is learned of it."""
OWN: Final = 200
"""A project with so many lessons has habits of its own."""
MOST_WEIGHTS: Final = 10_000
"""Who follows whom are labels squared; with more, the same weight for every label has to do."""
HOLD: Final = 30.0
"""How strongly the weights hold on to 0, in examples."""


def learn(lessons: Sequence[Lesson], labels: Sequence[str]) -> Habits | None:
    """None where too little is known of the past, or there are too many labels."""
    told = [lesson for lesson in lessons if lesson.hints.previous]
    if len(told) < FEWEST or width(len(labels), 0) * len(labels) > MOST_WEIGHTS:
        return None
    index = {label: place for place, label in enumerate(labels)}
    projects = _projects(lessons, len(labels))
    told = [lesson for lesson in lessons if lesson.hints.previous or lesson.hints.project in projects]
    rows = np.array([_row(lesson, index, projects) for lesson in told])
    wanted = np.eye(len(labels), dtype=np.float32)[[index[lesson.label] for lesson in told]]
    base = np.log((wanted.sum(axis=0) + 1) / (len(told) + len(labels)))
    return Habits(projects, dense.train(rows, wanted, HOLD), base)


def _row(lesson: Lesson, index: dict[str, int], projects: Sequence[str]) -> NDArray[np.floating[Any]]:
    places = [index[label] for label in lesson.hints.previous if label in index]
    return features(Past.of(places, len(index)), lesson.hints.project, projects)


def _projects(lessons: Sequence[Lesson], labels: int) -> tuple[str, ...]:
    """Those with most lessons, as many as there are weights for."""
    counts = Counter(lesson.hints.project for lesson in lessons if lesson.hints.project)
    room = MOST_WEIGHTS // (width(labels, 0) * labels) - 1
    return tuple(sorted(name for name, count in counts.most_common(room) if count >= OWN))
