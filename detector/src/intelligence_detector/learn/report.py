"""How good models are on examples they were not trained with, beside the legacy pipeline on the same."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from intelligence_detector.learn import measures
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.legacy import Legacy
from intelligence_detector.lexicon import normalise
from intelligence_detector.model import Switches, Verdict
from intelligence_detector.tiers.cascade import Question, decide
from intelligence_detector.tiers.models import Models

Progress = Callable[[int, int], None]

EVERY_TIER: Final = Switches(quick_filter=True, context_analysis=True, enhanced_filter=True)
KEPT: Final = 0.925
"""Share of the requests inside that a threshold must keep when the outside is counted at it."""
WARM_UP: Final = 50
LEGACY_SAMPLE: Final = 1_000
"""The legacy pipeline scans the whole table for each request; more would take minutes."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged."""

    models: Models
    legacy: Legacy
    version: str


@dataclass(frozen=True, slots=True)
class _Trial:
    lesson: Lesson
    verdict: Verdict
    milliseconds: float

    @property
    def guess(self) -> str | None:
        return self.verdict.ranking[0][0] if self.verdict.ranking else None


def report(
    subject: Subject, lessons: Sequence[Lesson], outside: Sequence[Lesson], progress: Progress
) -> dict[str, Any]:
    """Everything about one model, ready for JSON."""
    sample = lessons[:: max(1, len(lessons) // LEGACY_SAMPLE)]
    steps = len(lessons) + len(outside) + len(sample)
    trials = _trials(subject.models, [*lessons, *outside], lambda done: progress(done, steps))
    inside, beyond = trials[: len(lessons)], trials[len(lessons) :]
    legacy = 0
    for done, lesson in enumerate(sample, 1):
        verdict = subject.legacy.detect(lesson.text)
        legacy += verdict.ranking[0][0] == lesson.label
        progress(len(trials) + done, steps)
    return (
        _accuracy(inside, beyond)
        | _calibration(inside, beyond)
        | _speed(trials)
        | {"legacy_accuracy": measures.share(legacy, len(sample))}
        | _about(subject, lessons, outside)
    )


def _trials(models: Models, lessons: Sequence[Lesson], progress: Callable[[int], None]) -> list[_Trial]:
    for lesson in lessons[:WARM_UP]:
        decide([Question(normalise(lesson.text), lesson.hints, EVERY_TIER)], models)
    trials = []
    gc.collect()
    gc.freeze()
    for done, lesson in enumerate(lessons, 1):
        began = time.perf_counter()
        (verdict,) = decide([Question(normalise(lesson.text), lesson.hints, EVERY_TIER)], models)
        trials.append(_Trial(lesson, verdict, (time.perf_counter() - began) * 1_000))
        progress(done)
    gc.unfreeze()
    return trials


def _accuracy(inside: Sequence[_Trial], beyond: Sequence[_Trial]) -> dict[str, Any]:
    answered = [trial for trial in inside if trial.verdict.specialist is not None]
    refused = sum(trial.verdict.specialist is None for trial in beyond)
    bound = float(np.quantile([trial.verdict.confidence for trial in inside], 1 - KEPT))
    below = sum(trial.verdict.confidence < bound for trial in beyond)
    return {
        "forced_accuracy": measures.share(sum(one.guess == one.lesson.label for one in inside), len(inside)),
        "coverage": measures.share(len(answered), len(inside)),
        "accuracy_when_answered": measures.share(
            sum(one.verdict.specialist == one.lesson.label for one in answered), len(answered)
        ),
        "oos_recall": measures.share(refused, len(beyond)),
        "oos_recall_at_925_kept": measures.share(below, len(beyond)),
    }


def _calibration(inside: Sequence[_Trial], beyond: Sequence[_Trial]) -> dict[str, Any]:
    confidence = np.array([trial.verdict.confidence for trial in (*inside, *beyond)])
    right = np.array([*(one.guess == one.lesson.label for one in inside), *(False for _ in beyond)], bool)
    bins = measures.reliability(confidence, right)
    steps = np.linspace(0.05, 1.0, 20)
    order = np.argsort(-confidence, kind="stable")
    curve = [
        {
            "coverage": round(float(step), 2),
            "accuracy": round(float(right[order[: max(1, int(step * len(order)))]].mean()), 4),
        }
        for step in steps
    ]
    return {
        "ece": measures.calibration_error(bins),
        "reliability": bins,
        "accuracy_over_coverage": curve,
        "coverage_at_95_precision": measures.coverage_at(confidence[: len(inside)], right[: len(inside)], 0.95),
    }


def _speed(trials: Sequence[_Trial]) -> dict[str, Any]:
    times = [trial.milliseconds for trial in trials]
    names = dict.fromkeys(trial.verdict.tier for trial in trials)
    by_tier = {name: [one.milliseconds for one in trials if one.verdict.tier == name] for name in names}
    tiers = {
        name: {"share": round(len(own) / len(trials), 4)} | measures.percentiles(own) for name, own in by_tier.items()
    }
    mean = {"mean": round(float(np.mean(times)), 4), "max": round(max(times), 4)}
    return {"tiers": tiers, "latency_ms": measures.percentiles(times) | mean}


def _about(subject: Subject, lessons: Sequence[Lesson], outside: Sequence[Lesson]) -> dict[str, Any]:
    about = subject.models.about
    return {
        "examples": len(lessons),
        "oos_examples": len(outside),
        "labels": len(subject.models.labels),
        "unknown_labels": sorted({lesson.label for lesson in lessons} - set(subject.models.labels)),
        "train_examples": about.get("examples"),
        "train_seconds": about.get("train_seconds"),
        "seed": about.get("seed"),
        "model_bytes": about.get("bytes"),
        "model_version": subject.version,
        "encoder": about.get("encoder") if subject.models.encodes else None,
    }
