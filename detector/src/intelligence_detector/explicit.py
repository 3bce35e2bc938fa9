"""What the user says outright: a specialist or flags in flag grammar, never what is quoted, code or a trace."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from intelligence_detector import flagrules, surface
from intelligence_detector.catalogue import SPECIALISTS, SUBAGENTS

PERSONA: Final = "--persona"
NEGATIONS: Final = frozenset(
    {"no", "not", "don't", "dont", "don\u2019t", "never", "without", "avoid", "skip"}
    | {"không", "khong", "đừng", "chớ", "bỏ", "cấm", "tránh"}
)
FILLERS: Final = frozenset(
    {"use", "using", "add", "adding", "pass", "set", "want", "need", "enable", "the", "a", "any", "or", "nor", "flag"}
    | {"flags", "sử", "dụng", "dùng", "dung", "xài", "xai", "thêm", "them", "bật", "bat", "có", "co", "hoặc", "hoac"}
)
"""Words that may stand between a negation and what it denies."""

_OPAQUE: Final = re.compile(
    "|".join(
        (
            surface.FENCE,
            r"`[^`\n]*(?:`|$)",
            r"<!--[\s\S]*?(?:-->|\Z)",
            r"<(?:code|pre)>[\s\S]*?(?:</|\Z)",
            r"^[ \t]*>[^\n]*",
            r"^[ \t]*\$[ \t][^\n]*",
            r'^[ \t]+(?:at |File ")[^\n]*',
            r"“[^”]*(?:”|\Z)",
            r"«[^»]*(?:»|\Z)",
            r"„[^“”]*(?:[“”]|\Z)",
            "\u2018[^\u2019\n]*(?:\u2019|$)",
            r'(?<![^\s(\[{:=,])"[^"]*(?:"|\Z)',
            r"(?<![^\s(\[{:=,])'(?:[^'\n]|'(?=\w))*(?:'|$)",
        )
    ),
    re.MULTILINE,
)
"""Whatever is opened and never closed is opaque to the end: a flag not obeyed is seen, one obeyed by mistake harms."""
_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Explicit:
    """What was said outright, and the text without it."""

    specialist: str | None
    flags: tuple[str, ...]
    rest: str


def names_of(labels: Iterable[str]) -> Mapping[str, str]:
    """The names by which the specialists `labels` can be called: their own, and those of common sub-agents."""
    own = {label.casefold(): label for label in labels}
    return MappingProxyType({alias: label for alias, label in SUBAGENTS.items() if label in own} | own)


NAMES: Final = names_of(SPECIALISTS)


def read(text: str, names: Mapping[str, str] = NAMES) -> Explicit:
    """Find `--persona-NAME`, `@NAME`, `@agent-NAME` and known flags at the start of a word; the last name counts.

    Raises surface.TooLongError above 64 KiB.
    """
    shown = surface.capped(text)
    if "--" not in shown and "@" not in shown:
        return Explicit(None, (), shown)
    specialist: str | None = None
    flags: list[str] = []
    kept: list[str] = []
    at = 0
    for (start, end), word in _said(shown):
        name, flag = _name(word, names), flagrules.OTHER_NAMES.get(word, word)
        if name is None and flag not in flagrules.FLAGS:
            continue
        specialist = name or specialist
        flags += [] if name else [flag]
        kept.append(shown[at:start])
        at = end
    return Explicit(specialist, tuple(dict.fromkeys(flags)), "".join([*kept, shown[at:]]).strip())


def _said(shown: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Words that look like flags or names and are neither opaque nor denied, with their places."""
    plain = _OPAQUE.sub(lambda found: "\0" * len(found.group()), shown)
    denied = False
    for found in _WORD.finditer(plain):
        word = found.group().lower().lstrip("(")
        if word.startswith(("--", "@")):
            if not denied:
                yield found.span(), word.rstrip(".,;:!?)")
        else:
            denied = word in NEGATIONS or (denied and word in FILLERS)


def _name(word: str, names: Mapping[str, str]) -> str | None:
    if word.startswith("@"):
        return names.get(word[1:]) or names.get(word[1:].removeprefix("agent-"))
    return names.get(word[len(PERSONA) + 1 :]) if word.startswith((PERSONA + "-", PERSONA + "=")) else None
