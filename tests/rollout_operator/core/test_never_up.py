"""What was taken back or lowered by hand stays down until a new revision, whatever happens in between."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollout_contract.flagset import FlagSet, dump, parse
from rollout_operator.model.seen import Answer, Lack
from rollout_operator.model.status import Reason, State
from tests.support.world import World, alert, spec

LOWERED = {Reason.ROLLBACK_STARTED, Reason.ROLLBACK_ESCALATED, Reason.LOWERED_BY_HAND}


def by_hand(world: World, percent: int) -> None:
    if world.document and not world.problem:
        document = parse(world.document)
        world.document = dump(FlagSet(document.flags, percent, document.ab_test, document.stamp), world.document)


ACTS = {
    "good": lambda world: setattr(world, "answer", Answer(0.0)),
    "bad": lambda world: setattr(world, "answer", Answer(0.5)),
    "blind": lambda world: setattr(world, "answer", Answer.missing(Lack.NO_DATA)),
    "silent": lambda world: setattr(world, "alerts", ()),
    "errors": lambda world: setattr(world, "alerts", (alert(start=str(world.now)),)),
    "critical": lambda world: setattr(world, "alerts", (alert("Critical", "accuracy", str(world.now)),)),
    "crash": lambda world: world.change(available=False),
    "restarted": lambda world: world.change(available=True),
    "down 5": lambda world: by_hand(world, 5),
    "down 0": lambda world: by_hand(world, 0),
    "up 90": lambda world: by_hand(world, 90),
    "delete": lambda world: setattr(world, "document", ""),
    "pause": lambda world: setattr(world, "spec", spec(paused=True)),
    "go on": lambda world: setattr(world, "spec", spec()),
    "stuck": lambda world: setattr(world, "frozen_pods", True),
    "freed": lambda world: setattr(world, "frozen_pods", False),
    "wait": lambda world: world.ticks(4),
}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(ACTS)), min_size=3, max_size=20))
def test_no_course_of_events_raises_what_was_lowered(acts):
    world = World()
    world.ticks(8)
    ceiling = 100
    for act in [*acts, "good", "silent", "restarted", "freed", "go on", "wait", "wait", "wait", "wait"]:
        ACTS[act](world)
        world.tick()
        assert world.status.traffic_percent <= ceiling, world.reasons()
        lowered = [m.to for m in world.status.history if m.reason in LOWERED and m.to < m.from_]
        ceiling = min([ceiling, *lowered])
    assert world.status.attempt == 1


def half(world: World) -> World:
    world.until(Reason.ADVANCED)
    world.ticks(2)
    return world


def crash(world: World) -> None:
    """The pods go and come back, and the restart is the cure."""
    world.change(available=False)
    world.until(Reason.ROLLBACK_STARTED)
    world.change(available=True)
    world.until(Reason.ROLLBACK_CURED)


def test_a_crash_after_a_rollback_leaves_it_rolled_back():
    world = half(World())
    world.alerts = (alert(),)
    world.tick()
    world.alerts = ()
    world.until(Reason.ROLLBACK_CURED)
    crash(world)
    world.ticks(60)
    assert (world.status.phase, world.status.traffic_percent) == (State.ROLLED_BACK, 20)


@pytest.mark.parametrize("percent", [5, 20])
def test_a_crash_after_a_decrease_by_hand_leaves_it_held(percent):
    world = half(World())
    by_hand(world, percent)
    world.tick()
    crash(world)
    world.ticks(60)
    assert (world.status.phase, world.status.traffic_percent) == (State.HELD, percent)


def test_a_decrease_by_hand_during_a_restart_holds():
    world = half(World())
    world.change(available=False)
    world.until(Reason.ROLLBACK_STARTED)
    by_hand(world, 10)
    world.tick()
    world.change(available=True)
    world.until(Reason.ROLLBACK_CURED)
    world.ticks(60)
    assert (world.status.phase, world.status.traffic_percent) == (State.HELD, 10)


def test_a_crash_while_a_rollback_is_verified_shows_that_it_is_not_cured():
    world = half(World())
    world.alerts = (alert(),)
    world.tick()
    world.alerts = ()
    world.change(available=False)
    world.until(Reason.ROLLBACK_ESCALATED)
    assert (world.status.traffic_percent, world.status.rollback.ladder) == (0, "errors")


def test_a_crash_of_a_completed_rollout_leaves_it_completed():
    world = World()
    world.until(Reason.COMPLETED)
    crash(world)
    assert world.status.phase is State.COMPLETED


def test_errors_during_a_restart_take_over():
    world = half(World())
    world.change(available=False)
    world.until(Reason.ROLLBACK_STARTED)
    world.alerts = (alert(),)
    world.tick()
    assert (world.status.traffic_percent, world.status.rollback.ladder) == (20, "errors")
    world.change(available=True)
    world.alerts = ()
    world.until(Reason.ROLLBACK_CURED)
    assert world.status.phase is State.ROLLED_BACK
