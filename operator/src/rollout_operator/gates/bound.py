"""Bounds such as `>= 0.95`."""

import operator
from collections.abc import Callable
from typing import Final

_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


def meets(value: float, bound: str) -> bool:
    """Whether the value lies on the bound's side; the schema guarantees the form `OPERATOR NUMBER`."""
    symbol, limit = bound.split(" ")
    return _COMPARE[symbol](value, float(limit))
