"""When each rollout is looked at next: one heap of due times, one run at a time per rollout, two lanes."""

import asyncio
import hashlib
import heapq
import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from rollout_operator.ports import ApiBusy, Key

log = logging.getLogger(__name__)

TICK: Final = 1.0
"""The loop goes round at least this often (seconds): its age tells that it lives."""
FIRST_RETRY: Final = 0.2
LAST_RETRY: Final = 30.0
LAST_URGENT_RETRY: Final = 5.0
JITTER: Final = timedelta(seconds=1)

Report = Callable[[str, float], None]
"""Told of every run: result (success, busy, error) and seconds."""


@dataclass(frozen=True, slots=True)
class Due:
    """When a rollout is to be looked at next, and whether that may not wait for others."""

    at: datetime
    urgent: bool = False


Work = Callable[[Key], Awaitable[Due | None]]
"""One look at a rollout; None when it is gone."""


class Clock(Protocol):
    """Time, as the scheduler needs it."""

    def now(self) -> datetime:
        """The moment, UTC."""

    def seconds(self) -> float:
        """Seconds that never jump."""

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Until the event is set, at most so long."""


@dataclass(slots=True)
class _Entry:
    due: float
    """On the clock that never jumps: a wall clock set back must not put a rollout to sleep."""
    urgent: bool = False
    queued: bool = False
    running: bool = False
    woken: bool = False
    failures: int = 0


@dataclass(slots=True)
class _Lane:
    limit: int
    queue: deque[Key]
    running: int = 0

    @property
    def free(self) -> bool:
        return self.running < self.limit


class Scheduler:
    """Runs the work for every key when it is due. Nothing that the work raises ends it."""

    def __init__(self, work: Work, clock: Clock, report: Report, concurrency: int = 16) -> None:
        self._work = work
        self._clock = clock
        self._report = report
        self._entries: dict[Key, _Entry] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._order = itertools.count()
        self._normal = _Lane(concurrency, deque())
        self._urgent = _Lane(concurrency, deque())  # never shared, so that rollbacks wait behind nothing else
        self._changed = asyncio.Event()
        self._ticked = clock.seconds()

    @property
    def tick_age(self) -> float:
        """Seconds since the loop last went round."""
        return self._clock.seconds() - self._ticked

    def wake(self, key: Key, *, urgent: bool = False) -> None:
        """Make the key due now, also when it runs at this moment: then once more."""
        now = self._clock.seconds()
        entry = self._entries.setdefault(key, _Entry(now))
        entry.urgent |= urgent
        entry.woken = entry.running
        if entry.queued and urgent:
            self._urgent.queue.append(key)
        elif not entry.running and not entry.queued:
            self._plan(key, entry, now)
        self._changed.set()

    async def run(self) -> None:
        """Go round for ever."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._ticked = self._clock.seconds()
                self._changed.clear()
                self._queue_due()
                self._start(tasks, self._urgent)
                self._start(tasks, self._normal)
                await self._clock.wait(self._changed, self._pause())

    def _queue_due(self) -> None:
        now = self._clock.seconds()
        while self._heap and self._heap[0][0] <= now:
            due, _, key = heapq.heappop(self._heap)
            entry = self._entries.get(key)
            if entry and entry.due == due and not entry.queued and not entry.running:
                entry.queued = True
                (self._urgent if entry.urgent else self._normal).queue.append(key)

    def _start(self, tasks: asyncio.TaskGroup, lane: _Lane) -> None:
        while lane.queue and lane.free:
            key = lane.queue.popleft()
            entry = self._entries.get(key)
            if entry and entry.queued:  # otherwise it has gone, or left by the other lane
                entry.queued, entry.running = False, True
                lane.running += 1
                tasks.create_task(self._run(key, entry, lane), name=f"reconcile {key}")

    async def _run(self, key: Key, entry: _Entry, lane: _Lane) -> None:
        urgent, entry.urgent = entry.urgent, False
        try:
            due = await self._attempt(key, entry, urgent=urgent)
        finally:
            lane.running -= 1
            entry.running = False
            self._changed.set()
        woken, entry.woken = entry.woken, False
        if due is None and not woken:
            del self._entries[key]
            return
        entry.urgent |= due is not None and due.urgent
        wait = timedelta() if woken or due is None else due.at - self._clock.now()
        self._plan(key, entry, self._clock.seconds() + wait.total_seconds())

    async def _attempt(self, key: Key, entry: _Entry, *, urgent: bool) -> Due | None:
        start = self._clock.seconds()
        result = "success"
        try:
            due = await self._work(key)
        except ApiBusy as error:
            result = "busy"
            log.warning("put off: %s", error, extra=key.fields)
        except Exception:
            result = "error"
            log.exception("failed, will be tried again", extra=key.fields)
        else:
            entry.failures = 0
            return due and Due(due.at + _jitter(key, due.at - self._clock.now()), due.urgent)
        finally:
            self._report(result, self._clock.seconds() - start)
        entry.failures += 1
        longest = LAST_URGENT_RETRY if urgent else LAST_RETRY
        return Due(self._clock.now() + _back_off(entry.failures, longest), urgent)

    def _plan(self, key: Key, entry: _Entry, due: float) -> None:
        entry.due = due
        heapq.heappush(self._heap, (due, next(self._order), key))

    def _pause(self) -> float:
        if not self._heap:
            return TICK
        return min(max(self._heap[0][0] - self._clock.seconds(), 0.0), TICK)


def _back_off(failures: int, longest: float) -> timedelta:
    doublings = min(failures - 1, 16)  # beyond which the limit holds anyway
    return timedelta(seconds=min(FIRST_RETRY * 2**doublings, longest))


def _jitter(key: Key, distance: timedelta) -> timedelta:
    """A rollout's own small delay, so that many with one interval do not stay in step."""
    share = hashlib.sha256(str(key).encode()).digest()[0] / 256
    return max(min(JITTER, distance / 10), timedelta()) * share
