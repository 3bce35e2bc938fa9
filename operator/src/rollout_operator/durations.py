"""Durations as Kubernetes users write them (`500ms`, `30s`, `1h30m`, `7d`, `2w`) <-> timedelta."""

import re
from datetime import timedelta
from typing import Final

UNITS: Final = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
"""Milliseconds per unit, largest first."""
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|w|d|h|m|s)")


def parse(text: str) -> timedelta:
    """Read a duration; raises ValueError when the text is not one."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a duration; write for example 30s, 1h30m or 7d")
    return timedelta(milliseconds=sum(float(number) * UNITS[unit] for number, unit in parts))


def show(duration: timedelta) -> str:
    """Write a duration with its two largest units (`1d14h`, `12s`); below a second in milliseconds."""
    rest = max(0, round(duration / timedelta(milliseconds=1)))
    parts: list[str] = []
    for unit, size in UNITS.items():
        if unit == "ms" and parts:
            break
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
        if len(parts) == 2:
            break
    return "".join(parts) or "0s"
