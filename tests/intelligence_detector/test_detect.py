"""The cascade: switched tiers, first sure one wins, else abstain; and what the two pipelines are worth."""

import itertools

import pytest

from intelligence_detector import default
from intelligence_detector.cache import Cache
from intelligence_detector.catalogue import FLAGS_OF, SPECIALISTS
from intelligence_detector.detect import Treatment
from intelligence_detector.model import Hints, Request, Switches

TIERS = {"quick_filter": "quick_filter", "context_analysis": "context_enhanced", "enhanced_filter": "full_analysis"}
EVERY_TIER = Switches(quick_filter=True, context_analysis=True, enhanced_filter=True)
CACHED = Switches(quick_filter=True, context_analysis=True, enhanced_filter=True, cache=True)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="session")
def models():
    return default.models()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def treatment(models, clock):
    return Treatment(models, Cache(size=100, ttl=60), clock)


async def tiers_used(treatment, sentences, switches):
    return {(await treatment(Request(row["text"], switches=switches))).tier for row in sentences}


@pytest.mark.parametrize("on", list(itertools.product([True, False], repeat=3)))
async def test_only_tiers_that_are_switched_on_decide(treatment, sentences, on):
    switches = Switches(**dict(zip(TIERS, on, strict=True)))
    allowed = {tier for flag, tier in TIERS.items() if getattr(switches, flag)}
    assert await tiers_used(treatment, sentences, switches) <= allowed | {"abstain"}


async def test_with_all_tiers_on_each_of_them_decides_something(treatment, sentences):
    assert set(TIERS.values()) <= await tiers_used(treatment, sentences, EVERY_TIER)


async def test_an_example_is_recognised_whatever_its_case_and_courtesy(treatment):
    answer = await treatment(Request("PLEASE write a Dockerfile for a node app!", switches=EVERY_TIER))
    assert (answer.specialist, answer.tier) == ("devops", "quick_filter")
    assert answer.confidence > 0.9


async def test_the_flags_are_those_of_the_specialist(treatment):
    answer = await treatment(Request("build a login screen", switches=EVERY_TIER))
    assert (answer.specialist, answer.flags) == ("frontend", FLAGS_OF["frontend"])


@pytest.mark.parametrize("text", ["", "?!", "zzz qqq xxx", "\u200b"])
async def test_a_text_that_says_nothing_is_not_guessed_at(pipelines, text):
    for group, pipeline in pipelines.items():
        answer = await pipeline(Request(text, group=group, switches=EVERY_TIER))
        assert (answer.specialist, answer.flags, answer.tier) == (None, (), "abstain")


async def test_without_tiers_there_is_no_answer(treatment):
    assert (await treatment(Request("build a login screen", switches=Switches()))).specialist is None


async def test_hints_alone_are_no_evidence(treatment):
    hints = Hints(previous=("scribe",) * 3, files=("README.md",))
    switches = Switches(context_analysis=True)
    assert (await treatment(Request("zzz qqq", switches=switches, hints=hints))).specialist is None


async def test_the_cache_knows_an_answer_for_its_time_only(treatment, clock):
    request = Request("build a login screen", switches=CACHED)
    answers = [await treatment(request), await treatment(request)]
    clock.now = 60
    answers.append(await treatment(request))
    assert [answer.cached for answer in answers] == [False, True, False]
    assert len({answer.specialist for answer in answers}) == 1


async def test_the_cache_is_not_asked_when_it_is_off(treatment):
    request = Request("build a login screen", switches=EVERY_TIER)
    assert [(await treatment(request)).cached for _ in range(2)] == [None, None]


async def test_a_cached_verdict_never_crosses_flags_or_hints_and_ids_are_never_cached(treatment):
    first = Request("build a login screen", request_id="a", switches=CACHED)
    await treatment(first)
    other_flags = Request("build a login screen", switches=Switches(context_analysis=True, cache=True))
    assert (await treatment(other_flags)).cached is False
    assert (await treatment(Request(first.text, switches=CACHED, hints=Hints(files=("a.sql",))))).cached is False
    again = await treatment(Request(first.text, request_id="b", revision="r", switches=CACHED))
    assert (again.cached, again.request_id, again.revision) == (True, "b", "r")


async def test_confidence_is_a_chance(pipelines, sentences):
    for row, (group, pipeline) in itertools.product(sentences, pipelines.items()):
        answer = await pipeline(Request(row["text"], group=group, switches=EVERY_TIER))
        assert 0 <= answer.confidence <= 1
        assert answer.specialist is None or answer.specialist in SPECIALISTS


@pytest.mark.parametrize(("group", "floor"), [("control", 0.65), ("treatment", 0.90)])
async def test_held_out_accuracy_does_not_fall(pipelines, sentences, group, floor):
    answers = [await pipelines[group](Request(row["text"], switches=EVERY_TIER)) for row in sentences]
    right = sum(answer.specialist == row["label"] for answer, row in zip(answers, sentences, strict=True))
    assert right / len(sentences) >= floor
