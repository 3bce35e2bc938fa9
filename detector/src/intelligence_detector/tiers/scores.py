"""Scores, chances and their logarithms."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating[Any]]


def log_chances(scores: Vector) -> Vector:
    """Logarithms of chances that sum to 1, along the last axis."""
    return np.asarray(scores - log_sum(scores))


def log_sum(scores: Vector) -> Vector:
    """The logarithm of the sum of what these are the logarithms of, along the last axis, which is kept."""
    # The reductions of the ufuncs themselves: with few numbers the methods of arrays cost as much again.
    peak = np.maximum.reduce(scores, axis=-1, keepdims=True)
    return np.asarray(peak + np.log(np.add.reduce(np.exp(scores - peak), axis=-1, keepdims=True)))


def log_sigmoid(odds: Vector) -> Vector:
    """The logarithms of the chances that go with log-odds."""
    return np.asarray(-np.logaddexp(0, -odds))


def sigmoid(odds: Vector) -> Vector:
    """The chances that go with log-odds, without overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * odds))
