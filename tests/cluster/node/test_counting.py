"""Probe verdicts, back-off and addresses."""

import asyncio
from contextlib import suppress

import pytest

from e2e.cluster.node.addresses import AddressPool
from e2e.cluster.node.backoff import Backoff
from e2e.cluster.node.probes import Health, Tally

GOOD, BAD, OPEN = True, False, None


@pytest.mark.parametrize(
    ("answers", "verdicts"),
    [
        ([GOOD], [GOOD]),
        ([BAD, BAD, BAD], [OPEN, OPEN, BAD]),
        ([BAD, BAD, GOOD, BAD, BAD], [OPEN, OPEN, GOOD, OPEN, OPEN]),
        ([BAD, BAD, BAD, BAD], [OPEN, OPEN, BAD, BAD]),
    ],
)
def test_a_verdict_needs_enough_answers_in_a_row(answers, verdicts):
    tally = Tally(successes=1, failures=3)
    assert [tally.add(answer) for answer in answers] == verdicts


def test_more_than_one_success_can_be_asked_for():
    tally = Tally(successes=2, failures=1)
    assert [tally.add(answer) for answer in (GOOD, GOOD, BAD, GOOD)] == [OPEN, GOOD, BAD, OPEN]


def test_the_first_restart_comes_at_once_and_the_wait_doubles_to_five_minutes():
    backoff = Backoff(10)
    assert [backoff.after(1) for _ in range(8)] == [0, 10, 20, 40, 80, 160, 300, 300]


def test_a_long_run_makes_earlier_failures_forgotten():
    backoff = Backoff(10)
    assert [backoff.after(ran) for ran in (1, 1, 600, 1)] == [0, 10, 0, 10]


def test_a_released_address_is_not_used_again_at_once():
    pool = AddressPool("127.9.0.0/29")
    first, second = pool.take(), pool.take()
    pool.release(first)
    assert (first, second, pool.take()) == ("127.9.0.1", "127.9.0.2", "127.9.0.3")


def test_a_pod_keeps_its_address_and_no_other_pod_gets_it():
    pool = AddressPool("127.9.0.0/30")
    assert pool.take("127.9.0.1") == "127.9.0.1"
    assert pool.take() == "127.9.0.2"
    with pytest.raises(RuntimeError, match="--cidr"):
        pool.take()


class Watched:
    """A container's health with given answers; asking for more than there are ends it."""

    def __init__(self, container, **answers):
        self.answers = {kind: iter(given) for kind, given in answers.items()}
        self.changes = []
        self.failures = []
        probes = {kind: {"kind": kind, "periodSeconds": 0, "failureThreshold": 2} for kind in container}
        self.health = Health(probes, self.ask, self.changed, self.failed)

    async def ask(self, probe, _limit):
        try:
            return None if next(self.answers[probe["kind"]]) else "refused"
        except StopIteration:
            raise asyncio.CancelledError from None

    def changed(self):
        self.changes.append((self.health.started, self.health.ready))

    async def failed(self, probe, message):
        self.failures.append((probe, message))

    async def follow(self):
        with suppress(asyncio.CancelledError):
            await self.health.follow()
        return self


async def test_readiness_waits_for_the_startup_probe():
    watched = Watched(["startupProbe", "readinessProbe"], startupProbe=[BAD, GOOD], readinessProbe=[BAD, GOOD])
    assert (watched.health.started, watched.health.ready) == (False, False)
    await watched.follow()
    assert watched.changes == [(True, False), (True, True)]
    assert watched.failures == []


async def test_a_container_without_probes_is_ready_at_once():
    health = (await Watched([]).follow()).health
    assert (health.started, health.ready) == (True, True)


async def test_a_ready_container_turns_unready_only_at_the_threshold():
    watched = await Watched(["readinessProbe"], readinessProbe=[GOOD, BAD, GOOD, BAD, BAD, GOOD]).follow()
    assert [ready for _, ready in watched.changes] == [True, False, True]


@pytest.mark.parametrize("kind", ["startupProbe", "livenessProbe"])
async def test_a_container_that_does_not_live_is_reported_once(kind):
    watched = await Watched([kind], **{kind: [BAD, BAD]}).follow()
    assert watched.failures == [(kind, "refused")]
