"""What wakes a rollout, and what is done with the outcome of a look."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from rollout_operator.cache import Cache
from rollout_operator.keeper import Keeper
from rollout_operator.model.status import Move, Reason, Rollback, State, Status
from rollout_operator.ports import ApiBusy, ApiGone, Key
from rollout_operator.reconcile import Outcome
from rollout_operator.scheduler import Due
from rollout_operator.telemetry import Telemetry
from tests.support.clocks import START
from tests.support.fakes import FakeRollouts

KEY = Key("intelligence", "phase-1")
DUE = START + timedelta(seconds=30)


@dataclass
class Cycles:
    """Stands where the reconciler stands."""

    status: Status | None = None
    error: Exception | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    interrupted: list[Key] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    async def __call__(self, body: dict[str, Any]) -> Outcome:
        self.bodies.append(body)
        if self.error:
            raise self.error
        return Outcome(body, DUE, self.status)

    def interrupt(self, key: Key) -> None:
        self.interrupted.append(key)

    def forget(self, uid: str) -> None:
        self.forgotten.append(uid)


class Desk:
    """A keeper and its neighbours; the desk itself is woken."""

    def __init__(self) -> None:
        self.rollouts, self.cache, self.cycles, self.telemetry = FakeRollouts(), Cache(), Cycles(), Telemetry()
        self.keeper = Keeper(self.cache, self.cycles, self.rollouts, self.telemetry)
        self.keeper.waker = self
        self.woken: list[tuple[Key, bool]] = []

    def wake(self, key: Key, *, urgent: bool = False) -> None:
        self.woken.append((key, urgent))

    def metric(self, name: str, **labels: str) -> float | None:
        where = {"namespace": KEY.namespace, "name": KEY.name} | labels
        return self.telemetry.registry.get_sample_value(f"intelligence_rollout_{name}", where)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_new_rollout_and_an_edit_wake_and_our_own_status_does_not(desk):
    desk.keeper.changed("ADDED", desk.rollouts.add())
    desk.keeper.changed("MODIFIED", desk.rollouts.change(KEY, paused=True))
    body = desk.rollouts.bodies[KEY]
    asyncio.run(desk.rollouts.write_status(body, {"phase": "Paused"}))
    desk.keeper.changed("MODIFIED", desk.rollouts.bodies[KEY])
    assert desk.woken == [(KEY, False)] * 2
    assert desk.cache.get(KEY)["status"] == {"phase": "Paused"}


def test_only_an_urgent_call_interrupts_a_cycle_under_way(desk):
    desk.keeper.wake(KEY)
    assert desk.cycles.interrupted == []
    desk.keeper.wake(KEY, urgent=True)
    assert desk.cycles.interrupted == [KEY]


async def test_a_look_says_when_the_next_one_is_due_and_a_rollback_is_urgent(desk):
    desk.keeper.changed("ADDED", desk.rollouts.add())
    desk.cycles.status = Status()
    assert await desk.keeper.look(KEY) == Due(DUE)
    desk.cycles.status = Status(phase=State.ROLLING_BACK)
    assert await desk.keeper.look(KEY) == Due(DUE, urgent=True)


async def test_a_rollout_that_is_not_known_is_gone(desk):
    assert await desk.keeper.look(KEY) is None
    assert desk.cycles.bodies == []


async def test_a_rollout_found_deleted_is_forgotten_everywhere(desk):
    desk.keeper.changed("ADDED", desk.rollouts.add())
    desk.cycles.error = ApiGone()
    assert await desk.keeper.look(KEY) is None
    assert desk.cache.get(KEY) is None
    assert desk.cycles.forgotten == ["uid-1"]


async def test_the_metrics_of_a_deleted_rollout_are_gone(desk):
    body = desk.rollouts.add()
    desk.keeper.changed("ADDED", body)
    desk.cycles.status = Status(traffic_percent=20, phase=State.PROGRESSING)
    await desk.keeper.look(KEY)
    assert desk.metric("traffic_percent") == 20
    assert desk.metric("phase", phase="Progressing") == 1
    desk.keeper.changed("DELETED", body)
    assert desk.metric("traffic_percent") is None
    assert desk.metric("phase", phase="Progressing") is None


async def test_a_rollback_is_counted_once_however_often_its_move_is_seen(desk):
    desk.keeper.changed("ADDED", desk.rollouts.add())
    move = Move(at=START, from_=20, to=0, reason=Reason.ROLLBACK_STARTED)
    rollback = Rollback(ladder="errors", rung=0, action="AllOff", cause="c", evidence="e", at=START)
    desk.cycles.status = Status(history=(move,), rollback=rollback)
    await desk.keeper.look(KEY)
    stored = await desk.rollouts.write_status(
        desk.rollouts.bodies[KEY], {"history": [{"at": "2026-01-05T09:00:00.000Z"}]}
    )
    desk.keeper.changed("MODIFIED", stored)
    await desk.keeper.look(KEY)
    assert desk.metric("rollbacks_total", ladder="errors") == 1


async def test_a_relist_finds_what_was_created_and_deleted_in_a_gap(desk):
    lost = desk.rollouts.add("lost")
    desk.keeper.changed("ADDED", lost)
    del desk.rollouts.bodies[Key("intelligence", "lost")]
    desk.rollouts.add()
    task = asyncio.create_task(desk.keeper.relist())
    await asyncio.sleep(0)
    task.cancel()
    assert desk.keeper.listed
    assert [key for key, _ in desk.woken] == [Key("intelligence", "lost"), KEY]
    assert len(desk.cache) == 1
    assert desk.cycles.forgotten == [lost["metadata"]["uid"]]


async def test_a_list_that_fails_ends_nothing(desk, caplog):
    desk.rollouts.outage = "429"
    task = asyncio.create_task(desk.keeper.relist())
    await asyncio.sleep(0)
    assert not desk.keeper.listed
    assert not task.done()
    assert "429" in caplog.text
    task.cancel()


async def test_a_busy_cluster_is_the_schedulers_business(desk):
    desk.keeper.changed("ADDED", desk.rollouts.add())
    desk.cycles.error = ApiBusy("429")
    with pytest.raises(ApiBusy):
        await desk.keeper.look(KEY)
