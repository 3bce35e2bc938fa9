"""Train with a sentence encoder: as a witness, by its static table, and by its sure answers as lessons."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.encoder.store import key_of, open_encoder, table_of
from intelligence_detector.learn.distilled import distil
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.training import Course, learn
from intelligence_detector.progress import Progress
from intelligence_detector.tiers.models import Models

SLICE: Final = 256
"""So many texts are encoded between two words of progress."""

Vectors = dict[str, NDArray[np.floating[Any]]]


def train_with_encoder(course: Course, folder: Path, unlabelled: Sequence[Lesson], progress: Progress) -> Models:
    """As `train`; texts without labels are then answered, and the quick filter learns from the sure answers."""
    began = time.perf_counter()
    table = table_of(folder, progress)
    vectors = _encoded(
        [*course.lessons, *course.outside, *course.held, *course.held_outside, *course.terms, *unlabelled],
        folder,
        progress,
    )
    course = replace(course, table=table, encode=vectors.__getitem__)
    learned = learn(course, progress)
    models = distil(learned, unlabelled, progress) if unlabelled else learned.models
    about = dict(models.about) | {"encoder": folder.resolve().name, "encoder_key": key_of(folder)}
    # Reading the texts with the encoder takes about as long as the rest.
    about["train_seconds"] = round(time.perf_counter() - began, 2)
    return replace(models, about=about, encode=open_encoder(folder).encode)


def _encoded(lessons: Sequence[Lesson], folder: Path, progress: Progress) -> Vectors:
    texts = sorted({lesson.normal.text for lesson in lessons}, key=lambda text: (len(text), text))
    encode, starts = open_encoder(folder).encode_many, range(0, len(texts), SLICE)
    vectors: Vectors = {}
    # Unlike the steps of the network, these are long enough for two cores to help.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start, found in zip(starts, pool.map(lambda at: encode(texts[at : at + SLICE]), starts), strict=True):
            vectors |= zip(texts[start : start + SLICE], found, strict=True)
            progress(len(vectors), len(texts))
    return vectors
