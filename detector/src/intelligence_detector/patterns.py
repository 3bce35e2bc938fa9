"""Patterns an administrator gives: sets of words that together decide for a specialist, found by the rarest of them."""

import heapq
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz, process

from intelligence_detector import flagrules
from intelligence_detector.catalogue import SPECIALISTS
from intelligence_detector.lexicon import Normal, load_examples, load_out_of_scope, load_vocabulary, normalise
from intelligence_detector.surface import TooLongError

MAX_PATTERNS: Final = 1_000
MAX_WORDS: Final = 12
HANDFUL: Final = 12
ALIKE: Final = 85.0
"""A required word may differ by a typo of this likeness (rapidfuzz's ratio); the rarest word must be there as it is."""
SHORTEST_TYPO: Final = 5
"""Shorter words must be there as they are: `test` and `text` are a letter apart."""
CONFIDENCE: Final = 0.95
CAPTURE: Final = 0.02
"""A pattern that would take more than this share of the known requests for others is refused."""
TIES: Final = 2
"""So many known requests of its specialist must hold a word that is a pattern alone."""
FIELDS: Final = frozenset({"pattern", "specialist", "confidence", "flags"})
_SYNTAX: Final = re.compile(r"[*?+(){}\[\]|^$\\]")


class PatternError(ValueError):
    """A pattern that cannot be used; the message names the place and the cure."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """`words` (folded) that must all be in a request, and what they decide."""

    words: tuple[str, ...]
    specialist: str
    confidence: float = CONFIDENCE
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A request whose specialist is known; None for nobody's. Patterns must not take it from its own."""

    words: frozenset[str]
    specialist: str | None

    @classmethod
    def of(cls, normal: Normal, specialist: str | None) -> "Known":
        """From a normal form."""
        return cls(frozenset(normal.folded), specialist)


def known_requests() -> tuple[Known, ...]:
    """Everything that ships with the package: examples, vocabulary and what is nobody's."""
    owned = [*load_examples(), *load_vocabulary()]
    nobodys = [Known.of(normal, None) for normal in load_out_of_scope()]
    return (*(Known.of(example.normal, example.label) for example in owned), *nobodys)


class Patterns:
    """An index of patterns by their rarest word, rare among `known` requests."""

    def __init__(self, patterns: Sequence[Pattern], known: Iterable[Known] = ()) -> None:
        count = Counter(word for one in known for word in one.words)
        self._by_rarest: dict[str, list[Pattern]] = defaultdict(list)
        for pattern in patterns:
            self._by_rarest[min(pattern.words, key=lambda word: (count[word], -len(word), word))].append(pattern)

    def match(self, normal: Normal) -> Pattern | None:
        """The pattern with the most words that are all there, the surer one among equals."""
        words = set(normal.folded)
        met = [pattern for word in words & self._by_rarest.keys() for pattern in self._by_rarest[word]]
        handful = heapq.nlargest(HANDFUL, met, key=lambda pattern: len(words.intersection(pattern.words)))
        found = [pattern for pattern in handful if all(_has(words, word) for word in pattern.words)]
        return max(found, key=lambda pattern: (len(pattern.words), pattern.confidence), default=None)


def load(path: Path, known: Sequence[Known] = (), labels: Iterable[str] = SPECIALISTS) -> Patterns:
    """Read JSON lines `{"pattern", "specialist"[, "confidence"][, "flags"]}`; all of them are good, or none is used.

    Raises PatternError, naming file and line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PatternError(f"{path}: cannot be read as UTF-8 text ({error}); mend the path or the file") from error
    if len(lines) > MAX_PATTERNS:
        raise PatternError(f"{path}: {len(lines)} lines; {MAX_PATTERNS} patterns are the most")
    allowed = frozenset(labels)
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found += [accept(json.loads(line), known, allowed)] if line.strip() else []
        except (PatternError, json.JSONDecodeError, RecursionError) as error:
            raise PatternError(f"{path}:{number}: {error}") from error
    return Patterns(found, known)


def accept(row: object, known: Sequence[Known] = (), labels: Iterable[str] = SPECIALISTS) -> Pattern:
    """One pattern from its JSON, or PatternError when it is malformed or would capture the traffic of others."""
    if not isinstance(row, dict) or not {"pattern", "specialist"} <= row.keys() <= FIELDS:
        raise PatternError(f"must be an object with the keys pattern, specialist and of {sorted(FIELDS)} no others")
    if row["specialist"] not in list(labels):
        raise PatternError(f"specialist: {row['specialist']!r} is not known; use one of {sorted(labels)}")
    pattern = Pattern(_words(row["pattern"]), row["specialist"], _confidence(row), _flags(row))
    _refuse_capture(pattern, known)
    return pattern


def _words(text: object) -> tuple[str, ...]:
    if not isinstance(text, str):
        raise PatternError("pattern: must be text")
    try:
        words = tuple(dict.fromkeys(normalise(text).folded))
    except TooLongError as error:
        raise PatternError(f"pattern: {error}") from error
    if not 1 <= len(words) <= MAX_WORDS:
        raise PatternError(f"pattern: holds {len(words)} words; write 1 to {MAX_WORDS}")
    if _SYNTAX.search(re.sub(r"\w\+\+", "", text)):
        raise PatternError("pattern: is no regular expression and knows no wildcards; write the words that must occur")
    return words


def _confidence(row: dict[str, Any]) -> float:
    value = row.get("confidence", CONFIDENCE)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise PatternError(f"confidence: must be a number above 0 and at most 1, not {str(value)[:40]}")
    return float(value)


def _flags(row: dict[str, Any]) -> tuple[str, ...]:
    value = row.get("flags", [])
    unknown = [str(flag) for flag in value if flag not in flagrules.FLAGS] if isinstance(value, list) else ["no list"]
    if unknown:
        raise PatternError(f"flags: {unknown[0][:40]} is not known; use a list of {' '.join(flagrules.FLAGS)}")
    return tuple(value)


def _refuse_capture(pattern: Pattern, known: Sequence[Known]) -> None:
    """One word must belong to its specialist's requests alone; several words may meet a few requests of others."""
    others = [one for one in known if one.specialist != pattern.specialist]
    taken = sum(one.words.issuperset(pattern.words) for one in others)
    said = " ".join(pattern.words)
    if taken > (CAPTURE * len(others) if len(pattern.words) > 1 else 0):
        share = f"{taken} of {len(others)} known requests for others"
        raise PatternError(f"pattern: {said!r} would capture {share}; add words that tell them apart")
    if len(pattern.words) == 1 and sum(pattern.words[0] in one.words for one in known) < TIES:
        raise PatternError(
            f"pattern: {said!r} is one word that known requests hardly tie to anybody; add a second word"
        )


def _has(words: set[str], word: str) -> bool:
    if word in words:
        return True
    if len(word) < SHORTEST_TYPO:
        return False
    return process.extractOne(word, words, scorer=fuzz.ratio, score_cutoff=ALIKE) is not None
