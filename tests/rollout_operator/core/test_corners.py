"""Corners of the core that no story visits."""

import pytest

from rollout_operator import crd, ladder
from rollout_operator.model.seen import Answer, Lack
from rollout_operator.model.spec import Action
from rollout_operator.model.status import Reason, Rollback, State, Status
from tests.rollout_operator.core.test_reconcile import KEY, Bench
from tests.support.schema import spec_body
from tests.support.world import GATE, START, World, spec


def test_a_phase_is_judged_by_the_gates_it_names():
    gates = [{"name": name, "threshold": GATE} for name in ("a", "b")]
    phases = [{"name": "canary", "traffic": 20, "soak": "60s", "gates": ["b"]}, {"name": "full", "traffic": 100}]
    world = World(spec=spec(gates=gates, phases=phases))
    world.ticks(2)
    assert [gate.name for gate in world.status.gates] == ["b"]


@pytest.mark.parametrize("reason", list(Reason))
def test_only_the_planned_course_is_a_normal_event(reason):
    planned = {"RolloutStarted", "PhaseAdvanced", "RolloutCompleted", "RolloutPaused", "RolloutResumed"}
    assert reason.warning is (reason not in planned)


def test_a_gate_that_an_edit_removed_proves_nothing():
    world = World()
    gone = Rollback(ladder="errors", rung=0, action=Action.ALL_OFF, cause="c", evidence="gate/gone", at=START)
    assert ladder.recovered(gone, Status(), world.seen()) is None


def test_the_flag_map_is_known_of_any_body():
    assert crd.flag_map({"spec": spec_body()}) == "detector-flags"
    assert crd.flag_map({}) == ""


async def test_nothing_is_written_to_a_broken_document():
    bench = Bench()
    await bench.tick()
    text = "feature_flags: [broken"
    bench.flags.texts = dict.fromkeys(bench.flags.texts, text)
    await bench.ticks(2)
    assert set(bench.flags.texts.values()) == {text}
    assert bench.rollouts.bodies[KEY]["status"]["conditions"][0]["reason"] == "InvalidFlagDocument"


def test_an_unsure_gate_earns_nothing_and_is_not_blind():
    world = World()
    world.ticks(3)
    before = world.status.soak
    world.answer = Answer.missing(Lack.TIMEOUT)
    world.tick()
    assert world.status.soak.lost.blind > before.lost.blind
    world.answer = Answer(0.01)
    world.tick()
    assert world.status.phase is State.PROGRESSING
    assert world.status.soak.earned == before.earned
    assert world.status.soak.lost.unhealthy > before.lost.unhealthy
