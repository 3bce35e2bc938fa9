"""Train the n-gram network: one hidden layer, stochastic gradients with a step size per row (AdaGrad), dropout."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Matrix = NDArray[np.floating[Any]]

EPSILON: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained; `e2e.bench.detector.tune` compares recipes on validation data."""

    hidden: int = 256
    epochs: int = 18
    batch: int = 64
    rate: float = 0.08
    drop_inputs: float = 0.4
    drop_hidden: float = 0.5
    smooth: float = 0.05


@dataclass(frozen=True, slots=True)
class Layers:
    """The trained weights."""

    inputs: Matrix
    hidden_bias: Matrix
    outputs: Matrix
    output_bias: Matrix

    def logits(self, features: Any) -> Matrix:  # noqa: ANN401 - scipy's sparse matrices have no types
        """One row of unscaled log-odds per row of features."""
        return np.asarray(np.maximum(features @ self.inputs + self.hidden_bias, 0) @ self.outputs + self.output_bias)


def train(features: Any, targets: Matrix, recipe: Recipe, seed: int, tick: Callable[[], None] = lambda: None) -> Layers:  # noqa: ANN401 - as above
    """Learn to tell the targets (one row of chances per text) from sparse features."""
    rng = np.random.default_rng(seed)
    learner = _Learner(features.shape[1], targets.shape[1], recipe, rng)
    for epoch in range(recipe.epochs):
        rate = recipe.rate * (1 - epoch / recipe.epochs) + recipe.rate / 50
        order = rng.permutation(len(targets))
        for start in range(0, len(order), recipe.batch):
            chosen = order[start : start + recipe.batch]
            learner.step(features[chosen], targets[chosen], rate)
        tick()
    return learner.layers


class _Learner:
    """Weights and the sums of squared gradients that shrink their steps."""

    def __init__(self, width: int, labels: int, recipe: Recipe, rng: np.random.Generator) -> None:
        hidden = recipe.hidden
        self._recipe, self._rng = recipe, rng
        first = rng.standard_normal((width, hidden), dtype=np.float32) * np.float32(0.5 / math.sqrt(hidden))
        second = rng.standard_normal((hidden, labels), dtype=np.float32) * np.float32(math.sqrt(2 / hidden))
        self.layers = Layers(first, np.zeros(hidden, np.float32), second, np.zeros(labels, np.float32))
        self._spent_rows = np.full((width, 1), EPSILON, np.float32)
        self._spent = [
            np.full_like(part, EPSILON) for part in (self.layers.hidden_bias, second, self.layers.output_bias)
        ]

    def step(self, batch: Any, wanted: Matrix, rate: float) -> None:  # noqa: ANN401 - scipy's sparse matrices have no types
        """One small batch, touching only the rows of its n-grams."""
        layers, rows, small = self.layers, *self._thinned(batch)
        weights = layers.inputs[rows]
        total = small @ weights + layers.hidden_bias
        gate = (total > 0) * self._mask(total.shape)
        hidden = total * gate
        error = _chances(hidden @ layers.outputs + layers.output_bias)
        error -= wanted
        error /= len(wanted)
        back = (error @ layers.outputs.T) * gate
        self._move_rows(rows, weights, small.T @ back, rate)
        gradients = (back.sum(axis=0), hidden.T @ error, error.sum(axis=0))
        parts = (layers.hidden_bias, layers.outputs, layers.output_bias)
        for part, spent, gradient in zip(parts, self._spent, gradients, strict=True):
            np.add(spent, gradient * gradient, out=spent)
            np.subtract(part, rate * gradient / np.sqrt(spent), out=part)

    def _thinned(self, batch: Any) -> tuple[NDArray[np.intp], Any]:  # noqa: ANN401 - as above
        """The batch with some inputs dropped, over only the columns that it has."""
        drop = self._recipe.drop_inputs
        kept = (self._rng.random(batch.nnz, dtype=np.float32) >= drop) / np.float32(1 - drop)
        rows, columns = np.unique(batch.indices, return_inverse=True)
        shape = (batch.shape[0], len(rows))
        return rows, sparse.csr_matrix((batch.data * kept, columns.astype(np.int32), batch.indptr), shape=shape)

    def _mask(self, shape: tuple[int, ...]) -> Matrix:
        drop = self._recipe.drop_hidden
        return (self._rng.random(shape, dtype=np.float32) >= drop) / np.float32(1 - drop)

    def _move_rows(self, rows: NDArray[np.intp], weights: Matrix, gradient: Matrix, rate: float) -> None:
        # In place: these are by far the largest arrays, and fresh memory for each step costs as much as the step.
        self._spent_rows[rows] += np.einsum("rh,rh->r", gradient, gradient)[:, None] / gradient.shape[1]
        gradient *= rate / np.sqrt(self._spent_rows[rows])
        weights -= gradient
        self.layers.inputs[rows] = weights


def _chances(scores: Matrix) -> Matrix:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
