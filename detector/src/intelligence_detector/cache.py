"""A bounded cache: least recently used goes first, and nothing outlives its time."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """Holds `size` values for `ttl` seconds each; `now` is any clock that only goes forward."""

    def __init__(self, size: int, ttl: float) -> None:
        self._size, self._ttl = size, ttl
        self._held: OrderedDict[Hashable, tuple[float, Value]] = OrderedDict()
        self.hits = self.misses = self.evictions = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable, now: float) -> Value | None:
        """The value, unless it is unknown or too old."""
        until, value = self._held.get(key, (now, None))
        if value is None or until <= now:
            self._held.pop(key, None)
            self.misses += 1
            return None
        self._held.move_to_end(key)
        self.hits += 1
        return value

    def put(self, key: Hashable, value: Value, now: float) -> None:
        """Keep a value, pushing out the least recently used when full."""
        self._held[key] = (now + self._ttl, value)
        self._held.move_to_end(key)
        if len(self._held) > self._size:
            self._held.popitem(last=False)
            self.evictions += 1
