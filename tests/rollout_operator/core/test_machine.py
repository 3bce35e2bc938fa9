"""The machine as a table: no facts are unknown to a state, and nothing raises traffic but a soaked phase."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from rollout_operator import crd, machine
from rollout_operator.machine import MOVES, IllegalMove, decide
from rollout_operator.model.seen import Answer, FlagsSeen, Lack, Samples
from rollout_operator.model.spec import Action
from rollout_operator.model.status import Hold, Reason, Rollback, State
from rollout_operator.signals import Signal
from tests.support.world import START, World, alert, spec

ANSWERS = {
    "good": Answer(0.0),
    "bad": Answer(0.5),
    "none": Answer.missing(Lack.NO_DATA),
    "query": Answer.missing(Lack.BAD_QUERY),
}
DOCUMENTS = ("as written", "lowered", "raised", "broken", "gone")
FLEETS = {
    "well": {},
    "away": {"exists": False, "available": False},
    "ill": {"available": False},
    "unfit": {"problem": "subPath"},
}
SPECS = {
    "same": spec(),
    "paused": spec(paused=True),
    "new": spec(revision="v2"),
    "cut": spec(phases=[{"name": "x", "traffic": 3}]),
}
ALERTS = {"silent": (), "firing": (alert(),), "both": (alert(), alert("Critical", "accuracy"))}


def rolling_back() -> World:
    world = World()
    world.until(Reason.ADVANCED)
    world.alerts = (alert(),)
    world.tick()
    return world


def reach(state: State) -> World:
    world = World()
    if state is State.PENDING:
        return world
    if state is State.COMPLETED:
        world.until(Reason.COMPLETED)
        return world
    world.until(Reason.ADVANCED)
    if state is State.PAUSED:
        world.spec = spec(paused=True)
        world.tick()
    if state is State.HELD:
        world.answer = Answer.missing(Lack.NO_DATA)
        world.until(Reason.HELD)
    if state in {State.ROLLING_BACK, State.ROLLED_BACK}:
        world.alerts = (alert(),)
        world.tick()
    if state is State.ROLLED_BACK:
        world.alerts = ()
        world.until(Reason.ROLLBACK_CURED)
    return world


def seen_document(flags: FlagsSeen, variant: str) -> FlagsSeen:
    if variant == "gone":
        return FlagsSeen()
    if variant == "broken":
        return FlagsSeen(text="[", problem="not YAML", exists=True)
    percent = {"lowered": 5, "raised": 95}.get(variant, flags.flagset.traffic_percentage)
    return replace(flags, flagset=replace(flags.flagset, traffic_percentage=percent))


@pytest.mark.parametrize("state", list(State))
def test_no_combination_of_facts_is_unknown_or_raises_traffic(state):
    start = reach(state)
    before = start.status
    assert before.phase is state
    facts = start.seen()
    documents = {variant: seen_document(facts.flags, variant) for variant in DOCUMENTS}
    handled = {known.id for known in before.alerts}
    for answer, variant, fleet, wish, alerts, holder in itertools.product(
        ANSWERS, DOCUMENTS, FLEETS, SPECS, ALERTS, ("", "older")
    ):
        seen = replace(
            facts,
            now=facts.now + timedelta(seconds=40),
            flags=documents[variant],
            fleet=replace(facts.fleet, **FLEETS[fleet]),
            samples={"error-rate": Samples(ANSWERS[answer])},
            alerts=ALERTS[alerts],
            holder=holder,
        )
        decision = decide("phase-1", 1, SPECS[wish], before, seen)
        after = decision.status
        raised = after.traffic_percent > before.traffic_percent
        assert not raised or after.history[-1].reason in {Reason.STARTED, Reason.ADVANCED}
        assert not (raised and (holder or alerts != "silent" or (before.attempt and variant == "lowered")))
        assert decision.flags is None or decision.flags.traffic_percentage == after.traffic_percent
        assert not (decision.flags and holder)
        fresh = any(one.id not in handled for one in ALERTS[alerts])
        if fresh and before.traffic_percent and state is not State.ROLLING_BACK and not holder:
            assert after.traffic_percent < before.traffic_percent


@pytest.mark.parametrize("state", list(State))
def test_the_table_lists_no_row_twice_and_leaves_no_state_out(state):
    rows = {found for known, found in MOVES if known is state}
    assert rows
    assert Signal.BREACH in rows or state is State.PENDING


def test_an_illegal_move_fails_loudly_and_changes_nothing(monkeypatch):
    world = World()
    monkeypatch.setattr(machine, "MOVES", {})
    with pytest.raises(IllegalMove, match="Pending does not know Ready"):
        decide("phase-1", 1, world.spec, world.status, world.seen())


def test_the_same_facts_give_the_same_decision():
    world = reach(State.PROGRESSING)
    seen = world.seen()
    first = decide("phase-1", 1, world.spec, world.status, seen)
    assert decide("phase-1", 1, world.spec, world.status, seen) == first


@pytest.mark.parametrize("state", list(State))
def test_a_status_read_back_decides_the_same(state):
    world = reach(state)
    stored = {
        "metadata": {"namespace": "n", "name": "r", "uid": "u"},
        "spec": world.spec.model_dump(mode="json", by_alias=True, exclude_none=True),
        "status": crd.dump(world.status),
    }
    read_back = crd.parse(stored)
    assert read_back.status == world.status
    assert read_back.spec == world.spec


def test_unconfirmed_changes_are_looked_at_fast_and_steady_states_at_the_interval():
    world = World()
    world.tick()
    assert world.last.due - world.now == timedelta(milliseconds=250)
    world.ticks(2)
    assert world.last.due - world.now == timedelta(seconds=10)
    world.frozen_pods = True
    world.alerts = (alert(),)
    world.tick()
    world.tick()
    assert world.last.due - world.now == timedelta(milliseconds=250)
    world.tick(3600)
    assert world.last.due - world.now >= timedelta(milliseconds=250)


def test_a_rollback_without_a_known_ladder_ends():
    world = rolling_back()
    world.status = world.status.model_copy(update={"rollback": None})
    world.tick()
    assert world.status.phase is State.ROLLED_BACK


def test_an_edit_that_takes_the_ladder_in_use_away_ends_the_rollback():
    world = rolling_back()
    world.spec = spec(ladders={"other": [{"do": "AllOff"}]}, gates=[], alerts=[])
    world.tick()
    assert world.status.phase is State.ROLLED_BACK


def test_a_hold_without_a_reason_in_sight_still_says_held():
    world = reach(State.PROGRESSING)
    world.status = world.status.model_copy(update={"hold": Hold(reason=Reason.LOWERED_BY_HAND, message="by hand")})
    world.tick()
    assert next(c for c in world.status.conditions if c.type == "Stalled").reason == Reason.LOWERED_BY_HAND


def test_a_rung_number_beyond_the_ladder_has_no_window():
    world = rolling_back()
    far = Rollback(ladder="errors", rung=9, action=Action.ALL_OFF, cause="c", evidence="availability", at=START)
    world.status = world.status.model_copy(update={"rollback": far})
    world.change(available=False)
    world.tick()
    assert world.status.phase is State.ROLLED_BACK
