"""`python -m e2e.bench.detector.tune_confidence [--json F]`: what the share from outside was chosen by.

Validation data only: draws of few examples, with requests from outside and without, and windows of change requests.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from e2e.bench.detector import data
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.measures import calibration_error, coverage_at, reliability
from intelligence_detector.learn.training import UNSEEN_SHARE, Course, train
from intelligence_detector.tiers.cascade import Question, decide
from intelligence_detector.tiers.models import Models
from intelligence_detector.workbench import EVERY_TIER

SHARES = (UNSEEN_SHARE, 0.0, 0.03, 0.15)
SEED = 7
LABELS = 64
DRAWS = ((5, 4), (10, 11), (10, 12), (50, 11))
"""Examples for each label, and the seed of the draw."""
FROM_OUTSIDE = 0.18
"""The share that texts from outside have of a stream that has some."""
FIGURES = ("accuracy", "calibration error", "answered", "right when answered", "refused", "coverage at 95 %")


def main(arguments: list[str] | None = None) -> int:
    """Print every figure for each share and set, and their means."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.detector.tune_confidence")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES)
    chosen = parser.parse_args(arguments)
    sets = dict(_sets(data.root(chosen.data)))
    found: dict[str, dict[str, dict[str, float]]] = {}
    table = Table("assumed from outside", "set", *FIGURES)
    for share in chosen.shares:
        rows = found[f"{share:.0%}"] = {name: _figures(split, share) for name, split in sets.items()}
        rows["mean"] = {name: float(np.nanmean([row[name] for row in rows.values()])) for name in FIGURES}
        for name, row in rows.items():
            table.add_row(f"{share:.0%}", name, *(f"{row[one]:.3f}" for one in FIGURES))
    Console().print(table)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    return 0


def _sets(folder: Path) -> Iterator[tuple[str, data.Split]]:
    for name, read in (("clinc150", data.clinc), ("banking77", data.banking)):
        whole = read(folder, validation=True)
        for each, seed in DRAWS:
            drawn = data.few(whole.train, each, LABELS, seed)
            labels = {one.label for one in drawn}
            asked = [one for one in whole.test if one.label in labels]
            yield f"{name} at {each}, {seed}", data.Split(drawn, asked)
            if whole.outside_test:
                some = int(FROM_OUTSIDE / (1 - FROM_OUTSIDE) * len(asked))
                yield f"{name} at {each}, {seed}, asked more", data.Split(drawn, asked, (), whole.outside_test[:some])
    yield from data.commit_windows(folder)


def _figures(split: data.Split, share: float) -> dict[str, float]:
    models = train(Course(split.train, split.outside_train, SEED, unseen_share=share))
    confidence, guessed, answered = _answers(models, [*split.test, *split.outside_test])
    inside = len(split.test)
    right = np.array([label == one.label for label, one in zip(guessed, split.test, strict=False)])
    outcomes = np.append(right, np.zeros(len(split.outside_test), bool))
    values: Sequence[Any] = (
        right.mean(),
        calibration_error(reliability(confidence, outcomes)),
        answered[:inside].mean(),
        right[answered[:inside]].mean(),
        1 - answered[inside:].mean() if split.outside_test else np.nan,
        coverage_at(confidence[:inside], right, 0.95),
    )
    return dict(zip(FIGURES, map(float, values), strict=True))


def _answers(models: Models, asked: Sequence[Lesson]) -> tuple[Any, list[str], Any]:
    verdicts = decide([Question(one.normal, one.hints, EVERY_TIER) for one in asked], models)
    guessed = [verdict.ranking[0][0] if verdict.ranking else "" for verdict in verdicts]
    return np.array([one.confidence for one in verdicts]), guessed, np.array([bool(one.specialist) for one in verdicts])


if __name__ == "__main__":
    sys.exit(main())
