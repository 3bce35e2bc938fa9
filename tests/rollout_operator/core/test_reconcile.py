"""The cycle over its ports: intent before effect, nothing lost and nothing twice, whatever ends it where."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from rollout_contract.flagset import parse
from rollout_operator.model.seen import Answer, FleetSeen, Lack, PodSeen
from rollout_operator.ports import ApiBusy, ApiGone, Key
from rollout_operator.reconcile import Outcome, Reconciler
from tests.support.fakes import FakeFlags, FakeFleet, FakeMetrics, FakeRecorder, FakeRollouts
from tests.support.world import GATE, START

KEY = Key("intelligence", "phase-1")
MAP = ("intelligence", "detector-flags", "config.yaml")
FIRING = '{"startsAt":"t1","name":"ErrorsHigh","ladder":"errors","status":"firing"}'


VERIFY = "20s"
QUICK = {
    "interval": "10s",
    "phases": [{"name": "canary", "traffic": 20, "soak": "20s"}, {"name": "half", "traffic": 50, "soak": "1h"}],
    "gates": [{"name": "error-rate", "onFail": "errors", "threshold": GATE}],
    "ladders": {
        "errors": [{"do": "PreviousSafe", "verify": VERIFY}, {"do": "AllOff", "verify": VERIFY}],
        "accuracy": [{"do": "AllOff"}],
        "unavailable": [{"do": "Restart"}],
    },
}


class Killed(BaseException):
    """The process ends here, as by kill -9."""


@dataclass
class Deadly:
    """Counts the writes of a port and kills the process before or after the n-th."""

    port: object
    clock: "Bench"
    writes = frozenset({"write_status", "write", "touch", "act", "record"})

    def __getattr__(self, name):
        method = getattr(self.port, name)
        return self._guarded(method) if name in self.writes else method

    def _guarded(self, method):
        async def call(*args):
            self.clock.count()
            result = await method(*args)
            self.clock.count()
            return result

        return call


@dataclass
class Bench:
    """One rollout, its fakes, and an operator that can be killed and started again."""

    now: datetime = START
    flags: FakeFlags = field(default_factory=FakeFlags)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)
    rollouts: FakeRollouts = field(default_factory=FakeRollouts)
    recorder: FakeRecorder = field(default_factory=FakeRecorder)
    steps: int = 0
    kill_at: int | None = None

    def __post_init__(self):
        pods = tuple(PodSeen(f"pod-{n}", ready=True) for n in range(3))
        seen = FleetSeen(exists=True, desired=3, ready=3, available=True, image="v2", previous_image="v1", pods=pods)
        self.fleet = FakeFleet(flags=self.flags, seen=seen)
        self.flags.texts[MAP] = "feature_flags: {traffic_percentage: 0}\n"
        self.rollouts.add(**QUICK, prometheus={"address": "http://prometheus"})
        self.start()

    def start(self):
        """A new process, with nothing in memory."""
        self.operator = Reconciler(
            flags=Deadly(self.flags, self),
            fleet=Deadly(self.fleet, self),
            metrics=self.metrics,
            rollouts=Deadly(self.rollouts, self),
            recorder=Deadly(self.recorder, self),
            prometheus_address="",
            clock=lambda: self.now,
            holder=lambda _body: "",
        )

    def count(self):
        self.steps += 1
        if self.steps == self.kill_at:
            raise Killed

    @property
    def body(self):
        return self.rollouts.bodies[KEY]

    @property
    def moves(self):
        return [(move["from"], move["to"], move["reason"]) for move in self.body["status"]["history"]]

    async def tick(self, seconds: float = 10) -> Outcome:
        self.now += timedelta(seconds=seconds)
        return await self.operator(self.body)

    async def ticks(self, count: int) -> None:
        for _ in range(count):
            await self.tick()

    async def alert(self, fingerprint: str = "a1", text: str = FIRING) -> None:
        await self.rollouts.leave_alert(KEY, {f"alert.rollouts.intelligence.dev/{fingerprint}": text})


async def story(bench: Bench) -> None:
    """Start, climb to 50, roll back to 20, and off."""
    await bench.ticks(6)
    await bench.alert()
    await bench.ticks(7)


async def test_a_move_stores_its_intent_then_writes_the_flags_and_tells_once():
    bench = Bench()
    await bench.ticks(2)
    assert bench.moves == [(0, 20, "RolloutStarted")]
    assert parse(bench.flags.texts[MAP]).traffic_percentage == 20
    assert len(bench.flags.written) == 1
    assert [name for name, _ in bench.fleet.touched] == ["pod-0", "pod-1", "pod-2"]
    assert [move.reason for move in bench.recorder.moves.values()] == ["RolloutStarted"]


async def test_a_steady_rollout_writes_nothing_but_its_checkpoints():
    bench = Bench()
    await bench.ticks(2)
    bench.fleet.stuck = True
    before = len(bench.rollouts.statuses), len(bench.flags.written)
    for _ in range(20):
        await bench.tick(0.25)
    assert (len(bench.rollouts.statuses), len(bench.flags.written)) == before


async def test_killed_at_any_write_it_resumes_and_nothing_is_lost_or_done_twice():
    whole = Bench()
    await story(whole)
    assert [to for _, to, _ in whole.moves] == [20, 50, 20, 0, 0]
    for step in range(1, whole.steps + 1):
        bench = Bench(kill_at=step)
        await survive(bench)
        assert bench.moves == whole.moves, f"killed at step {step}"
        assert parse(bench.flags.texts[MAP]).traffic_percentage == 0
        told = [move.reason for move in bench.recorder.moves.values()]
        assert told == [reason for _, _, reason in whole.moves], f"killed at step {step}"


async def survive(bench: Bench) -> None:
    """The story, with a restart wherever the process is killed."""
    alerted = False
    for turn in range(18):
        if turn >= 6 and not alerted and bench.body["status"]["trafficPercent"] == 50:
            await bench.alert()
            alerted = True
        try:
            await bench.tick()
        except Killed:
            bench.start()


async def test_somebody_who_writes_first_makes_the_cycle_count_again():
    bench = Bench()
    await bench.ticks(2)
    stale = bench.body
    bench.rollouts.change(KEY, paused=True)
    bench.now += timedelta(seconds=10)
    outcome = await bench.operator(stale)
    assert outcome.status.phase == "Paused"


async def test_an_object_that_changes_for_ever_is_left_for_the_next_tick():
    bench = Bench()
    await bench.tick()
    inner = bench.rollouts.write_status

    async def racing(body, status):
        bench.rollouts.change(KEY, paused=not body["spec"]["paused"])
        return await inner(body, status)

    bench.rollouts.write_status = racing
    outcome = await bench.operator(bench.body)
    assert outcome.status is None
    assert outcome.due == bench.now


async def test_a_deleted_rollout_is_gone():
    bench = Bench()
    body = bench.rollouts.bodies.pop(KEY)
    with pytest.raises(ApiGone):
        await bench.operator(body)
    bench.operator.forget(body["metadata"]["uid"])


@pytest.mark.parametrize("port", ["flags", "fleet", "rollouts", "recorder"])
async def test_a_busy_cluster_puts_the_cycle_off_and_loses_nothing(port):
    bench = Bench()
    getattr(bench, port).outage = "429 too many requests"
    with pytest.raises(ApiBusy, match="429"):
        await bench.tick()
    getattr(bench, port).outage = ""
    await bench.tick()
    assert bench.moves == [(0, 20, "RolloutStarted")]
    assert len(bench.recorder.moves) == 1


async def test_an_alert_is_acted_on_before_anything_slow_is_asked():
    bench = Bench()
    await bench.ticks(2)
    bench.metrics.hang = True
    await bench.alert()
    outcome = await asyncio.wait_for(bench.tick(), 5)
    assert outcome.status.phase == "RollingBack"
    assert parse(bench.flags.texts[MAP]).traffic_percentage == 0


async def test_a_cycle_that_waits_for_answers_is_interrupted_by_an_alert():
    bench = Bench()
    await bench.ticks(3)
    bench.metrics.hang = True
    waiting = asyncio.ensure_future(bench.tick())
    await bench.metrics.hanging.wait()
    bench.operator.interrupt(KEY)
    outcome = await asyncio.wait_for(waiting, 5)
    assert (outcome.status, outcome.due) == (None, bench.now)
    bench.operator.interrupt(KEY)


async def test_without_any_prometheus_the_cure_is_said():
    bench = Bench()
    del bench.rollouts.bodies[KEY]["spec"]["prometheus"]
    await bench.ticks(2)
    stalled = next(c for c in bench.body["status"]["conditions"] if c["type"] == "Stalled")
    assert "spec.prometheus.address" in stalled["message"]


async def test_gates_with_samples_ask_two_queries():
    bench = Bench()
    gate = {"query": "v", "pass": "< 1", "fail": "> 1", "failFor": "1 of 1", "samples": "n", "minSamples": 5}
    bench.rollouts.change(KEY, gates=[{"name": "g", "threshold": gate}])
    bench.metrics.answers["n"] = Answer(3.0)
    await bench.ticks(3)
    assert {query for _, query in bench.metrics.asked} == {"v", "n"}
    assert bench.body["status"]["gates"][0]["reason"] == Lack.TOO_FEW_SAMPLES


async def test_a_spec_this_version_cannot_read_is_said_once_and_kept():
    bench = Bench()
    bench.rollouts.change(KEY, interval="soon")
    await bench.ticks(3)
    (written,) = bench.rollouts.statuses
    ready = next(c for c in written["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "InvalidSpec")
    assert "interval" in ready["message"]


async def test_pods_that_stay_behind_are_touched_again():
    bench = Bench()
    await bench.tick()
    bench.fleet.stuck = True
    await bench.ticks(2)
    texts = {text for _, text in bench.fleet.touched}
    assert len(texts) == 3


async def test_pods_are_left_alone_when_the_spec_says_so():
    bench = Bench()
    target = bench.body["spec"]["target"]
    bench.rollouts.change(KEY, target=target | {"touchPods": False})
    await bench.ticks(2)
    assert bench.fleet.touched == []


async def test_the_restart_rung_acts_once():
    bench = Bench()
    await bench.ticks(3)
    bench.fleet.seen = FleetSeen(
        **{n: getattr(bench.fleet.seen, n) for n in FleetSeen.__slots__} | {"available": False}
    )
    await bench.ticks(6)
    assert [type(effect).__name__ for effect in bench.fleet.acted] == ["Restart"]


async def test_a_status_written_by_a_hand_moves_nothing_and_is_written_again():
    bench = Bench()
    await bench.ticks(2)
    bench.body["status"] |= {"trafficPercent": 100, "phase": "Completed"}
    await bench.tick(1)
    assert parse(bench.flags.texts[MAP]).traffic_percentage == 20
    assert bench.body["status"]["trafficPercent"] == 20


async def test_a_defect_of_ours_is_told_on_the_rollout_and_harms_no_other():
    bench = Bench()
    await bench.ticks(2)
    bench.fleet.seen = None
    with pytest.raises(AttributeError):
        await bench.tick()
    stalled = next(c for c in bench.body["status"]["conditions"] if c["type"] == "Stalled")
    assert stalled["reason"] == "InternalError"
    bench.rollouts.outage = "503"
    with pytest.raises(AttributeError):
        await bench.tick()


async def test_a_write_that_is_refused_is_told_with_its_move():
    bench = Bench()
    await bench.ticks(2)
    await bench.alert()
    write = bench.flags.write

    async def refuse(*_):
        raise ApiBusy("422 the map is immutable")

    bench.flags.write = refuse
    for _ in range(2):
        with pytest.raises(ApiBusy):
            await bench.tick()
    assert "RollbackStarted" in [move.reason for move in bench.recorder.moves.values()]
    converged = next(c for c in bench.body["status"]["conditions"] if c["type"] == "Converged")
    assert converged["reason"] == "NotWritten"
    assert "immutable" in converged["message"]
    bench.flags.write = write
    await bench.ticks(2)
    converged = next(c for c in bench.body["status"]["conditions"] if c["type"] == "Converged")
    assert converged["status"] == "True"
