"""The climb: soak is earned, and an edit alone never raises traffic."""

from datetime import timedelta

import pytest

from rollout_contract.flagset import parse
from rollout_operator.model.seen import Answer, Lack
from rollout_operator.model.status import Reason, State
from tests.support.world import World, alert, spec

LACKS = [Lack.NO_DATA, Lack.NAN, Lack.PARTIAL, Lack.UNREACHABLE, Lack.TIMEOUT, Lack.BAD_ANSWER]


def test_a_healthy_rollout_climbs_through_every_phase_and_completes():
    world = World()
    world.until(Reason.COMPLETED)
    assert [(m.from_, m.to) for m in world.status.history] == [(0, 20), (20, 50), (50, 100), (100, 100)]
    assert world.status.phase is State.COMPLETED
    assert world.status.effective_percent == 100


def test_a_phase_lasts_at_least_its_soak():
    world = World()
    world.until(Reason.ADVANCED)
    started, advanced = (move.at for move in world.status.history)
    assert advanced - started >= timedelta(seconds=60)


def test_the_document_carries_the_phase_and_keeps_what_is_not_ours():
    world = World()
    world.until(Reason.ADVANCED)
    document = parse(world.document)
    assert document.traffic_percentage == 50
    assert document.flags["learning_mode"] is True
    assert document.flags["theirs"] is True
    assert "keep: me" in world.document
    assert document.stamp is not None
    assert (document.stamp.name, document.stamp.phase, document.stamp.attempt) == ("phase-1", "half", 1)


def test_no_soak_is_earned_before_every_pod_confirms():
    world = World()
    world.tick()
    world.frozen_pods = True
    world.ticks(30)
    assert world.status.soak.earned == timedelta()
    assert world.status.soak.lost.unhealthy > timedelta(minutes=4)
    assert world.status.effective_percent == 0


@pytest.mark.parametrize("lack", LACKS)
def test_without_evidence_the_phase_is_held_counted_and_not_rolled_back(lack):
    world = World()
    world.ticks(3)
    world.answer = Answer.missing(lack, "gone")
    world.ticks(60)
    assert world.status.phase is State.HELD
    assert world.status.traffic_percent == 20
    assert world.status.soak.lost.blind >= timedelta(minutes=9)
    assert Reason.ROLLBACK_STARTED not in world.reasons()
    world.answer = Answer(0.0)
    world.tick()
    assert world.status.phase is State.PROGRESSING


def test_too_few_samples_earn_nothing_and_hold_nothing():
    world = World()
    world.ticks(3)
    before = world.status.soak.earned
    world.answer = Answer.missing(Lack.TOO_FEW_SAMPLES)
    world.ticks(60)
    assert world.status.phase is State.PROGRESSING
    assert world.status.soak.earned == before
    assert world.status.soak.lost.blind >= timedelta(minutes=9)


def test_a_short_blindness_neither_holds_nor_earns():
    world = World()
    world.ticks(3)
    before = world.status.soak.earned
    world.answer = Answer.missing(Lack.NO_DATA)
    world.ticks(2)
    assert world.status.phase is State.PROGRESSING
    assert world.status.soak.earned == before


def test_time_nobody_watched_is_not_earned():
    world = World()
    world.ticks(3)
    before = world.status.soak.earned
    world.tick(seconds=3600)
    assert world.status.soak.earned - before <= timedelta(seconds=20)
    assert world.status.soak.lost.blind >= timedelta(minutes=59)


def test_a_gate_without_a_ladder_holds_and_a_pass_resumes():
    lone = spec(
        gates=[{"name": "latency", "threshold": {"query": "q", "pass": "< 25", "fail": ">= 25", "failFor": "1 of 1"}}]
    )
    world = World(spec=lone, answer=Answer(5.0))
    world.ticks(3)
    world.answer = Answer(30.0)
    world.ticks(2)
    assert world.status.phase is State.HELD
    assert world.status.traffic_percent == 20
    world.answer = Answer(5.0)
    world.tick()
    assert world.status.phase is State.PROGRESSING


def test_pausing_stops_the_clock_and_resuming_goes_on():
    world = World()
    world.ticks(3)
    world.spec = spec(paused=True)
    world.ticks(30)
    assert world.status.phase is State.PAUSED
    assert world.status.soak.lost.paused >= timedelta(minutes=4)
    world.spec = spec()
    world.tick()
    assert world.status.phase is State.PROGRESSING


def test_raising_the_traffic_of_the_phase_in_force_raises_nothing():
    world = World()
    world.ticks(2)
    raised = [{"name": "canary", "traffic": 90, "soak": "60s"}, {"name": "full", "traffic": 100, "soak": "60s"}]
    world.spec = spec(phases=raised)
    world.ticks(2)
    assert world.status.traffic_percent == 20


def test_more_traffic_than_the_last_move_led_to_is_not_believed():
    world = World()
    world.ticks(2)
    world.status = world.status.model_copy(update={"traffic_percent": 100})
    world.tick()
    assert (world.status.traffic_percent, parse(world.document).traffic_percentage) == (20, 20)
    world.status = world.status.model_copy(update={"history": ()})
    world.tick()
    assert world.status.traffic_percent == 0


def test_a_soak_that_is_edited_counts_at_once():
    world = World()
    world.ticks(4)
    longer = [{"name": "canary", "traffic": 20, "soak": "10m"}, {"name": "full", "traffic": 100}]
    world.spec = spec(phases=longer)
    world.ticks(20)
    assert (world.status.phase_name, world.status.soak_progress) == ("canary", "3m50s/10m")
    world.spec = spec(phases=[longer[0] | {"soak": "2m"}, longer[1]])
    world.tick()
    assert world.status.phase_name == "full"


def test_taking_the_phase_in_force_away_stalls_and_a_new_revision_starts_again():
    world = World()
    world.ticks(2)
    other = [{"name": "other", "traffic": 5, "soak": "60s"}]
    world.spec = spec(phases=other)
    world.tick()
    ready = next(c for c in world.status.conditions if c.type == "Ready")
    assert ready.reason == "PhaseMissing"
    assert "canary" in ready.message
    world.spec = spec(phases=other, revision="v2")
    world.ticks(2)
    assert (world.status.phase_name, world.status.traffic_percent, world.status.attempt) == ("other", 5, 2)


def test_a_new_revision_starts_a_new_attempt_at_the_first_phase():
    world = World()
    world.until(Reason.COMPLETED)
    world.spec = spec(revision="v2")
    world.ticks(2)
    assert (world.status.attempt, world.status.traffic_percent, world.status.last_safe_percent) == (2, 20, 0)
    assert world.status.revision == "v2"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"alerts": (alert(),)}, "AlertFiring"),
        ({"holder": "older"}, "TargetInUse"),
        ({"problem": "not YAML"}, "InvalidFlagDocument"),
    ],
)
def test_the_climb_does_not_start_while_something_is_wrong(change, reason):
    world = World(**change)
    world.ticks(3)
    assert world.status.phase is State.PENDING
    assert world.last is not None
    assert world.last.flags is None
    ready = next(c for c in world.status.conditions if c.type == "Ready")
    assert ready.reason == reason


def test_the_climb_does_not_start_without_a_deployment_or_pods():
    world = World()
    world.change(exists=False, available=False)
    world.tick()
    assert world.status.conditions[0].reason == "DeploymentMissing"
    world.change(exists=True)
    world.tick()
    assert world.status.conditions[0].reason == "DeploymentUnavailable"
    world.change(available=True, problem="the flag map is mounted by subPath")
    world.tick()
    assert world.status.conditions[0].reason == "IncompatibleTarget"


def test_a_query_that_cannot_be_parsed_stalls_with_the_providers_words():
    world = World()
    world.ticks(2)
    world.answer = Answer.missing(Lack.BAD_QUERY, "parse error at char 3")
    world.tick()
    stalled = next(c for c in world.status.conditions if c.type == "Stalled")
    assert (world.status.phase, stalled.reason) == (State.HELD, "InvalidQuery")
    assert "parse error at char 3" in stalled.message


def test_a_missing_map_is_created():
    world = World(document="")
    world.tick()
    assert parse(world.document).traffic_percentage == 20
