"""`python -m e2e.bench.detector.tune [--json F]`: what the recipe of the network was chosen by. Validation data only.

Each recipe is tried on whole sets and on draws of ten examples a label, with two seeds; test splits are never opened.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import mean
from typing import Any

from rich.console import Console
from rich.table import Table

from e2e.bench.detector import data
from intelligence_detector.learn.fitting import Plan, epochs_for, fit
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.network import Recipe

SEEDS = (1, 2)
DRAW = 11
BASE = Recipe()
RECIPES = (
    BASE,
    replace(BASE, batch=32, rate=0.05),
    replace(BASE, batch=32),
    replace(BASE, rate=0.05),
    replace(BASE, drop_inputs=0.5),
    replace(BASE, drop_inputs=0.6),
    replace(BASE, drop_inputs=0.5, smooth=0.15),
    replace(BASE, hidden=128),
    replace(BASE, hidden=512),
    replace(BASE, smooth=0.0),
)


def main(arguments: list[str] | None = None) -> int:
    """Print accuracy per recipe and set, the best mean first."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.detector.tune")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    sets = dict(_sets(data.root(chosen.data)))
    found: list[dict[str, Any]] = []
    for recipe in RECIPES:
        row = {name: mean(_accuracy(split, recipe, seed) for seed in SEEDS) for name, split in sets.items()}
        found.append({"recipe": asdict(recipe), "accuracy": row, "mean": mean(row.values())})
        Console(stderr=True).print(found[-1])
    found.sort(key=lambda one: -one["mean"])
    table = Table("recipe", *sets, "mean")
    for one in found:
        different = {key: value for key, value in one["recipe"].items() if value != asdict(BASE)[key]}
        table.add_row(
            str(different or "as it is"), *(f"{v:.2%}" for v in one["accuracy"].values()), f"{one['mean']:.2%}"
        )
    Console().print(table)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    return 0


def _sets(folder: Path) -> Iterator[tuple[str, data.Split]]:
    for name, read in (("clinc150", data.clinc), ("banking77", data.banking)):
        whole = read(folder, validation=True)
        yield name, whole
        drawn = data.few(whole.train, 10, 64, DRAW)
        labels = {one.label for one in drawn}
        yield f"{name} at 10", data.Split(drawn, [one for one in whole.test if one.label in labels])
    yield from data.commit_windows(folder)


def _accuracy(split: data.Split, recipe: Recipe, seed: int) -> float:
    labels = tuple(sorted({one.label for one in split.train}))
    network = fit(split.train, (), Plan(labels, replace(recipe, epochs=epochs_for(len(split.train))), seed)).network
    readings = network.read([one.normal for one in split.test])
    return _share(split.test, [labels[int(one.log_chances.argmax())] for one in readings])


def _share(lessons: Sequence[Lesson], guesses: Sequence[str]) -> float:
    return sum(one.label == guess for one, guess in zip(lessons, guesses, strict=True)) / len(lessons)


if __name__ == "__main__":
    sys.exit(main())
