"""Hands in the flag document: a decrease sticks and holds, an increase is undone."""

import pytest

from rollout_contract.flagset import FlagSet, dump, parse
from rollout_operator.drift import Drift, classify
from rollout_operator.model.seen import FlagsSeen
from rollout_operator.model.status import Reason, State
from tests.support.world import World, alert, spec


def set_traffic(world: World, percent: int) -> None:
    document = parse(world.document)
    world.document = dump(FlagSet(document.flags, percent, document.ab_test, document.stamp), world.document)


def climbing() -> World:
    world = World()
    world.until(Reason.ADVANCED)
    world.ticks(2)
    return world


def test_a_decrease_sticks_and_holds_until_a_new_revision():
    world = climbing()
    set_traffic(world, 10)
    world.ticks(30)
    assert (world.status.phase, world.status.traffic_percent) == (State.HELD, 10)
    assert parse(world.document).traffic_percentage == 10
    assert world.reasons().count(Reason.LOWERED_BY_HAND) == 1
    world.spec = spec(revision="v2")
    world.ticks(2)
    assert (world.status.phase, world.status.traffic_percent) == (State.PROGRESSING, 20)


def test_an_increase_is_undone_and_told_once():
    world = climbing()
    set_traffic(world, 90)
    world.ticks(3)
    assert parse(world.document).traffic_percentage == 50
    assert world.reasons().count(Reason.DRIFT_REVERTED) == 1
    assert world.status.phase is State.PROGRESSING


def test_a_fight_over_the_document_is_won_every_time_and_told_once_a_minute():
    world = climbing()
    for _ in range(40):
        set_traffic(world, 90)
        world.tick(0.5)
        assert parse(world.document).traffic_percentage == 50
    assert world.reasons().count(Reason.DRIFT_REVERTED) == 1
    drift = next(c for c in world.status.conditions if c.type == "DriftDetected")
    assert drift.status == "True"


def test_a_deleted_map_is_restored():
    world = climbing()
    world.document = ""
    world.tick()
    assert parse(world.document).traffic_percentage == 50
    assert Reason.DRIFT_REVERTED in world.reasons()


def test_a_flag_of_theirs_is_left_alone():
    world = climbing()
    world.document = world.document.replace("theirs: true", "theirs: false")
    world.tick()
    assert parse(world.document).flags["theirs"] is False
    assert Reason.DRIFT_REVERTED not in world.reasons()


@pytest.mark.parametrize("state", ["ROLLING_BACK", "ROLLED_BACK"])
def test_a_decrease_during_and_after_a_rollback_sticks(state):
    world = climbing()
    world.alerts = (alert(),)
    world.tick()
    if state == "ROLLED_BACK":
        world.alerts = ()
        world.until(Reason.ROLLBACK_CURED)
    set_traffic(world, 5)
    world.tick()
    assert world.status.traffic_percent == 5
    assert world.status.phase is State[state]


def test_a_decrease_of_a_completed_rollout_holds_it():
    world = World()
    world.until(Reason.COMPLETED)
    set_traffic(world, 30)
    world.ticks(3)
    assert (world.status.phase, world.status.traffic_percent) == (State.HELD, 30)


def test_a_decrease_while_a_new_attempt_waits_sticks():
    world = climbing()
    world.spec = spec(revision="v2", paused=True)
    world.tick()
    assert world.status.phase is State.PENDING
    set_traffic(world, 5)
    world.ticks(2)
    assert (world.status.traffic_percent, parse(world.document).traffic_percentage) == (5, 5)


def test_a_crash_between_status_and_document_is_no_drift():
    world = climbing()
    before = world.document
    while world.status.traffic_percent == 50:
        world.tick()
    world.document = before
    world.tick()
    assert parse(world.document).traffic_percentage == 100
    assert Reason.DRIFT_REVERTED not in world.reasons()
    assert Reason.LOWERED_BY_HAND not in world.reasons()


def test_a_crash_before_the_first_document_is_no_drift():
    world = World()
    before = world.document
    world.tick()
    world.document = before
    world.tick()
    assert parse(world.document).traffic_percentage == 20
    assert world.reasons() == [Reason.STARTED]


def test_a_document_that_was_never_ours_is_pending():
    assert classify(FlagSet(), "", FlagsSeen()) is Drift.PENDING
    assert classify(FlagSet(), "abc", FlagsSeen()) is Drift.MISSING
    assert classify(FlagSet(), "abc", FlagsSeen(text="[", problem="not YAML", exists=True)) is Drift.BROKEN
