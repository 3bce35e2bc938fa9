"""A linear model on dense sentence vectors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.tiers.scores import log_chances

Vector = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class DenseHead:
    """Weights [dimension, label] and one constant per label."""

    weights: Vector
    bias: Vector

    def log_chances(self, vector: Vector) -> Vector:
        """One per label."""
        return log_chances(vector @ self.weights + self.bias)
