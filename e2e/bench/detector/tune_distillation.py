"""`python -m e2e.bench.detector.tune_distillation --encoder DIR [--json F]`: how far answers are taken for lessons.

Validation data only: draws of ten examples of each of 64 labels, beside other training texts without their labels. The
texts of the rest of the labels are asked too, as requests from outside.
"""

from __future__ import annotations

import argparse
import functools
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from e2e.bench.detector import data
from e2e.bench.detector.sections import HELD_LABELS, UNLABELLED
from intelligence_detector.encoder.store import open_encoder, table_of
from intelligence_detector.learn.distilled import Trust, distil
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.measures import calibration_error, reliability
from intelligence_detector.learn.training import Course, Learned, learn
from intelligence_detector.progress import silent
from intelligence_detector.tiers.cascade import Question, decide
from intelligence_detector.tiers.evidence import QUICK
from intelligence_detector.tiers.models import Models
from intelligence_detector.workbench import EVERY_TIER

SETS = {"clinc150": data.clinc, "banking77": data.banking}
EACH = 10
DRAWS = (11, 12, 13, 21, 22)
"""The first three were chosen by, the others tell whether the choice holds."""
OUTSIDE = 150
"""At most so many."""
TRUSTS = (Trust(), Trust(doubt=0.0), Trust(doubt=0.4), Trust(sure=0.9), Trust(sure=0.9, doubt=0.0))
FIGURES = ("quick filter decides", "accuracy", "answered", "right when answered", "calibration error", "refused")


class Draw(NamedTuple):
    """What is taught with labels and without, and what is asked; `outside` concerns none of the labels."""

    taught: Sequence[Lesson]
    unlabelled: Sequence[Lesson]
    asked: Sequence[Lesson]
    outside: Sequence[Lesson]


def main(arguments: list[str] | None = None) -> int:
    """Print every figure for each draw: taught by labels alone, and by answers too."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.detector.tune_distillation")
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--draws", type=int, nargs="+", default=DRAWS)
    chosen = parser.parse_args(arguments)
    table, encode = table_of(chosen.encoder, silent), functools.cache(open_encoder(chosen.encoder).encode)
    found: dict[str, dict[str, list[float]]] = {}
    for name, draw in _draws(data.root(chosen.data), chosen.draws):
        learned = learn(Course(draw.taught, table=table, encode=encode))
        found[name] = {way: _figures(models, draw) for way, models in _ways(learned, draw)}
        Console(stderr=True).print(name, found[name])
    shown = Table("draw", "taught by", *FIGURES)
    for name, rows in (found | {"mean": _means(list(found.values()))}).items():
        for way, row in rows.items():
            shown.add_row(name, way, *(f"{value:.2%}" for value in row))
    Console().print(shown)
    if chosen.json:
        chosen.json.write_text(json.dumps({"figures": FIGURES, "draws": found}, indent=2) + "\n", "utf-8")
    return 0


def _draws(folder: Path, seeds: Sequence[int]) -> Iterator[tuple[str, Draw]]:
    for name, read in SETS.items():
        whole = read(folder, validation=True)
        for seed in seeds:
            rng = random.Random(seed)  # noqa: S311 - a fixed draw, no secret
            taught = data.few(whole.train, EACH, HELD_LABELS, seed)
            labels, known = {one.label for one in taught}, {one.text for one in taught}
            others = [one for one in whole.train if one.label in labels and one.text not in known]
            unlabelled = [replace(one, label="") for one in rng.sample(others, UNLABELLED)]
            asked = [one for one in whole.test if one.label in labels]
            outside = [one for one in whole.test if one.label not in labels]
            yield f"{name}, {seed}", Draw(taught, unlabelled, asked, rng.sample(outside, min(OUTSIDE, len(outside))))


def _ways(learned: Learned, draw: Draw) -> Iterator[tuple[str, Models]]:
    yield "labels alone", learned.models
    for trust in TRUSTS:
        yield f"sure {trust.sure}, doubt {trust.doubt}", distil(learned, draw.unlabelled, silent, trust)


def _figures(models: Models, draw: Draw) -> list[float]:
    """In the order of `FIGURES`."""
    asked = [*draw.asked, *draw.outside]
    verdicts = decide([Question(one.normal, one.hints, EVERY_TIER) for one in asked], models)
    inside, beyond = verdicts[: len(draw.asked)], verdicts[len(draw.asked) :]
    guessed = zip(inside, draw.asked, strict=True)
    right = np.array([bool(one.ranking) and one.ranking[0][0] == lesson.label for one, lesson in guessed])
    answered = np.array([one.specialist is not None for one in inside])
    confidence = np.array([one.confidence for one in inside])
    return [
        float(np.mean([one.tier == QUICK for one in inside])),
        float(right.mean()),
        float(answered.mean()),
        float(right[answered].mean()),
        calibration_error(reliability(confidence, right)),
        float(np.mean([one.specialist is None for one in beyond])),
    ]


def _means(draws: Sequence[dict[str, list[float]]]) -> dict[str, list[float]]:
    return {way: np.mean([one[way] for one in draws], axis=0).tolist() for way in draws[0]}


if __name__ == "__main__":
    sys.exit(main())
