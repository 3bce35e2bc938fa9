"""Startup, readiness and liveness probes of one run of a container."""

import asyncio
from collections.abc import Awaitable, Callable

from e2e.cluster.node.api import Json

EAGER_SECONDS = 0.2

Ask = Callable[[Json, float], Awaitable[str | None]]
OnFailure = Callable[[str, str], Awaitable[None]]


class Tally:
    """Counts answers in a row until they are enough for a verdict."""

    def __init__(self, successes: int = 1, failures: int = 3) -> None:
        self._needed = {True: successes, False: failures}
        self._last = True
        self._count = 0

    def add(self, good: bool) -> bool | None:  # noqa: FBT001 - the answer itself
        """Return the verdict that stands after this answer, or nothing while it is open."""
        self._count = self._count + 1 if good == self._last else 1
        self._last = good
        return good if self._count >= self._needed[good] else None


class Series:
    """One probe asked again and again."""

    def __init__(self, probe: Json, ask: Ask) -> None:
        self._probe = probe
        self._ask = ask
        self._tally = Tally(probe.get("successThreshold", 1), probe.get("failureThreshold", 3))
        self._pause: float = probe.get("initialDelaySeconds", 0)
        self.message = ""

    async def verdict(self, at_most: float = float("inf")) -> bool | None:
        """Wait for the next turn (at most that many seconds), ask, and return the verdict that stands."""
        await asyncio.sleep(self._pause)
        self._pause = min(self._probe.get("periodSeconds", 10), at_most)
        self.message = await self._ask(self._probe, self._probe.get("timeoutSeconds", 1)) or ""
        return self._tally.add(not self.message)


class Health:
    """Follows a container's probes: calls `changed` for a new state, `on_failure` when it must be restarted."""

    def __init__(self, container: Json, ask: Ask, changed: Callable[[], None], on_failure: OnFailure) -> None:
        self._container = container
        self._ask = ask
        self._changed = changed
        self._on_failure = on_failure
        self.started = "startupProbe" not in container
        self.ready = self.started and "readinessProbe" not in container

    async def follow(self) -> None:
        """Run the startup probe to its verdict, then the other two until cancelled."""
        if not self.started:
            if not await self._lives("startupProbe", until=True):
                return
            self.started = True
            self.ready = "readinessProbe" not in self._container
            self._changed()
        await asyncio.gather(self._readiness(), self._lives("livenessProbe", until=None))

    async def _lives(self, kind: str, until: bool | None) -> bool:  # noqa: FBT001 - the verdict that ends the probe
        if kind not in self._container:
            return True
        series = Series(self._container[kind], self._ask)
        while True:
            verdict = await series.verdict()
            if verdict is False:
                await self._on_failure(kind, series.message)
                return False
            if verdict is not None and verdict is until:
                return True

    async def _readiness(self) -> None:
        if "readinessProbe" not in self._container:
            return
        series = Series(self._container["readinessProbe"], self._ask)
        was_ready = False
        while True:
            # a young container is asked often, so that it is Ready soon
            verdict = await series.verdict(float("inf") if was_ready else EAGER_SECONDS)
            if verdict is not None and verdict is not self.ready:
                self.ready = verdict
                was_ready = was_ready or verdict
                self._changed()
