"""Read JSON lines of examples; whatever is wrong with them is said in one line with file and line number."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from intelligence_detector.lexicon import Normal, normalise
from intelligence_detector.model import Hints
from intelligence_detector.surface import TooLongError

MAX_BYTES: Final = 64_000_000
MAX_LABEL: Final = 256
CONTEXT: Final = {"previous", "files", "project"}


class LessonError(ValueError):
    """What is wrong, beginning with file and line."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One text, what it means ("" when it is of none of the labels), and what was known beside it."""

    normal: Normal
    label: str
    hints: Hints = Hints()  # noqa: RUF009 - frozen
    text: str = ""


def read_examples(path: Path) -> list[Lesson]:
    """Lines `{"text", "label"}`, optionally with `context`."""
    return [_example(row, where) for where, row in _rows(path)]


def read_texts(path: Path) -> list[Lesson]:
    """Lines `{"text"}`; a label, if there is one, is passed over."""
    return [_lesson(row, "", where) for where, row in _rows(path)]


def check_trainable(lessons: Sequence[Lesson], path: Path) -> None:
    """At least two labels, and each of them at least twice."""
    first: dict[str, int] = {}
    for line, lesson in enumerate(lessons, 1):
        first.setdefault(lesson.label, line)
    if len(first) < 2:
        raise LessonError(f"{path}:1: every line has the label {lessons[0].label!r}; at least two labels are needed")
    counts = Counter(lesson.label for lesson in lessons)
    rare, count = min(counts.items(), key=lambda item: item[1])
    if count < 2:
        raise LessonError(
            f"{path}:{first[rare]}: {rare!r} has a single example; give each label two at least, better ten"
        )


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise LessonError(
                f"{path}:1: {size / 1e6:.0f} MB are too much; at most {MAX_BYTES // 1_000_000} MB are read"
            )
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise LessonError(f"{path}:0: cannot be read ({error.strerror})") from error
    found = [
        (f"{path}:{number}", _row(line, f"{path}:{number}")) for number, line in enumerate(lines, 1) if line.strip()
    ]
    if not found:
        raise LessonError(f'{path}:1: is empty; write one {{"text": ..., "label": ...}} a line')
    yield from found


def _row(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise LessonError(f"{where}: is not UTF-8 ({error.reason} at byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise LessonError(f"{where}: is not JSON ({error}); write one JSON object a line") from error
    if not isinstance(row, dict):
        raise LessonError(f'{where}: is not an object; write {{"text": ..., "label": ...}}')
    return row


def _example(row: dict[str, Any], where: str) -> Lesson:
    if extra := sorted(row.keys() - {"text", "label", "context"}):
        raise LessonError(f"{where}: has the unknown key {extra[0]!r}; known are text, label and context")
    label = _string(row, "label", where)
    if len(label) > MAX_LABEL:
        raise LessonError(f"{where}: label has {len(label)} characters; at most {MAX_LABEL} are allowed")
    return _lesson(row, label, where)


def _lesson(row: dict[str, Any], label: str, where: str) -> Lesson:
    text = _string(row, "text", where)
    try:
        normal = normalise(text)
    except TooLongError as error:
        raise LessonError(f"{where}: {error}") from error
    return Lesson(normal, label, _hints(row.get("context", {}), where), text)


def _string(row: dict[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        said = "is missing" if key not in row else "must be a string that is not empty"
        raise LessonError(f"{where}: {key} {said}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise LessonError(
            f"{where}: {key} holds a lone surrogate at character {error.start}; it is not text"
        ) from error
    return value


def _hints(context: object, where: str) -> Hints:
    if not isinstance(context, dict) or context.keys() - CONTEXT:
        raise LessonError(f"{where}: context must be an object with previous, files or project")
    lists = [context.get(key, []) for key in ("previous", "files")]
    project = context.get("project", "")
    strings = [*(one for value in lists if isinstance(value, list) for one in value), project]
    if not all(isinstance(value, list) for value in lists) or not all(isinstance(one, str) for one in strings):
        raise LessonError(
            f"{where}: context.previous and context.files are lists of strings, context.project is a string"
        )
    return Hints(tuple(lists[0]), tuple(lists[1]), project)
