"""Stepping back: one rung at a time, with proof of cure."""

from rollout_contract.flagset import parse
from rollout_operator.model.decision import Restart, RestoreImage
from rollout_operator.model.seen import Answer, Lack
from rollout_operator.model.status import Cured, Reason, State
from tests.support.world import World, alert, spec


def at_half() -> World:
    world = World()
    world.until(Reason.ADVANCED)
    world.ticks(2)
    assert world.status.traffic_percent == 50
    return world


def test_an_alert_steps_back_to_the_last_safe_percentage():
    world = at_half()
    world.alerts = (alert(),)
    world.tick()
    assert (world.status.phase, world.status.traffic_percent) == (State.ROLLING_BACK, 20)
    assert parse(world.document).traffic_percentage == 20
    assert world.status.phase_name == "canary"


def test_a_resolved_alert_proves_the_cure_and_the_percentage_stays():
    world = at_half()
    world.alerts = (alert(),)
    world.tick()
    world.alerts = (alert(firing=False),)
    world.until(Reason.ROLLBACK_CURED)
    world.ticks(30)
    assert (world.status.phase, world.status.traffic_percent) == (State.ROLLED_BACK, 20)
    assert world.status.rollback.cured is Cured.YES


def test_an_alert_that_goes_on_switches_everything_off():
    world = at_half()
    world.alerts = (alert(),)
    world.until(Reason.ROLLBACK_ESCALATED)
    assert world.status.traffic_percent == 0
    assert not any(value for name, value in parse(world.document).flags.items() if name != "theirs")
    assert parse(world.document).flags["theirs"] is True


def test_switching_off_that_changes_nothing_is_said():
    world = at_half()
    world.alerts = (alert(),)
    world.until(Reason.ROLLBACK_UNPROVEN)
    assert world.status.rollback.cured is Cured.NO
    assert "not guilty" in world.status.history[-1].message


def test_a_replayed_alert_does_nothing_a_second_time():
    world = at_half()
    world.alerts = (alert(),)
    world.tick()
    world.alerts = (alert(firing=False),)
    world.until(Reason.ROLLBACK_CURED)
    world.alerts = (alert(),)
    world.ticks(10)
    assert (world.status.phase, world.status.traffic_percent) == (State.ROLLED_BACK, 20)


def test_the_same_alert_fired_anew_takes_the_next_rung():
    world = at_half()
    world.alerts = (alert(),)
    world.tick()
    world.alerts = (alert(firing=False),)
    world.until(Reason.ROLLBACK_CURED)
    world.alerts = (alert(start="t2"),)
    world.tick()
    assert world.status.traffic_percent == 0


def test_a_resolved_alert_promotes_nothing():
    world = at_half()
    world.alerts = (alert(firing=False),)
    before = world.status.soak.earned
    world.tick(1)
    assert world.status.traffic_percent == 50
    assert (world.status.soak.earned - before).total_seconds() <= 1


def test_a_worse_alert_during_a_rollback_wins():
    world = at_half()
    world.alerts = (alert(),)
    world.tick()
    world.alerts = (alert(), alert("AccuracyLow", "accuracy"))
    world.tick()
    assert (world.status.traffic_percent, world.status.rollback.ladder) == (0, "accuracy")


def test_of_two_alerts_the_one_that_lowers_most_comes_first():
    world = at_half()
    world.alerts = (alert(), alert("AccuracyLow", "accuracy"))
    world.tick()
    assert world.status.traffic_percent == 0


def test_a_gate_must_fail_as_often_as_it_says():
    world = at_half()
    world.answer = Answer(0.5)
    world.tick()
    assert world.status.phase is State.PROGRESSING
    world.tick()
    assert (world.status.phase, world.status.traffic_percent) == (State.ROLLING_BACK, 20)


def test_twenty_isolated_blips_roll_nothing_back():
    world = at_half()
    for _ in range(20):
        world.answer = Answer(0.5)
        world.tick()
        world.answer = Answer(0.0)
        world.ticks(3)
    assert Reason.ROLLBACK_STARTED not in world.reasons()


def test_a_gate_that_recovers_cures_and_one_that_does_not_escalates():
    world = at_half()
    world.answer = Answer(0.5)
    world.until(Reason.ROLLBACK_STARTED)
    world.answer = Answer(0.0)
    world.until(Reason.ROLLBACK_CURED)
    assert world.status.traffic_percent == 20
    world.answer = Answer(0.5)
    world.until(Reason.ROLLBACK_STARTED)
    assert world.status.traffic_percent == 0


def test_off_without_traffic_proves_nothing_and_says_so():
    world = World(
        spec=spec(
            gates=[{"name": "g", "onFail": "accuracy", "threshold": {"query": "q", "pass": "< 1", "fail": "> 1"}}]
        )
    )
    world.ticks(2)
    world.answer = Answer(2.0)
    world.until(Reason.ROLLBACK_STARTED)
    world.answer = Answer.missing(Lack.NO_DATA)
    world.until(Reason.ROLLBACK_UNPROVEN)
    assert (world.status.traffic_percent, world.status.rollback.cured) == (0, Cured.UNPROVEN)


def test_a_rollback_outranks_pause_and_hold():
    world = at_half()
    world.spec = spec(paused=True)
    world.ticks(2)
    world.alerts = (alert(),)
    world.tick()
    assert world.status.traffic_percent == 20


def test_traffic_that_waits_for_a_new_attempt_is_guarded():
    world = at_half()
    world.spec = spec(paused=True, revision="v2")
    world.ticks(2)
    assert (world.status.phase, world.status.traffic_percent) == (State.PENDING, 50)
    world.answer = Answer(0.5)
    world.until(Reason.ROLLBACK_STARTED)
    assert world.status.traffic_percent == 20


def test_a_rollback_outranks_a_broken_query():
    world = at_half()
    world.answer = Answer.missing(Lack.BAD_QUERY, "bad")
    world.tick()
    world.alerts = (alert(),)
    world.tick()
    assert world.status.traffic_percent == 20


def test_a_rollback_writes_over_a_broken_document():
    world = at_half()
    world.problem = "not YAML"
    world.tick()
    assert world.status.phase is State.HELD
    assert world.last.flags is None
    world.alerts = (alert(),)
    world.tick()
    assert parse(world.document).traffic_percentage == 20


def test_unavailable_pods_are_restarted_then_given_the_previous_image_then_switched_off():
    world = at_half()
    world.change(available=False, ready=0)
    world.until(Reason.ROLLBACK_STARTED)
    restart = world.last.effects[0]
    assert isinstance(restart, Restart)
    assert world.status.traffic_percent == 50
    world.change(restarted_at=restart.at)
    world.tick()
    assert world.last.effects == ()
    world.until(Reason.ROLLBACK_ESCALATED)
    restore = world.last.effects[0]
    assert isinstance(restore, RestoreImage)
    assert restore.image == "detector:v1"
    world.change(image_restored_at=restore.at)
    world.until(Reason.ROLLBACK_ESCALATED)
    assert world.status.traffic_percent == 0
    world.change(available=True, ready=3)
    world.until(Reason.ROLLBACK_CURED)


def test_a_restart_that_cures_lets_the_climb_go_on():
    world = at_half()
    world.change(available=False)
    world.until(Reason.ROLLBACK_STARTED)
    world.change(available=True)
    world.until(Reason.ROLLBACK_CURED)
    assert (world.status.phase, world.status.traffic_percent) == (State.PROGRESSING, 50)


def test_pods_that_look_well_for_a_moment_are_not_cured():
    world = at_half()
    world.change(available=False)
    world.until(Reason.ROLLBACK_STARTED)
    for _ in range(10):
        world.change(available=True)
        world.tick()
        world.change(available=False)
        world.tick()
    assert Reason.ROLLBACK_CURED not in world.reasons()


def test_without_a_previous_image_the_rung_is_passed_over():
    world = at_half()
    world.change(available=False, previous_image="")
    world.until(Reason.ROLLBACK_STARTED)
    world.until(Reason.ROLLBACK_ESCALATED)
    assert world.status.traffic_percent == 0


def test_a_completed_rollout_is_still_guarded():
    world = World()
    world.until(Reason.COMPLETED)
    world.alerts = (alert(),)
    world.tick()
    assert world.status.traffic_percent == 50


def test_a_ladder_that_is_used_up_is_not_started_again_by_the_same_trouble():
    world = World(spec=spec(ladders={"errors": [{"do": "Restart", "verify": "30s"}], "accuracy": [{"do": "AllOff"}]}))
    world.ticks(2)
    world.answer = Answer(0.5)
    world.until(Reason.ROLLBACK_UNPROVEN)
    world.ticks(20)
    assert world.reasons().count(Reason.ROLLBACK_STARTED) == 1
