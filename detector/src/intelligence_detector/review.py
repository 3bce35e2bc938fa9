"""Look over files of examples before anything learns from them: `python -m intelligence_detector.review --help`."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process

from intelligence_detector.learn.lessons import Lesson, LessonError, read_examples, read_texts

NEAR: Final = 88
"""Likeness of sorted words (rapidfuzz, 0-100) from which a sentence is a copy with a word changed."""
FEW_WORDS: Final = 3
"""Shorter sentences are alike by chance; for them only equality counts."""
CHUNK: Final = 512
LEAST: Final = 10
MOST_UNEQUAL: Final = 4.0
SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One example and where it stands."""

    place: str
    lesson: Lesson

    @property
    def key(self) -> str:
        """Equal for what differs in diacritics, case and courtesy only."""
        return " ".join(self.lesson.normal.folded)


Split = Sequence[Entry]


def entries(path: Path, *, labelled: bool) -> list[Entry]:
    """The examples of a file with their places; raises LessonError for the first line that is no example."""
    lessons = read_examples(path) if labelled else read_texts(path)
    numbers = [number for number, line in enumerate(path.read_bytes().split(b"\n"), 1) if line.strip()]
    return [Entry(f"{path}:{number}", lesson) for number, lesson in zip(numbers, lessons, strict=True)]


def review(splits: Mapping[str, Split], least: int = LEAST) -> Iterator[str]:
    """Every problem in one line. The split `train`, when there, must be balanced and know the labels of the others."""
    for split in splits.values():
        yield from _empty(split)
        yield from _twice(split)
    for left, right in combinations(splits.values(), 2):
        yield from _copies(left, right)
    yield from _unbalanced(splits.get("train", ()), least)
    yield from _unknown(splits)


def _empty(split: Split) -> Iterator[str]:
    for entry in split:
        if not entry.key:
            yield f"{entry.place}: says nothing; remove it"


def _twice(split: Split) -> Iterator[str]:
    first: dict[str, Entry] = {}
    for entry in split:
        earlier = first.setdefault(entry.key, entry)
        if earlier is entry or not entry.key:
            continue
        other = f", there as {earlier.lesson.label!r}" if earlier.lesson.label != entry.lesson.label else ""
        yield f"{entry.place}: stands already at {earlier.place}{other}; remove one"


def _copies(left: Split, right: Split) -> Iterator[str]:
    """What stands in two splits, word for word or nearly, makes an evaluation look better than it is."""
    theirs = [entry.key for entry in right]
    for start in range(0, len(left), CHUNK):
        part = left[start : start + CHUNK]
        alike = process.cdist(
            [entry.key for entry in part], theirs, scorer=fuzz.token_sort_ratio, score_cutoff=NEAR, dtype=np.uint8
        )
        for row, column in np.argwhere(alike):
            one, other = part[row], right[column]
            if one.key == other.key or min(len(one.lesson.normal.folded), len(other.lesson.normal.folded)) > FEW_WORDS:
                yield f"{other.place}: nearly {one.place} ({alike[row, column]} of 100 alike); keep it in one split"


def _unbalanced(train: Split, least: int) -> Iterator[str]:
    counts = Counter(entry.lesson.label for entry in train)
    for label, count in sorted(counts.items()):
        if count < least:
            yield f"{_file(train)}: {label!r} has {count} examples; write at least {least}"
    if counts and max(counts.values()) > MOST_UNEQUAL * min(counts.values()):
        (most, many), (fewest, few) = counts.most_common()[0], counts.most_common()[-1]
        yield f"{_file(train)}: {most!r} has {many} examples and {fewest!r} {few}; write more of the rare"


def _unknown(splits: Mapping[str, Split]) -> Iterator[str]:
    known = {entry.lesson.label for entry in splits.get("train", ())}
    for name in ("validation", "test"):
        for label in sorted({entry.lesson.label for entry in splits.get(name, ())} - known):
            yield f"{_file(splits[name])}: {label[:SHOWN]!r} is no label of the training examples; mend or remove it"


def _file(split: Split) -> str:
    return split[0].place.rpartition(":")[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every problem, one a line; 1 when there is any. Without files it reviews the shipped ones."""
    parser = argparse.ArgumentParser(prog="python -m intelligence_detector.review", description=__doc__)
    for name in ("train", "validation", "test", "oos", "validation-oos"):
        parser.add_argument(f"--{name}", type=Path, metavar="JSONL")
    parser.add_argument("--least", type=int, default=LEAST, help="fewest training examples of a label")
    chosen = vars(parser.parse_args(arguments))
    least: int = chosen.pop("least")
    files = {name: path for name, path in chosen.items() if path} or shipped_files()
    try:
        splits = {name: entries(path, labelled=not name.endswith("oos")) for name, path in files.items()}
    except LessonError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    problems = list(review(splits, least))
    sizes = ", ".join(f"{len(split)} {name}" for name, split in splits.items())
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) + f"{sizes}: {len(problems)} problems\n")
    return 1 if problems else 0


def shipped_files() -> dict[str, Path]:
    """The package's own splits by name."""
    data = Path(str(resources.files(__package__))) / "data"
    names = {"train": "examples", "validation": "validation", "oos": "out_of_scope"}
    return {split: data / f"{name}.jsonl" for split, name in names.items()} | {
        "validation_oos": data / "validation_out_of_scope.jsonl"
    }


if __name__ == "__main__":
    sys.exit(main())
