"""Read JSON lines of examples; whatever is wrong with them is said in one line with file and line number."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

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
    line: int = field(default=0, compare=False)
    """Where it stands in its file, 1 for the first."""


class _Place(NamedTuple):
    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def read_examples(path: Path) -> list[Lesson]:
    """Lines `{"text", "label"}`, optionally with `context`."""
    return [_example(row, where) for where, row in _rows(path)]


def read_texts(path: Path) -> list[Lesson]:
    """Lines `{"text"}`; a label, if there is one, is passed over."""
    return [_lesson(row, "", where) for where, row in _rows(path)]


def check_trainable(lessons: Sequence[Lesson], path: Path) -> None:
    """At least two labels, and each of them at least twice."""
    first: dict[str, int] = {}
    for lesson in lessons:
        first.setdefault(lesson.label, lesson.line)
    if len(first) < 2:
        raise LessonError(f"{path}:1: every line has the label {lessons[0].label!r}; at least two labels are needed")
    counts = Counter(lesson.label for lesson in lessons)
    rare, count = min(counts.items(), key=lambda item: item[1])
    if count < 2:
        raise LessonError(
            f"{path}:{first[rare]}: {rare!r} has a single example; give each label two at least, better ten"
        )


def _rows(path: Path) -> Iterator[tuple[_Place, dict[str, Any]]]:
    try:
        # Pipes and devices do not tell their size.
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise LessonError(f"{path}:0: cannot be read ({error.strerror})") from error
    if len(content) > MAX_BYTES:
        raise LessonError(f"{path}:1: is too much; at most {MAX_BYTES // 1_000_000} MB are read, so send a part")
    places = ((_Place(path, number), line) for number, line in enumerate(content.split(b"\n"), 1))
    found = [(place, _row(line, place)) for place, line in places if line.strip()]
    if not found:
        raise LessonError(f'{path}:1: is empty; write one {{"text": ...}} a line, examples with a "label" in it')
    yield from found


def _row(line: bytes, where: _Place) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise LessonError(f"{where}: is not UTF-8 ({error.reason} at byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise LessonError(f"{where}: is not JSON ({error}); write one JSON object a line") from error
    if not isinstance(row, dict):
        raise LessonError(f'{where}: is not an object; write {{"text": ...}}, examples with a "label" in it')
    return row


def _example(row: dict[str, Any], where: _Place) -> Lesson:
    if extra := sorted(row.keys() - {"text", "label", "context"}):
        raise LessonError(f"{where}: has the unknown key {extra[0]!r}; known are text, label and context")
    label = _string(row, "label", where)
    if len(label) > MAX_LABEL:
        raise LessonError(f"{where}: label has {len(label)} characters; at most {MAX_LABEL} are allowed")
    return _lesson(row, label, where)


def _lesson(row: dict[str, Any], label: str, where: _Place) -> Lesson:
    text = _string(row, "text", where)
    try:
        normal = normalise(text)
    except TooLongError as error:
        raise LessonError(f"{where}: {error}") from error
    return Lesson(normal, label, _hints(row.get("context", {}), where), text, where.line)


def _string(row: dict[str, Any], key: str, where: _Place) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        said = "is missing" if key not in row else "must be a string that is not empty"
        raise LessonError(f"{where}: {key} {said}")
    _check_text(value, key, where)
    return value


def _check_text(value: str, key: str, where: _Place) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise LessonError(
            f"{where}: {key} holds a lone surrogate at character {error.start}; it is not text"
        ) from error


def _hints(context: object, where: _Place) -> Hints:
    if not isinstance(context, dict) or context.keys() - CONTEXT:
        raise LessonError(f"{where}: context must be an object with previous, files or project")
    lists = [context.get(key, []) for key in ("previous", "files")]
    project = context.get("project", "")
    strings = [*(one for value in lists if isinstance(value, list) for one in value), project]
    if not all(isinstance(value, list) for value in lists) or not all(isinstance(one, str) for one in strings):
        raise LessonError(
            f"{where}: context.previous and context.files are lists of strings, context.project is a string"
        )
    for one in strings:
        _check_text(one, "context", where)
    return Hints(tuple(lists[0]), tuple(lists[1]), project)
