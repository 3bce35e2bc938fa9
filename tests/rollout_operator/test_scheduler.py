"""When rollouts are looked at."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from rollout_operator.ports import ApiBusy, Key
from rollout_operator.scheduler import Due, Scheduler
from tests.support.clocks import FakeClock

A, B, C = (Key("ns", name) for name in "abc")


class Desk:
    """A scheduler at work, and what it did."""

    def __init__(self, clock: FakeClock, concurrency: int = 2) -> None:
        self.clock = clock
        self.runs: list[tuple[Key, float]] = []
        self.results: list[str] = []
        self.gates: dict[Key, asyncio.Event] = {}
        self.errors: dict[Key, Exception] = {}
        self.interval: dict[Key, float | None] = {}
        self.urgent_next = False
        self.scheduler = Scheduler(self.work, clock, lambda result, _: self.results.append(result), concurrency)

    async def work(self, key: Key) -> Due | None:
        self.runs.append((key, self.clock.seconds()))
        if key in self.gates:
            await self.gates[key].wait()
        if key in self.errors:
            raise self.errors[key]
        interval = self.interval.get(key, 10.0)
        return None if interval is None else Due(self.clock.now() + timedelta(seconds=interval), self.urgent_next)

    def times(self, key: Key) -> list[float]:
        return [at for which, at in self.runs if which == key]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk(FakeClock())
    task = asyncio.create_task(desk.scheduler.run())
    yield desk
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_woken_rollout_is_looked_at_at_once_and_again_when_it_is_due(desk):
    desk.scheduler.wake(A)
    await desk.clock.advance(25)
    first, second, third = desk.times(A)
    assert first == 0
    assert 10 <= second <= 11
    assert 10 <= third - second <= 11


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_wall_clock_that_is_set_puts_no_rollout_to_sleep(desk, hours):
    desk.scheduler.wake(A)
    await desk.clock.advance(15)
    desk.clock.set_by = timedelta(hours=hours)
    await desk.clock.advance(20)
    assert len(desk.times(A)) >= 3


async def test_the_delay_by_which_rollouts_are_kept_out_of_step_is_their_own_and_at_most_a_tenth(desk):
    for key in (A, B, C):
        desk.scheduler.wake(key)
    await desk.clock.advance(12)
    seconds = {key: desk.times(key)[1] for key in (A, B, C)}
    assert len(set(seconds.values())) == 3
    assert all(10 <= at <= 11 for at in seconds.values())


async def test_a_rollout_woken_while_it_is_looked_at_is_looked_at_once_more_and_never_twice_at_once(desk):
    desk.gates[A] = asyncio.Event()
    desk.scheduler.wake(A)
    await desk.clock.advance(1)
    for _ in range(3):
        desk.scheduler.wake(A)
    await desk.clock.advance(1)
    assert desk.times(A) == [0]
    desk.gates.pop(A).set()
    await desk.clock.advance(1)
    assert desk.times(A) == [0, 2]


async def test_no_more_rollouts_than_allowed_are_looked_at_in_one_moment(desk):
    desk.gates = {key: asyncio.Event() for key in (A, B, C)}
    for key in (A, B, C):
        desk.scheduler.wake(key)
    await desk.clock.advance(5)
    assert [key for key, _ in desk.runs] == [A, B]
    desk.gates[A].set()
    await desk.clock.settle()
    assert [key for key, _ in desk.runs] == [A, B, C]


async def test_what_is_urgent_waits_behind_nothing_that_is_not(desk):
    desk.gates = {A: asyncio.Event(), B: asyncio.Event()}
    desk.scheduler.wake(A)
    desk.scheduler.wake(B)
    desk.scheduler.wake(C)
    await desk.clock.settle()
    assert desk.times(C) == []
    desk.scheduler.wake(C, urgent=True)
    await desk.clock.settle()
    assert desk.times(C) == [0]


async def test_a_rollout_that_left_its_queue_by_the_urgent_lane_is_not_looked_at_again_by_the_other(desk):
    desk.gates = {A: asyncio.Event(), B: asyncio.Event()}
    for key in (A, B, C):
        desk.scheduler.wake(key)
    await desk.clock.settle()
    desk.scheduler.wake(C, urgent=True)
    await desk.clock.settle()
    desk.gates[A].set()
    await desk.clock.advance(2)
    assert desk.times(C) == [0]


async def test_a_rollback_under_way_keeps_the_urgent_lane(desk):
    desk.urgent_next = True
    desk.interval[C] = 1.0
    desk.scheduler.wake(C)
    await desk.clock.settle()
    desk.gates = {A: asyncio.Event(), B: asyncio.Event()}
    desk.scheduler.wake(A)
    desk.scheduler.wake(B)
    await desk.clock.advance(1.2)
    assert len(desk.times(C)) == 2


async def test_a_busy_cluster_is_asked_again_after_a_time_that_doubles_up_to_half_a_minute(desk):
    desk.errors[A] = ApiBusy("429")
    desk.scheduler.wake(A)
    await desk.clock.advance(120)
    times = desk.times(A)
    pauses = [round(later - earlier, 3) for earlier, later in itertools.pairwise(times)]
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30]
    assert set(desk.results) == {"busy"}


async def test_after_a_success_the_next_failure_is_retried_quickly_again(desk):
    desk.errors[A] = ApiBusy("429")
    desk.scheduler.wake(A)
    await desk.clock.advance(2)
    del desk.errors[A]
    await desk.clock.advance(10)
    desk.errors[A] = ApiBusy("429")
    desk.scheduler.wake(A)
    before = len(desk.runs)
    await desk.clock.advance(0.25)
    assert len(desk.runs) == before + 2


async def test_an_urgent_rollout_stays_urgent_until_it_succeeds(desk):
    desk.errors[C] = ApiBusy("429")
    desk.scheduler.wake(C, urgent=True)
    await desk.clock.settle()
    desk.gates = {A: asyncio.Event(), B: asyncio.Event()}
    desk.scheduler.wake(A)
    desk.scheduler.wake(B)
    await desk.clock.advance(0.3)
    assert len(desk.times(C)) == 2


async def test_a_fault_of_our_own_is_logged_and_tried_again_and_ends_nothing(desk, caplog):
    desk.errors[A] = RuntimeError("a bug")
    desk.scheduler.wake(A)
    desk.scheduler.wake(B)
    await desk.clock.advance(0.3)
    assert "a bug" in caplog.text
    assert len(desk.times(A)) == 2
    assert desk.times(B) == [0]
    assert desk.results.count("error") == 2


async def test_a_rollout_that_has_gone_is_looked_at_no_more(desk):
    desk.interval[A] = None
    desk.scheduler.wake(A)
    await desk.clock.advance(100)
    assert desk.times(A) == [0]
    desk.scheduler.wake(A)
    await desk.clock.settle()
    assert desk.times(A) == [0, 100]


async def test_the_loop_goes_round_every_second_although_nothing_is_due(desk):
    await desk.clock.advance(60)
    assert desk.scheduler.tick_age <= 1
