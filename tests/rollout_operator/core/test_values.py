"""Durations, soak, the custom resource's spelling, questions and memory."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollout_operator import crd, durations, questions
from rollout_operator.memory import Memory
from rollout_operator.model.seen import Answer, Lack
from rollout_operator.model.status import Soak
from rollout_operator.soak import Earning, count, done, progress
from tests.support.schema import spec_body
from tests.support.world import START, World, alert, spec

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("1h30m", 5400), ("7d", 604800), ("2w", 1209600), ("72.345s", 72.345)],
)
def test_durations_read_as_kubernetes_users_write_them(text, seconds):
    assert durations.parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "5 minutes", "1:30", "-3s", "s", "3sx"])
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="30s"):
        durations.parse(text)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=1000)))
def test_a_shown_duration_is_never_longer_than_the_real_one(duration):
    shown = durations.parse(durations.show(duration))
    assert shown <= duration + timedelta(milliseconds=1)


def test_soak_never_exceeds_what_is_required():
    soak = count(Soak(required=5 * SECOND, as_of=START), Earning.EARNED, START + 9 * SECOND, 20 * SECOND)
    assert done(soak)
    assert progress(soak) == "5s/5s"


def test_a_clock_that_jumps_back_takes_nothing_away():
    soak = Soak(earned=3 * SECOND, required=5 * SECOND, as_of=START)
    assert count(soak, Earning.EARNED, START - 60 * SECOND, 20 * SECOND).earned == 3 * SECOND


def body(**changes):
    return {"metadata": {"namespace": "n", "name": "r", "uid": "u", "generation": 3}, "spec": spec_body()} | changes


def test_the_minimal_manifest_is_the_runbook():
    rollout = crd.parse(body())
    assert [(p.name, p.traffic, p.soak.days) for p in rollout.spec.phases] == [
        ("canary", 20, 7),
        ("ab-test", 50, 7),
        ("full", 100, 7),
    ]
    assert {gate.name for gate in rollout.spec.gates} == {"accuracy", "latency", "error-rate", "cache-hit-rate"}
    assert set(rollout.spec.ladders) == {"accuracy", "errors", "unavailable"}


def test_a_stored_object_that_does_not_fit_names_the_field():
    with pytest.raises(crd.SpecError, match=r"interval.*soon"):
        crd.parse(body(spec=spec_body(interval="soon")))


def test_a_refusal_keeps_the_status_and_its_time():
    first = crd.refusal(body(), "InvalidSpec", "interval: bad", START)
    again = crd.refusal(body(status=first | {"attempt": 2}), "InvalidSpec", "interval: bad", START + SECOND)
    assert again["attempt"] == 2
    assert again["conditions"] == first["conditions"]


def test_alerts_are_read_from_annotations_and_others_are_ignored():
    annotations = {
        "alert.rollouts.intelligence.dev/a1": '{"startsAt":"t","name":"x/y","ladder":"errors","status":"firing"}',
        "alert.rollouts.intelligence.dev/a2": "no JSON",
        "alert.rollouts.intelligence.dev/a3": "[]",
        "alert.rollouts.intelligence.dev/a4": "[" * 100_000,
        "other": "x",
    }
    metadata = {"namespace": "n", "name": "r", "uid": "u", "annotations": annotations}
    (one,) = crd.parse(body(metadata=metadata)).alerts
    assert (one.id, one.name, one.ladder, one.firing) == ("a1@t", "x_y", "errors", True)


def test_queries_are_filled_with_names():
    rollout = crd.parse(body())
    assert (
        questions.fill('x{a="$(namespace)",b="$(deployment)",c="$(rollout)"}', rollout) == 'x{a="n",b="detector",c="r"}'
    )


def asked(world: World, looked_at=None):
    stored = {
        "metadata": {"namespace": "n", "name": "r", "uid": "u", "generation": 1},
        "spec": world.spec.model_dump(mode="json", by_alias=True, exclude_none=True),
        "status": crd.dump(world.status),
    }
    return len(questions.gates_to_ask(crd.parse(stored), looked_at, world.now))


def test_gates_are_asked_at_the_interval_and_not_before_the_climb():
    world = World()
    assert asked(world) == 0
    world.ticks(2)
    assert asked(world) == 1
    assert asked(world, looked_at=world.now - 3 * SECOND) == 0
    assert asked(world, looked_at=world.now - 10 * SECOND) == 1


def test_gates_are_asked_while_a_new_attempt_waits_with_traffic():
    world = World()
    world.ticks(2)
    world.spec = spec(paused=True, revision="v2")
    world.tick()
    assert world.status.phase == "Pending"
    assert asked(world) == 1


def test_a_bad_query_is_not_asked_again_blindly():
    world = World()
    world.ticks(2)
    world.answer = Answer.missing(Lack.BAD_QUERY)
    world.tick()
    assert asked(world) == 0
    world.now += timedelta(minutes=6)
    assert asked(world) == 1


def test_a_query_that_gave_several_series_is_asked_again_at_the_interval():
    world = World()
    world.ticks(2)
    world.answer = Answer.missing(Lack.SEVERAL_SERIES)
    world.tick()
    assert asked(world) == 1


def test_a_query_mended_by_an_edit_is_asked_although_the_last_look_is_fresh():
    world = World()
    world.ticks(2)
    world.answer = Answer.missing(Lack.BAD_QUERY)
    world.tick()
    world.unasked, world.generation = True, 2
    world.tick(1)
    assert world.status.gates == ()
    assert asked(world, looked_at=world.now) == 1


def test_nothing_is_asked_when_all_is_off_for_good():
    world = World(spec=spec(ladders={"errors": [{"do": "AllOff", "verify": "20s"}], "accuracy": [{"do": "AllOff"}]}))
    world.ticks(2)
    world.alerts = (alert(),)
    world.ticks(2)
    assert asked(world) == 1
    world.ticks(9)
    assert asked(world) == 0


def test_the_status_is_written_on_visible_change_and_now_and_then():
    world, known, interval = World(), Memory(), 10 * SECOND
    world.ticks(2)
    assert known.worth_writing(world.status, {}, interval, world.now)
    known.written, known.written_at = crd.dump(world.status), world.now
    soaked = world.status.model_copy(update={"soak": Soak(earned=SECOND, required=7 * 86400 * SECOND, as_of=START)})
    assert not known.worth_writing(soaked, known.written, interval, world.now + 299 * SECOND)
    assert known.worth_writing(soaked, known.written, interval, world.now + 300 * SECOND)
    assert known.worth_writing(soaked, known.written | {"trafficPercent": 100}, interval, world.now)
    world.alerts = (alert(),)
    world.tick()
    assert known.worth_writing(world.status, known.written, interval, known.written_at)
    known.written, known.written_at = crd.dump(world.status), world.now
    assert known.worth_writing(world.status, known.written, interval, world.now + interval)


def test_a_pod_that_stays_behind_is_touched_again_with_another_text():
    known = Memory()
    assert known.touch("pod", "r1", START) == "r1"
    assert known.touch("pod", "r1", START + SECOND) is None
    assert known.touch("pod", "r1", START + 6 * SECOND) == "r1.2"
    assert known.touch("pod", "r2", START + 7 * SECOND) == "r2"


def test_old_moves_are_not_told_again_after_a_restart():
    world, known = World(), Memory()
    world.tick()
    assert [move.reason for move in known.untold(world.status, world.now)] == ["RolloutStarted"]
    assert known.untold(world.status, world.now + timedelta(hours=2)) == []
