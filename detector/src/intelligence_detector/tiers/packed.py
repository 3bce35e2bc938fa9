"""A large table of weights in little memory."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating[Any]]

LARGEST: Final = 127
TINY: Final = 1e-8


@dataclass(frozen=True, slots=True)
class Packed:
    """Bytes with a scale per row: a hundredth of its largest weight is fine enough, and halves are slow to read."""

    steps: NDArray[np.int8]
    """[row, column]: weights in units of their row's scale."""
    scale: Vector
    """[row, 1]"""

    @classmethod
    def of(cls, table: Vector) -> "Packed":
        """Pack a table [row, column]."""
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True).astype(np.float32) / LARGEST, TINY)
        return cls(np.round(table / scale).astype(np.int8), scale)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return int(self.steps.shape[1])

    def unpacked(self) -> Vector:
        """The table in half precision."""
        return np.asarray((self.steps * self.scale).astype(np.float16))

    def total(self, rows: NDArray[np.intp], weights: Vector) -> Vector:
        """[column]: the sum of some rows, each times its weight."""
        scaled = weights * self.scale[:, 0].take(rows)
        return np.asarray(scaled @ self.steps.take(rows, axis=0).astype(np.float32))
