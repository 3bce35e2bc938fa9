"""Train a linear model on dense sentence vectors: softmax regression by L-BFGS."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from intelligence_detector.tiers.dense import DenseHead
from intelligence_detector.tiers.scores import log_chances

Matrix = NDArray[np.floating[Any]]

STEPS: Final = 60


def train(vectors: Matrix, targets: Matrix, hold: float) -> DenseHead:
    """Weights for one column per target; `hold` shrinks them, in examples."""
    width, labels = vectors.shape[1], targets.shape[1]
    single, wanted = vectors.astype(np.float32), targets.astype(np.float32)

    def cost(flat: Matrix) -> tuple[float, Matrix]:
        weights, bias = _parts(flat.astype(np.float32), width)
        logs = log_chances(single @ weights + bias)
        error = np.exp(logs) - wanted
        slope = single.T @ error + hold * weights
        loss = 0.5 * hold * float((weights * weights).sum()) - float((wanted * logs).sum())
        return loss, np.concatenate([slope.ravel(), error.sum(axis=0)]).astype(np.float64)

    start = np.zeros((width + 1) * labels)
    found = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x.astype(np.float32)
    return DenseHead(*_parts(found, width))


def _parts(flat: Matrix, width: int) -> tuple[Matrix, Matrix]:
    table = flat.reshape(width + 1, -1)
    return table[:-1], table[-1]
