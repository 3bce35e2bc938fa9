"""Which flags an answer carries: a table of implications, conflicts and refusals over what was asked for."""

from collections.abc import Iterable
from functools import lru_cache
from types import MappingProxyType
from typing import Final

NO_MCP: Final = "--no-mcp"
MCP: Final = ("--magic", "--c7", "--seq", "--play")
"""The servers behind a specialist's tools."""

FLAGS: Final = (
    *MCP,
    *("--all-mcp", "--think", "--think-hard", "--ultrathink", "--plan", "--validate", "--safe-mode", "--loop"),
    *("--delegate", "--wave-mode", "--introspect", "--answer-only", "--verbose", "--uc"),
    *("--no-magic", "--no-c7", "--no-seq", "--no-play", NO_MCP),
)
"""Every flag there is; an answer lists its flags in this order."""

OTHER_NAMES: Final = MappingProxyType(
    {
        "--context7": "--c7",
        "--sequential": "--seq",
        "--playwright": "--play",
        "--ultracompressed": "--uc",
        "--no-context7": "--no-c7",
        "--no-sequential": "--no-seq",
        "--no-playwright": "--no-play",
    }
)

IMPLIES: Final = MappingProxyType(
    {
        "--all-mcp": MCP,
        "--think": ("--seq",),
        "--think-hard": ("--seq", "--c7"),
        "--ultrathink": ("--all-mcp", *MCP),
        "--safe-mode": ("--validate",),
    }
)
"""Closed: what an implied flag implies stands here too."""

BEATS: Final = MappingProxyType(
    {
        "--ultrathink": ("--think-hard", "--think"),
        "--think-hard": ("--think",),
        "--safe-mode": ("--delegate", "--wave-mode", "--loop", "--answer-only"),
        "--validate": ("--answer-only",),
        "--plan": ("--answer-only",),
        "--uc": ("--verbose",),
    }
)
"""Safety beats optimisation, the deeper thought beats the shallower."""

REFUSES: Final = MappingProxyType(
    {NO_MCP: (*MCP, "--all-mcp", *(f"--no-{name[2:]}" for name in MCP))} | {f"--no-{name[2:]}": (name,) for name in MCP}
)
"""A refusal beats a wish of the same origin; `--no-mcp` beats all, and says what the smaller refusals say."""

KEPT: Final = 1_024
"""Answers kept: what is asked for and offered together hardly varies."""

_PLACE: Final = MappingProxyType({flag: place for place, flag in enumerate(FLAGS)})


def resolve(automatic: Iterable[str], explicit: Iterable[str] = ()) -> tuple[str, ...]:
    """The flags in force: `--no-mcp` first, then what the user asked for, then what was offered and fits beside it.

    Raises KeyError for a flag that is not in FLAGS.
    """
    return _resolved(frozenset(automatic), frozenset(explicit))


@lru_cache(KEPT)
def _resolved(automatic: frozenset[str], explicit: frozenset[str]) -> tuple[str, ...]:
    asked, offered = _closed(explicit), _closed(automatic)
    asked |= offered & {NO_MCP}
    asked = _consistent(asked)
    # What is only offered yields to what was asked for, whichever of the two would win among equals.
    offered = _consistent({flag for flag in offered if not any(_clash(flag, other) for other in asked)})
    return tuple(sorted(asked | offered, key=_PLACE.__getitem__))


def _closed(flags: Iterable[str]) -> set[str]:
    own = set(flags)
    return own.union(*(IMPLIES.get(flag, ()) for flag in own))


def _consistent(flags: set[str]) -> set[str]:
    """Without what is refused, then without what is beaten by what is left."""
    left = flags.difference(*(REFUSES.get(flag, ()) for flag in flags))
    return left.difference(*(BEATS.get(flag, ()) for flag in left))


def _clash(one: str, other: str) -> bool:
    return any(one in table.get(other, ()) or other in table.get(one, ()) for table in (BEATS, REFUSES))
