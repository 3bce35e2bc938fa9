"""Durations and their summary."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def rank(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least this share of all samples do not exceed (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def figures(name: str, samples: Sequence[float]) -> dict[str, float]:
    """Number, median, p99 and maximum under the name of a bar; p50 is the median."""
    median = statistics.median(samples)
    found = {"p50": median, "median": median, "p99": rank(samples, 0.99), "max": max(samples)}
    return {f"{name}.{key}": round(value, 4) for key, value in found.items()} | {f"{name}.count": len(samples)}
