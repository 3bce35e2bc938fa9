"""Scores, chances and their logarithms."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating[Any]]


def log_chances(scores: Vector) -> Vector:
    """Logarithms of chances that sum to 1, along the last axis."""
    above = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(above - np.log(np.exp(above).sum(axis=-1, keepdims=True)))


def log_sum(scores: Vector) -> float:
    """The logarithm of the sum of what these are the logarithms of; what it takes for one text, in fewer steps."""
    # The ufuncs' own reductions: the methods of small arrays cost as much again.
    peak = np.maximum.reduce(scores)
    return float(peak) + math.log(np.add.reduce(np.exp(scores - peak)))


def log_sigmoid(odds: float) -> float:
    """The logarithm of the chance that goes with log-odds."""
    return min(0.0, odds) - math.log1p(math.exp(-abs(odds)))


def sigmoid(odds: float) -> float:
    """The chance that goes with log-odds, without overflow."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
