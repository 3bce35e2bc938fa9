"""Train with a sentence encoder: as a witness, by its static table, and by its sure answers as lessons."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.encoder.store import key_of, open_encoder, table_of
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.training import Course, train
from intelligence_detector.progress import Progress
from intelligence_detector.tiers.cascade import full_analysis
from intelligence_detector.tiers.evidence import Evidence
from intelligence_detector.tiers.models import Models

SURE: Final = 0.9
"""An answer as sure as this teaches as an example does."""
SLICE: Final = 256

Vectors = dict[str, NDArray[np.floating[Any]]]


def train_with_encoder(course: Course, folder: Path, unlabelled: Sequence[Lesson], progress: Progress) -> Models:
    """As `train`; texts without labels are answered first and then, where the answer is sure, learned from."""
    table = table_of(folder, progress)
    vectors = _encoded(
        [*course.lessons, *course.outside, *course.held, *course.held_outside, *course.terms, *unlabelled],
        folder,
        progress,
    )
    course = replace(course, table=table, encode=vectors.__getitem__)
    models = train(course, progress)
    if unlabelled:
        learned = list(_answered(models, unlabelled))
        models = train(replace(course, terms=[*course.terms, *learned]), progress)
        models = replace(models, about=dict(models.about) | {"unlabelled_learned": len(learned)})
    about = dict(models.about) | {"encoder": folder.resolve().name, "encoder_key": key_of(folder)}
    return replace(models, about=about, encode=open_encoder(folder).encode)


def _encoded(lessons: Sequence[Lesson], folder: Path, progress: Progress) -> Vectors:
    texts = sorted({lesson.normal.text for lesson in lessons}, key=lambda text: (len(text), text))
    vectors: Vectors = {}
    for start in range(0, len(texts), SLICE):
        some = texts[start : start + SLICE]
        vectors |= zip(some, open_encoder(folder).encode_many(some), strict=True)
        progress(len(vectors), len(texts))
    return vectors


def _answered(models: Models, unlabelled: Sequence[Lesson]) -> list[Lesson]:
    asked = [Evidence(one.normal, one.hints, models.witnesses, models.encode) for one in unlabelled]
    starts = range(0, len(asked), SLICE)
    verdicts = [verdict for start in starts for verdict in full_analysis(asked[start : start + SLICE], models)]
    return [
        replace(lesson, label=verdict.specialist)
        for lesson, verdict in zip(unlabelled, verdicts, strict=True)
        if verdict.specialist and verdict.confidence >= SURE
    ]
