"""Train everything: cross-fit the witnesses, fit the stages and their bounds, then teach the witnesses with all."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.learn import duration, profile, ridge, stages
from intelligence_detector.learn.bounds import choose, exact_share
from intelligence_detector.learn.duration import Steps
from intelligence_detector.learn.fitting import Plan, epochs_for, fit, relearned
from intelligence_detector.learn.folds import Fold, deal
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.linear import Trial, profiles_win
from intelligence_detector.learn.network import Recipe
from intelligence_detector.learn.stages import Hearing
from intelligence_detector.progress import Progress, silent
from intelligence_detector.tiers.evidence import CONTEXT, FULL, QUICK, Evidence, Testimony
from intelligence_detector.tiers.models import Encode, Models, Witnesses
from intelligence_detector.tiers.static import StaticTable
from intelligence_detector.tiers.surroundings import WITNESSES as AROUND

OUTSIDE_SHARE: Final = 0.15
"""Share of a stream that is assumed to concern none of the labels, when texts of that kind were given."""
UNSEEN_SHARE: Final = 0.05
"""The same when none were given."""
PRIOR: Final = {
    "network": 1.0,
    "linear": 0.3,
    "table": 0.5,
    "neighbours": 0.3,
    "session": 1.0,
    "last": 0.4,
    "project": 0.5,
    "files": 1.0,
    "habits": 0.5,
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
    held: Sequence[Lesson] = ()
    """Asked when all is taught, for the confidence only: what is really asked may be easier than the examples are."""
    held_outside: Sequence[Lesson] = ()
    terms: Sequence[Lesson] = ()
    """Words of the trade: they teach, but nobody would ask them, so nothing is measured on them."""
    unseen_share: float = UNSEEN_SHARE
    floor: float = 0.5
    """Below this confidence nobody answers; 0.5: an answer is worth giving when it is likelier right than wrong."""


class Learned(NamedTuple):
    """What a course gave, and the plan that its witnesses were taught by."""

    models: Models
    plan: Plan
    course: Course


def train(course: Course, progress: Progress = silent) -> Models:
    """The same course gives the same models."""
    return learn(course, progress).models


def learn(course: Course, progress: Progress = silent) -> Learned:
    """As `train`, for who wants to teach more by the same plan."""
    began = time.perf_counter()
    labels = tuple(sorted({lesson.label for lesson in course.lessons}))
    recipe = Recipe(epochs=epochs_for(len(course.lessons)))
    linear = ridge.train if len(course.lessons) + len(course.terms) <= ridge.MOST else None
    plan = Plan(labels, recipe, course.seed, linear, course.table, course.encode)
    folds = list(_taught(course, deal(course.lessons, course.outside, course.seed)))
    steps = Steps(progress, (len(folds) + 1) * recipe.epochs)
    plan, trials = _tried(folds, plan, len(course.lessons), steps)
    if linear is not None and profiles_win(trials):
        plan = replace(plan, linear=profile.train)
        trials = [replace(one, witnesses=relearned(one.witnesses, one.taught, profile.train)) for one in trials]
    asked = [one for trial in trials for one in _asked(trial.witnesses, trial.fold, plan)]
    witnesses = fit([*course.lessons, *course.terms], course.outside, plan, steps)
    held = _asked(witnesses, Fold((), course.held, (), course.held_outside), plan) if course.held else ()
    models = _staged(witnesses, _heard(asked, course), _heard(held, course) if held else {}, course)
    known = [(evidence.known, place >= 0 and evidence.known == labels[place]) for evidence, place in asked]
    models = replace(models, bounds=replace(models.bounds, exact=exact_share(known)))
    models = replace(models, about=_about(course, plan.recipe.epochs, time.perf_counter() - began))
    return Learned(models, plan, course)


def _tried(
    folds: Sequence[tuple[Fold, list[Lesson]]], plan: Plan, lessons: int, steps: Steps
) -> tuple[Plan, list[Trial]]:
    """The witnesses of each fold, and the plan that taught them; a shorter one if that did better on the first."""
    # One after the other: threads would only wait for each other, as each step of the network is short.
    first = _trial(folds[0], plan, steps)
    if (shorter := duration.brief(plan, lessons)) is not None:
        steps.expected += shorter.recipe.epochs
        other = _trial(folds[0], shorter, steps)
        if duration.loss(other) < duration.loss(first):
            steps.expected -= len(folds) * (plan.recipe.epochs - shorter.recipe.epochs)
            plan, first = shorter, other
    return plan, [first, *(_trial(fold, plan, steps) for fold in folds[1:])]


def _trial(fold: tuple[Fold, list[Lesson]], plan: Plan, steps: Steps) -> Trial:
    asks, lessons = fold
    return Trial(fit(lessons, asks.outside_taught, plan, steps), lessons, asks)


def _taught(course: Course, folds: Sequence[Fold]) -> Iterator[tuple[Fold, list[Lesson]]]:
    """What teaches each fold: its lessons, and the words of the trade of their labels."""
    for fold in folds:
        labels = {lesson.label for lesson in fold.taught}
        yield fold, [*fold.taught, *(term for term in course.terms if term.label in labels)]


def _asked(witnesses: Witnesses, fold: Fold, plan: Plan) -> list[tuple[Evidence, int]]:
    """Evidence about texts that the witnesses were not taught with, and the place of the right label, -1 for none."""
    index = {label: place for place, label in enumerate(plan.labels)}
    asked = [*fold.asked, *fold.outside_asked]
    return [(Evidence(one.normal, one.hints, witnesses, plan.encode), index.get(one.label, -1)) for one in asked]


def _heard(asked: Sequence[tuple[Evidence, int]], course: Course) -> dict[str, Hearing]:
    """What every stage has to go by."""
    right = np.array([place for _, place in asked])
    weight = _weights(right, OUTSIDE_SHARE if course.outside else course.unseen_share)
    by_stage = {
        QUICK: [evidence.quick for evidence, _ in asked],
        CONTEXT: [evidence.context for evidence, _ in asked],
        FULL: [evidence.full for evidence, _ in asked],
    }
    return {name: _hearing(said, right, weight) for name, said in by_stage.items()}


def _hearing(said: Sequence[Testimony], right: NDArray[np.intp], weight: NDArray[np.floating[Any]]) -> Hearing:
    return Hearing(np.array([one.rows for one in said]), right, np.array([one.signals for one in said]), weight)


def _weights(right: NDArray[np.intp], share: float) -> NDArray[np.floating[Any]]:
    """Texts from outside count together for a share of the stream, however many there are."""
    outside = int((right < 0).sum())
    wanted = share / (1 - share) * (len(right) - outside)
    return np.where(right < 0, wanted / max(1, outside), 1.0)


def _staged(witnesses: Witnesses, heard: Mapping[str, Hearing], held: Mapping[str, Hearing], course: Course) -> Models:
    quick = [
        "network",
        *(["linear"] if witnesses.network.weights.linear is not None else []),
        *(["table"] if course.table is not None else []),
    ]
    context = [*quick, "neighbours", *AROUND]
    full = [*context, *(["encoder", "centre"] if course.encode is not None else [])]
    names = {QUICK: quick, CONTEXT: context, FULL: full}
    fitted = {
        name: stages.fit(heard[name], np.array([PRIOR[one] for one in own]), held.get(name))
        for name, own in names.items()
    }
    return Models(
        witnesses, fitted, choose(fitted, heard, course.floor, encoder=course.encode is not None), encode=course.encode
    )


def _about(course: Course, epochs: int, seconds: float) -> dict[str, Any]:
    return {
        "examples": len(course.lessons),
        "outside": len(course.outside),
        "seed": course.seed,
        "epochs": epochs,
        "train_seconds": round(seconds, 2),
    }
