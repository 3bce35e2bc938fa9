"""Read the public data sets from where they lie; test splits are opened by `make benchmark` only."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.lexicon import normalise
from intelligence_detector.model import Hints

VARIABLE = "ROLLOUT_DATA"
BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"
PERSONAS = ("frontend", "backend", "scribe", "devops", "qa")
REMEMBERED = 64
SENTENCES = re.compile(r"(?<=[.!?])\s+")
CLAUSES = re.compile(r"(?<=[.!?;:])\s+|\s+[—-]\s+|,\s+(?:and |or )?")
"""How a description is cut into examples: words speak best by the sentence, an encoder hears more in many clauses."""
WINDOWS = ((0.4, 0.6), (0.5, 0.7), (0.6, 0.8))
"""Validation of change requests: one window would be chance, and the newest fifth is the test."""


class DataMissingError(RuntimeError):
    """The data sets are not on this machine."""


@dataclass(frozen=True, slots=True)
class Split:
    """What is taught and what is asked; `outside` concerns none of the labels."""

    train: Sequence[Lesson]
    test: Sequence[Lesson]
    outside_train: Sequence[Lesson] = ()
    outside_test: Sequence[Lesson] = ()


def root(given: Path | None = None) -> Path:
    """The folder of the data sets: an option, the environment, or beside the checkout."""
    folder = given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else BESIDE)
    if not (folder / "clinc150").is_dir():
        raise DataMissingError(f"no data sets in {folder}; name their folder with --data or {VARIABLE}")
    return folder


def clinc(folder: Path, *, validation: bool) -> Split:
    """150 intents; texts of none of them come along."""
    sets = json.loads((folder / "clinc150/data_full.json").read_text("utf-8"))
    asked, outside = ("val", "oos_val") if validation else ("test", "oos_test")
    taught = [*sets["oos_train"], *([] if validation else sets["oos_val"])]
    return Split(_pairs(sets["train"]), _pairs(sets[asked]), _texts(taught), _texts(sets[outside]))


def banking(folder: Path, *, validation: bool) -> Split:
    """77 intents of one trade; its validation set is a tenth of the training set, held back by a fixed draw."""
    rows = _csv(folder / "banking77/train.csv")
    if not validation:
        return Split(_pairs(rows), _pairs(_csv(folder / "banking77/test.csv")))
    random.Random(7).shuffle(rows)  # noqa: S311 - a fixed draw, no secret
    return Split(_pairs(rows[1000:]), _pairs(rows[:1000]))


def commits(folder: Path, *, validation: bool) -> Split:
    """Change requests of four projects in order of time, each with what its author did before."""
    return commits_window(folder, WINDOWS[-1] if validation else (0.8, 1.0))


def commits_window(folder: Path, window: tuple[float, float]) -> Split:
    """Taught with each project's past up to a share of it, asked about what came next, up to another."""
    first, second = window
    train: list[Lesson] = []
    test: list[Lesson] = []
    for path in sorted((folder / "commit-areas").glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        lessons = _with_sessions(
            sorted((one for one in rows if one["persona"] in PERSONAS), key=lambda one: int(one["ts"]))
        )
        train += lessons[: int(first * len(lessons))]
        test += lessons[int(first * len(lessons)) : int(second * len(lessons))]
    return Split(train, test)


def commit_windows(folder: Path) -> Iterator[tuple[str, Split]]:
    """Every validation window of the change requests, by its name."""
    for window in WINDOWS:
        yield f"commit-areas from {window[0]:.0%}", commits_window(folder, window)


def routing(folder: Path, *, validation: bool, cut: re.Pattern[str] = SENTENCES) -> Split:
    """Specialists known by their descriptions only, asked about real requests.

    The set has no validation part: the requests of every other specialist, by a hash of the name, are made one, and
    those of the rest are the test. All specialists can be answered in both.
    """
    asked = [json.loads(line) for line in (folder / "agent-routing/examples.jsonl").read_text("utf-8").splitlines()]
    rows = [json.loads(line) for line in (folder / "agent-routing/catalogue.jsonl").read_text("utf-8").splitlines()]
    wanted = {one["specialist"] for one in asked}
    taught: list[Lesson] = []
    for row in rows:
        if row["name"] in wanted:
            taught += [lesson(text, row["name"]) for text in described(row["name"], row["description"], cut)]
    chosen = [one for one in asked if _is_validation(one["specialist"]) == validation]
    return Split(taught, [lesson(one["text"], one["specialist"]) for one in chosen])


def _is_validation(specialist: str) -> bool:
    return hashlib.blake2b(specialist.encode(), digest_size=1).digest()[0] % 2 == 0


def described(name: str, description: str, cut: re.Pattern[str]) -> list[str]:
    """Examples made of a description: the name and each piece. None is part of another: that would be copying."""
    texts = [name.replace("-", " "), *cut.split(description)]
    return [text for text in dict.fromkeys(texts) if text.strip(" .,;:")]


def few(lessons: Sequence[Lesson], each: int, labels: int, seed: int) -> list[Lesson]:
    """A draw of some labels with so many examples each."""
    rng = random.Random(seed)  # noqa: S311 - a fixed draw, no secret
    chosen = set(rng.sample(sorted({one.label for one in lessons}), labels))
    by_label: dict[str, list[Lesson]] = defaultdict(list)
    for one in rng.sample(list(lessons), len(lessons)):
        if one.label in chosen and len(by_label[one.label]) < each:
            by_label[one.label].append(one)
    return [one for own in by_label.values() for one in own]


def lesson(text: str, label: str, hints: Hints = Hints()) -> Lesson:  # noqa: B008 - frozen
    """One example."""
    return Lesson(normalise(text), label, hints, text)


def _with_sessions(rows: Sequence[dict[str, Any]]) -> list[Lesson]:
    past: dict[int, deque[str]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
    found = []
    for row in rows:
        mine = past[row["dev"]]
        found.append(lesson(row["text"], row["persona"], Hints(tuple(mine), (), row["repo"])))
        mine.append(row["persona"])
    return found


def _csv(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"].strip(), row["category"]) for row in csv.DictReader(file)]


def _pairs(rows: Iterable[Sequence[str]]) -> list[Lesson]:
    return [lesson(text, label) for text, label in rows]


def _texts(rows: Iterable[Sequence[str]]) -> list[Lesson]:
    return [lesson(row[0], "") for row in rows]
