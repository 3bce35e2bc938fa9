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


def sigmoid(odds: float) -> float:
    """The chance that goes with log-odds, without overflow."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
