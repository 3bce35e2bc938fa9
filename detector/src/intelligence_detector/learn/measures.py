"""Figures of a report: accuracy with its interval, calibration, percentiles."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.floating[Any]]

NORMAL_95: Final = 1.959964
BINS: Final = 15


def share(right: int, of: int) -> dict[str, Any]:
    """A share and its 95 % interval (Wilson); None of nothing."""
    if not of:
        return {"value": None, "low": None, "high": None, "of": 0}
    rate, spread = right / of, NORMAL_95**2 / of
    middle = (rate + spread / 2) / (1 + spread)
    half = NORMAL_95 * math.sqrt(rate * (1 - rate) / of + spread / (4 * of)) / (1 + spread)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return {"value": round(rate, 4), "low": round(low, 4), "high": round(high, 4), "of": of}


def reliability(confidence: Column, right: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """How often answers of about one confidence were right."""
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "from": round(one / BINS, 4),
            "to": round((one + 1) / BINS, 4),
            "count": int(here.sum()),
            "confidence": round(float(confidence[here].mean()), 4) if here.any() else None,
            "right": round(float(right[here].mean()), 4) if here.any() else None,
        }
        for one in range(BINS)
        for here in [place == one]
    ]


def calibration_error(bins: Sequence[dict[str, Any]]) -> float:
    """The expected distance between confidence and how often it was right."""
    total = sum(one["count"] for one in bins)
    apart = sum(one["count"] * abs(one["confidence"] - one["right"]) for one in bins if one["count"])
    return round(float(apart / max(1, total)), 4)


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99."""
    found = np.percentile(milliseconds, (50, 95, 99)) if len(milliseconds) else (0.0, 0.0, 0.0)
    return {name: round(float(value), 4) for name, value in zip(("p50", "p95", "p99"), found, strict=True)}


def coverage_at(confidence: Column, right: NDArray[np.bool_], precision: float) -> float:
    """The largest share of requests that can be answered with at least this precision."""
    order = np.argsort(-confidence, kind="stable")
    good = np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= precision
    return round(float(np.flatnonzero(good)[-1] + 1) / len(order), 4) if good.any() else 0.0
