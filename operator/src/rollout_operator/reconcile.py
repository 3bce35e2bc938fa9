"""One cycle: observe -> decide -> write the status -> act -> tell. The story on one page."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rollout_contract.flagset import revision_of
from rollout_operator import crd, ladder, machine, memory, questions, render
from rollout_operator.crd import Rollout
from rollout_operator.model.decision import Decision
from rollout_operator.model.seen import Answer, Lack, Samples, Seen
from rollout_operator.model.spec import Gate
from rollout_operator.model.status import Status
from rollout_operator.ports import (
    ApiBusy,
    ApiConflict,
    ApiGone,
    FlagStore,
    Fleet,
    Key,
    MetricSource,
    Recorder,
    Rollouts,
)

CONFLICTS = 5
"""Times a cycle is computed again when somebody else changed the rollout meanwhile."""

REFUSED_FOR = timedelta(seconds=30)
"""A rollout that cannot be read is looked at again after an edit, or after this time."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cycle left behind: the newest body, the decided status and the next due time."""

    body: Body
    due: datetime
    status: Status | None = None


@dataclass(slots=True)
class Reconciler:
    """The cycle over its ports. `holder(body)` names an older rollout on the same flag map, or nothing."""

    flags: FlagStore
    fleet: Fleet
    metrics: MetricSource
    rollouts: Rollouts
    recorder: Recorder
    prometheus_address: str
    clock: Callable[[], datetime]
    holder: Callable[[Body], str]
    _memories: dict[str, memory.Memory] = field(default_factory=dict)
    _observing: dict[Key, asyncio.Task[Seen]] = field(default_factory=dict)

    async def __call__(self, body: Body) -> Outcome:
        """Run one cycle. Raises ApiGone when the rollout is deleted and ApiBusy when the cluster does not answer."""
        for _ in range(CONFLICTS):
            try:
                return await self._cycle(body)
            except ApiConflict as conflict:
                body = conflict.body
            except (ApiBusy, ApiGone):
                raise
            except Exception as error:
                with contextlib.suppress(ApiBusy, ApiConflict, ApiGone):
                    await self._refuse(body, "InternalError", f"a defect of the operator, see its log: {error!r}")
                raise
        return Outcome(body, self._now())

    def interrupt(self, key: Key) -> None:
        """Stop waiting for answers: something more urgent has come. The cycle ends at once and is due again."""
        task = self._observing.get(key)
        if task:
            task.cancel()

    def forget(self, uid: str) -> None:
        """Drop what is remembered of a deleted rollout."""
        self._memories.pop(uid, None)

    async def _cycle(self, body: Body) -> Outcome:
        known = self._memories.setdefault(body["metadata"]["uid"], memory.Memory())
        try:
            rollout = crd.parse(body, known.status)
        except crd.SpecError as error:
            return await self._refuse(body, "InvalidSpec", str(error))
        seen = await self._interruptible(rollout, known, self.holder(body))
        if seen is None:
            return Outcome(body, self._now())
        decision = machine.decide(rollout.name, rollout.generation, rollout.spec, rollout.status, seen)
        body = await self._keep(body, rollout, known, decision.status, seen.now)
        try:
            await self._act(rollout, known, decision, seen)
            known.trouble = ""
        except ApiBusy as error:
            known.trouble = str(error)
            raise
        finally:
            await self._tell(body, known, decision.status, seen.now)
        return Outcome(body, decision.due, decision.status)

    def _now(self) -> datetime:
        """Whole milliseconds, as the status keeps them: a moment read back is the same moment."""
        now = self.clock()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    async def _interruptible(self, rollout: Rollout, known: memory.Memory, holder: str) -> Seen | None:
        key = Key(rollout.namespace, rollout.name)
        task = asyncio.ensure_future(self._observe(rollout, known, holder))
        self._observing[key] = task
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            del self._observing[key]
        return None if task.cancelled() else task.result()

    async def _observe(self, rollout: Rollout, known: memory.Memory, holder: str) -> Seen:
        """Look at everything at once; while an alert waits to be acted on, only at what answers at once."""
        target, namespace = rollout.spec.target, rollout.namespace
        hurry = ladder.urgent(rollout.spec, rollout.status, rollout.alerts)
        gates = () if hurry else questions.gates_to_ask(rollout, known.looked_at, self._now())
        flags, fleet, answers = await asyncio.gather(
            self.flags.read(namespace, target),
            self.fleet.observe(namespace, target, ask_pods=not hurry),
            asyncio.gather(*(self._ask(rollout, gate) for gate in gates)),
        )
        samples = {gate.name: answer for gate, answer in zip(gates, answers, strict=True)}
        now = self._now()
        known.looked_at = now if samples else known.looked_at
        return Seen(now, flags, fleet, samples, rollout.alerts, holder, known.trouble)

    async def _ask(self, rollout: Rollout, gate: Gate) -> Samples:
        provider = rollout.spec.prometheus
        address = provider.address if provider else self.prometheus_address
        if not address:
            cure = "no Prometheus is known: set spec.prometheus.address or the operator's ROLLOUT_PROMETHEUS_ADDRESS"
            return Samples(Answer.missing(Lack.BAD_QUERY, cure))
        queries = [gate.threshold.query, *([gate.threshold.samples] if gate.threshold.samples else [])]
        value, *count = await asyncio.gather(
            *(self.metrics.ask(address, questions.fill(query, rollout)) for query in queries)
        )
        return Samples(value, count[0] if count else None)

    async def _keep(self, body: Body, rollout: Rollout, known: memory.Memory, status: Status, now: datetime) -> Body:
        """Intent before effect: the status is stored before anything is done."""
        if known.worth_writing(status, body.get("status", {}), rollout.spec.interval, now):
            document = crd.dump(status)
            body = await self.rollouts.write_status(body, document)
            known.written, known.written_at = body.get("status", document), now
        known.status = status
        return body

    async def _act(self, rollout: Rollout, known: memory.Memory, decision: Decision, seen: Seen) -> None:
        target, namespace = rollout.spec.target, rollout.namespace
        if decision.flags:
            revision = revision_of(decision.flags)
            if revision != seen.flags.revision:
                await self.flags.write(namespace, target, render.text(decision.flags, seen.flags))
            if target.touch_pods:
                await self._touch(namespace, known, seen, revision)
        for effect in decision.effects:
            await self.fleet.act(namespace, target, effect)

    async def _touch(self, namespace: str, known: memory.Memory, seen: Seen, revision: str) -> None:
        behind = [pod.name for pod in seen.fleet.pods if pod.revision != revision]
        known.touched = {name: known.touched[name] for name in behind if name in known.touched}
        texts = {name: known.touch(name, revision, seen.now) for name in behind}
        await asyncio.gather(*(self.fleet.touch(namespace, name, text) for name, text in texts.items() if text))

    async def _tell(self, body: Body, known: memory.Memory, status: Status, now: datetime) -> None:
        for move in known.untold(status, now):
            await self.recorder.record(body, move)
            known.told.add((move.at, move.reason))
        known.told &= {(move.at, str(move.reason)) for move in status.history}

    async def _refuse(self, body: Body, reason: str, problem: str) -> Outcome:
        now = self._now()
        document = crd.refusal(body, reason, problem, now)
        if document != body.get("status"):
            body = await self.rollouts.write_status(body, document)
        return Outcome(body, now + REFUSED_FOR)
