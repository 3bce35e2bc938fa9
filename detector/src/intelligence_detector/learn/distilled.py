"""Teach the quick filter by the full analysis' sure answers on texts without labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from intelligence_detector.learn.duration import Steps
from intelligence_detector.learn.fitting import retaught
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.training import Learned
from intelligence_detector.progress import Progress
from intelligence_detector.tiers.cascade import full_analysis
from intelligence_detector.tiers.evidence import Evidence
from intelligence_detector.tiers.models import Models
from intelligence_detector.tiers.stage import Stage

SLICE: Final = 256


@dataclass(frozen=True, slots=True)
class Trust:
    """How far answers are taken for lessons."""

    sure: float = 0.8
    """An answer of this confidence teaches as an example does."""
    doubt: float = 0.25
    """Log-odds that every stage loses afterwards: who learned from answers is surer than he is right."""


def distil(learned: Learned, unlabelled: Sequence[Lesson], progress: Progress, trust: Trust = Trust()) -> Models:
    """The models with a better taught quick filter; it is asked by the stages and bounds it was asked by before.

    Fitting these again would need texts that neither the answers nor those who gave them have seen.
    """
    models, plan, course = learned
    answered = list(_answered(models, unlabelled, trust.sure))
    if answered:
        lessons = [*course.lessons, *course.terms, *answered]
        steps = Steps(progress, plan.recipe.epochs)
        witnesses = retaught(models.witnesses, lessons, course.outside, plan, steps)
        stages = {name: _doubting(stage, trust.doubt) for name, stage in models.stages.items()}
        models = replace(models, witnesses=witnesses, stages=stages)
    return replace(models, about=dict(models.about) | {"unlabelled_learned": len(answered)})


def _answered(models: Models, unlabelled: Sequence[Lesson], sure: float) -> Iterator[Lesson]:
    for start in range(0, len(unlabelled), SLICE):
        some = unlabelled[start : start + SLICE]
        asked = [Evidence(one.normal, one.hints, models.witnesses, models.encode) for one in some]
        for lesson, verdict in zip(some, full_analysis(asked, models), strict=True):
            if verdict.specialist and verdict.confidence >= sure:
                yield replace(lesson, label=verdict.specialist)


def _doubting(stage: Stage, doubt: float) -> Stage:
    return replace(stage, odds=np.append(stage.odds[:-1], stage.odds[-1] - doubt))
