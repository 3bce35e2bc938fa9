"""Train everything: cross-fit the witnesses, fit the stages and their bounds, then teach the witnesses with all."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.learn import ridge, stages
from intelligence_detector.learn.bounds import choose
from intelligence_detector.learn.fitting import Plan, epochs_for, fit
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.network import Recipe
from intelligence_detector.learn.stages import Hearing
from intelligence_detector.tiers.evidence import CONTEXT, FULL, QUICK, Evidence, Testimony
from intelligence_detector.tiers.models import Encode, Models, Witnesses
from intelligence_detector.tiers.static import StaticTable

Progress = Callable[[int, int], None]
"""Steps done, steps altogether."""


def silent(_done: int, _of: int) -> None:
    """Nobody watches."""


OUTSIDE_SHARE: Final = 0.15
"""Share of a stream that is assumed to concern none of the labels, when confidence is calibrated."""
FOLDS: Final = ((1_000, 8, 8), (5_000, 6, 2), (math.inf, 5, 1))
"""For sets below a size: into how many parts it is cut, and how many of them are asked, each after its own training."""
ENOUGH_OUTSIDE: Final = 50
FEWEST_LABELS: Final = 4
LABELS_LEFT_OUT: Final = 0.15
"""Without enough texts from outside, so many labels are hidden from a fold, and their texts stand for the outside."""
PRIOR: Final = {
    "network": 1.0,
    "linear": 0.3,
    "table": 0.5,
    "neighbours": 0.3,
    "session": 1.0,
    "last": 0.4,
    "project": 0.5,
    "files": 1.0,
    "encoder": 0.6,
    "centre": 0.3,
}


@dataclass(frozen=True, slots=True)
class Course:
    """What to learn from and how."""

    lessons: Sequence[Lesson]
    outside: Sequence[Lesson] = ()
    seed: int = 7
    table: StaticTable | None = None
    encode: Encode | None = None
    terms: Sequence[Lesson] = ()
    """Words of the trade: they teach, but nobody would ask them, so nothing is measured on them."""
    floor: float = 0.5
    """Below this confidence nobody answers; 0.5: an answer is worth giving when it is likelier right than wrong."""


@dataclass(frozen=True, slots=True)
class _Fold:
    taught: Sequence[Lesson]
    asked: Sequence[Lesson]
    outside_taught: Sequence[Lesson]
    outside_asked: Sequence[Lesson]


def train(course: Course, progress: Progress = silent) -> Models:
    """The same course gives the same models."""
    began = time.perf_counter()
    labels = tuple(sorted({lesson.label for lesson in course.lessons}))
    recipe = Recipe(epochs=epochs_for(len(course.lessons)))
    linear = len(course.lessons) + len(course.terms) <= ridge.MOST
    plan = Plan(labels, recipe, course.seed, linear, course.table, course.encode)
    folds = _folds(course)
    ticks = iter(range(1, (len(folds) + 1) * recipe.epochs + 1))

    def tick() -> None:
        progress(next(ticks), (len(folds) + 1) * recipe.epochs)

    # One after the other: threads would only wait for each other, as each step of the network is short.
    heard = [_hear(fit(fold.taught, fold.outside_taught, plan, tick), fold, plan) for fold in folds]
    witnesses = fit([*course.lessons, *course.terms], course.outside, plan, tick)
    models = _staged(witnesses, _merged(heard), course)
    return replace(models, about=_about(course, time.perf_counter() - began))


def _folds(course: Course) -> list[_Fold]:
    """Small sets are cross-fitted in eight folds; of large ones a part is held back once or twice."""
    count = len(course.lessons)
    folds, used = next((folds, used) for most, folds, used in FOLDS if count < most)
    rng = np.random.default_rng(course.seed)
    inside, outside = rng.permutation(count) % folds, rng.permutation(len(course.outside)) % folds
    labels = sorted({lesson.label for lesson in course.lessons})
    groups = max(2, round(1 / LABELS_LEFT_OUT))
    group_of = dict(zip(labels, (rng.permutation(len(labels)) % groups).tolist(), strict=True))
    return [_fold(course, number, inside == number, outside == number, group_of) for number in range(used)]


def _fold(
    course: Course, number: int, inside: NDArray[np.bool_], outside: NDArray[np.bool_], group_of: dict[str, int]
) -> _Fold:
    hide = len(course.outside) < ENOUGH_OUTSIDE and len(group_of) >= FEWEST_LABELS
    hidden = {label for label, group in group_of.items() if hide and group == number}
    held = [lesson for lesson, out in zip(course.lessons, inside, strict=True) if out]
    taught = [one for one, out in zip(course.lessons, inside, strict=True) if not out and one.label not in hidden]
    return _Fold(
        [*taught, *(term for term in course.terms if term.label not in hidden)],
        [lesson for lesson in held if lesson.label not in hidden],
        [lesson for lesson, out in zip(course.outside, outside, strict=True) if not out],
        [lesson for lesson, out in zip(course.outside, outside, strict=True) if out]
        + [replace(lesson, label="") for lesson in course.lessons if lesson.label in hidden],
    )


def _hear(witnesses: Witnesses, fold: _Fold, plan: Plan) -> dict[str, Hearing]:
    """What witnesses say of texts that they were not taught with."""
    asked = [*fold.asked, *fold.outside_asked]
    said = [Evidence(one.normal, one.hints, witnesses, plan.encode) for one in asked]
    index = {label: place for place, label in enumerate(plan.labels)}
    right = np.array([index.get(one.label, -1) for one in asked])
    weight = _weights(right)
    by_stage = {QUICK: [e.quick for e in said], CONTEXT: [e.context for e in said], FULL: [e.full for e in said]}
    return {name: _hearing(testimonies, right, weight) for name, testimonies in by_stage.items()}


def _hearing(said: Sequence[Testimony], right: NDArray[np.intp], weight: NDArray[np.floating[Any]]) -> Hearing:
    return Hearing(np.array([one.rows for one in said]), right, np.array([one.signals for one in said]), weight)


def _weights(right: NDArray[np.intp]) -> NDArray[np.floating[Any]]:
    """Texts from outside count together for OUTSIDE_SHARE of the stream, however many there are."""
    outside = int((right < 0).sum())
    wanted = OUTSIDE_SHARE / (1 - OUTSIDE_SHARE) * (len(right) - outside)
    return np.where(right < 0, wanted / max(1, outside), 1.0)


def _merged(heard: Sequence[dict[str, Hearing]]) -> dict[str, Hearing]:
    return {
        name: Hearing(
            np.concatenate([one[name].evidence for one in heard]),
            np.concatenate([one[name].right for one in heard]),
            np.concatenate([one[name].signals for one in heard]),
            np.concatenate([one[name].weight for one in heard]),
        )
        for name in (QUICK, CONTEXT, FULL)
    }


def _staged(witnesses: Witnesses, heard: dict[str, Hearing], course: Course) -> Models:
    quick = [
        "network",
        *(["linear"] if witnesses.network.weights.linear is not None else []),
        *(["table"] if course.table is not None else []),
    ]
    context = [*quick, "neighbours", "session", "last", "project", "files"]
    full = [*context, *(["encoder", "centre"] if course.encode is not None else [])]
    names = {QUICK: quick, CONTEXT: context, FULL: full}
    fitted = {name: stages.fit(heard[name], np.array([PRIOR[one] for one in names[name]])) for name in names}
    return Models(
        witnesses, fitted, choose(fitted, heard, course.floor, encoder=course.encode is not None), encode=course.encode
    )


def _about(course: Course, seconds: float) -> dict[str, Any]:
    return {
        "examples": len(course.lessons),
        "outside": len(course.outside),
        "seed": course.seed,
        "train_seconds": round(seconds, 2),
    }
