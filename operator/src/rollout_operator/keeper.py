"""Keeps every rollout moving: what kopf, the webhook and the relist bring wakes it, and each look plans the next."""

import asyncio
import logging
from typing import Final, Protocol

from rollout_operator.cache import Body, Cache, key_of
from rollout_operator.model.base import rfc3339
from rollout_operator.model.status import Reason, State, Status
from rollout_operator.ports import ApiBusy, ApiGone, Key, Rollouts
from rollout_operator.reconcile import Outcome
from rollout_operator.scheduler import Due
from rollout_operator.telemetry import Telemetry

log = logging.getLogger(__name__)

RELIST: Final = 300.0
RELIST_RETRY: Final = 1.0


class Cycle(Protocol):
    """The reconciler, as seen from here."""

    async def __call__(self, body: Body) -> Outcome:
        """One cycle."""

    def interrupt(self, key: Key) -> None:
        """Do not wait for answers any longer."""

    def forget(self, uid: str) -> None:
        """Drop what is remembered of a deleted rollout."""


class Waker(Protocol):
    """The scheduler, as seen from here."""

    def wake(self, key: Key, *, urgent: bool = False) -> None:
        """Make the key due now."""


class Keeper:
    """Between the cache, the scheduler and the reconciler; `waker` is set once there is a scheduler."""

    waker: Waker

    def __init__(self, cache: Cache, cycle: Cycle, rollouts: Rollouts, telemetry: Telemetry) -> None:
        self._cache = cache
        self._cycle = cycle
        self._rollouts = rollouts
        self._telemetry = telemetry
        self.listed = False
        """Whether all rollouts are known."""

    async def look(self, key: Key) -> Due | None:
        """One cycle of one rollout; None when it is gone."""
        body = self._cache.get(key)
        if body is None:
            return None
        try:
            outcome = await self._cycle(body)
        except ApiGone:
            self._gone(body)
            return None
        self._cache.put(outcome.body)
        if outcome.status is None:
            return Due(outcome.due)
        self._report(key, body, outcome.status)
        return Due(outcome.due, outcome.status.phase is State.ROLLING_BACK)

    def changed(self, kind: str, body: Body) -> None:
        """An event of the watch."""
        if kind == "DELETED":
            self._gone(body)
        elif self._cache.put(body):
            self.wake(key_of(body))

    def wake(self, key: Key, urgent: bool = False) -> None:  # noqa: FBT001, FBT002 - the webhook's callback
        """Look at it now; what is urgent does not wait for answers that a cycle under way still waits for."""
        self.waker.wake(key, urgent=urgent)
        if urgent:
            self._cycle.interrupt(key)

    async def relist(self) -> None:
        """For ever: compare with a full list, because a watch may lose deletions in a gap."""
        while True:
            try:
                await self._relist()
            except ApiBusy as error:
                log.warning("the rollouts cannot be listed: %s", error)
                await asyncio.sleep(RELIST_RETRY)
            else:
                await asyncio.sleep(RELIST)

    async def _relist(self) -> None:
        listing = await self._rollouts.list_all()
        for body in listing.bodies:
            self.changed("ADDED", body)
        for body in self._cache.vanished(listing):
            self._gone(body)
        self.listed = True

    def _gone(self, body: Body) -> None:
        key = key_of(body)
        if self._cache.remove(body):
            self._telemetry.forget(key)
            self._cycle.forget(body["metadata"]["uid"])
            log.info("the rollout is gone", extra=key.fields)

    def _report(self, key: Key, before: Body, status: Status) -> None:
        if self._cache.get(key) is None:
            return  # deleted meanwhile; its metrics are gone and stay so
        self._telemetry.show(key, status)
        for gate in status.gates:
            self._telemetry.judged(key, gate.name, gate.verdict)
        known = {move["at"] for move in (before.get("status") or {}).get("history") or []}
        for move in status.history:
            if rfc3339(move.at) in known:
                continue
            log.info("%s: %s", move.reason, move.message, extra=key.fields | {"from": move.from_, "to": move.to})
            if move.reason is Reason.ROLLBACK_STARTED and status.rollback:
                self._telemetry.rolled_back(key, status.rollback.ladder)
