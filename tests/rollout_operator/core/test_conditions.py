"""The status as users and kstatus read it."""

import re

import pytest

from rollout_operator import crd
from rollout_operator.model.seen import Answer, Lack
from rollout_operator.model.status import Reason, State
from tests.rollout_operator.core.test_machine import reach
from tests.support.world import World, alert

KSTATUS = {
    State.PENDING: "InProgress",
    State.PROGRESSING: "InProgress",
    State.PAUSED: "InProgress",
    State.HELD: "InProgress",
    State.ROLLING_BACK: "InProgress",
    State.ROLLED_BACK: "Failed",
    State.COMPLETED: "Current",
}


def kstatus(status: dict, generation: int) -> str:
    """The rules of kstatus for custom resources, in its order."""
    conditions = {c["type"]: c["status"] for c in status.get("conditions", [])}
    if status.get("observedGeneration") != generation or conditions.get("Reconciling") == "True":
        return "InProgress"
    if conditions.get("Stalled") == "True":
        return "Failed"
    return "Current" if conditions.get("Ready") == "True" else "InProgress"


@pytest.mark.parametrize("state", list(State))
def test_kstatus_reads_every_state_as_it_is(state):
    world = reach(state)
    world.tick(1)
    assert kstatus(crd.dump(world.status), 1) == KSTATUS[state]


@pytest.mark.parametrize("state", list(State))
def test_conditions_are_well_formed_and_carry_the_generation(state):
    world = reach(state)
    world.tick(1)
    types = [c.type for c in world.status.conditions]
    assert len(types) == len(set(types))
    for condition in world.status.conditions:
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", condition.reason), condition
        assert condition.message
        assert condition.observed_generation == 1


def test_a_conditions_time_moves_only_when_its_status_does():
    world = World()
    world.ticks(2)
    before = {c.type: c.last_transition_time for c in world.status.conditions}
    world.ticks(2)
    assert {c.type: c.last_transition_time for c in world.status.conditions} == before


def test_pods_that_do_not_confirm_are_named():
    world = World()
    world.tick()
    world.frozen_pods = True
    world.tick()
    converged = next(c for c in world.status.conditions if c.type == "Converged")
    assert converged.status == "False"
    assert "0 of 3 pods confirm" in converged.message
    assert "pod-0" in converged.message


def test_lacking_metrics_are_named():
    world = World()
    world.ticks(2)
    world.answer = Answer.missing(Lack.UNREACHABLE, "connection refused")
    world.tick()
    condition = next(c for c in world.status.conditions if c.type == "MetricsAvailable")
    assert (condition.status, condition.reason) == ("False", "Unreachable")
    assert "connection refused" in condition.message


def test_columns_show_gates_and_soak():
    world = World()
    world.ticks(4)
    assert world.status.gates_passing == "1/1"
    assert re.fullmatch(r"\d+s/1m", world.status.soak_progress)


def test_the_status_stays_small_after_a_long_life():
    world = World()
    for turn in range(40):
        world.until(Reason.ADVANCED)
        world.alerts = (alert(start=f"t{turn}"),)
        world.until(Reason.ROLLBACK_STARTED)
        world.alerts = ()
        world.until(Reason.ROLLBACK_CURED)
        world.spec = world.spec.model_copy(update={"revision": f"v{turn + 2}"})
    document = str(crd.dump(world.status))
    assert len(document) < 16 * 1024
    assert len(world.status.history) == 10
    assert len(world.status.alerts) == 20
