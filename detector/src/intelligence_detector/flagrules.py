"""Which flags an answer carries: a table of implications, conflicts and refusals over what was asked for."""

from collections.abc import Iterable
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

REFUSES: Final = MappingProxyType({NO_MCP: (*MCP, "--all-mcp")} | {f"--no-{name[2:]}": (name,) for name in MCP})
"""A refusal beats everything, whoever asked."""

_PLACE: Final = MappingProxyType({flag: place for place, flag in enumerate(FLAGS)})


def resolve(automatic: Iterable[str], explicit: Iterable[str] = ()) -> tuple[str, ...]:
    """The flags in force: refusals first, then what the user asked for, then what fits beside it.

    Raises KeyError for a flag that is not in FLAGS.
    """
    asked, offered = _closed(explicit), _closed(automatic)
    refused = {no for no in asked | offered if no in REFUSES}
    gone = {flag for no in refused for flag in REFUSES[no]}
    asked = _without_beaten(asked - gone, by=asked - gone)
    # What is only offered yields to what was asked for, whichever of the two would win among equals.
    offered = {flag for flag in offered - gone - asked if not any(_clash(flag, other) for other in asked)}
    kept = asked | _without_beaten(offered, by=offered)
    if NO_MCP in refused:
        kept -= {f"--no-{name[2:]}" for name in MCP}
    return tuple(sorted(kept, key=_PLACE.__getitem__))


def _closed(flags: Iterable[str]) -> set[str]:
    own = set(flags)
    return own.union(*(IMPLIES.get(flag, ()) for flag in own))


def _without_beaten(flags: set[str], by: set[str]) -> set[str]:
    return flags.difference(*(BEATS.get(flag, ()) for flag in by))


def _clash(one: str, other: str) -> bool:
    return one in BEATS.get(other, ()) or other in BEATS.get(one, ())
