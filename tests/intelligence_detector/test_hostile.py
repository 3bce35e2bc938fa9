"""Hostile input: answered within bounds or refused with a reason, obeyed never, and nobody after it notices."""

import io
import json

import pytest

from e2e.bench.hostile_inputs import HOSTILE
from intelligence_detector.catalogue import SPECIALISTS
from intelligence_detector.flagrules import FLAGS
from intelligence_detector.lexicon import MAX_TOKENS, normalise
from intelligence_detector.model import Request, Switches
from intelligence_detector.surface import MAX_BYTES, MAX_CHARACTERS, TooLongError

EVERY_TIER = Switches(quick_filter=True, context_analysis=True, enhanced_filter=True)
GROUPS = ("control", "treatment")
SAYS_NOTHING = ["empty", "spaces", "punctuation", "emoji", "dashes", "lines", "open comments", "fences"]
NAMES_NOTHING = [
    *("quoted flags", "open quotes", "open backticks", "open comments", "orders", "orders in json", "fences"),
    *("regex (a+)+$", "format strings", "sql", "path", "courtesy only", "1 MB", "above 64 KiB"),
]


def size(text):
    return len(text.encode("utf-8", "surrogatepass"))


async def ask(pipelines, group, text):
    return await pipelines[group](Request(text, group=group, switches=EVERY_TIER))


@pytest.mark.parametrize("name", HOSTILE)
def test_its_normal_form_is_bounded_or_it_is_refused(name):
    text = HOSTILE[name]
    if size(text) > MAX_BYTES:
        with pytest.raises(TooLongError, match="leave out the attachment"):
            normalise(text)
        return
    normal = normalise(text)
    assert len(normal.tokens) == len(normal.folded) <= MAX_TOKENS
    assert max(len(normal.text), len(" ".join(normal.apart))) <= MAX_CHARACTERS
    again = normalise(normal.text)
    assert (again.tokens, again.folded) == (normal.tokens, normal.folded)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("name", HOSTILE)
async def test_its_answer_is_an_answer_or_it_is_refused(pipelines, name, group):
    if size(HOSTILE[name]) > MAX_BYTES:
        with pytest.raises(TooLongError):
            await ask(pipelines, group, HOSTILE[name])
        return
    answer = await ask(pipelines, group, HOSTILE[name])
    assert answer.specialist is None or answer.specialist in SPECIALISTS
    assert 0 <= answer.confidence <= 1
    assert set(answer.flags) <= set(FLAGS)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("name", SAYS_NOTHING)
async def test_what_says_nothing_is_not_guessed_at(pipelines, name, group):
    answer = await ask(pipelines, group, HOSTILE[name])
    assert (answer.specialist, answer.flags, answer.tier) == (None, (), "abstain")


@pytest.mark.parametrize("name", [name for name in NAMES_NOTHING if size(HOSTILE[name]) <= MAX_BYTES])
async def test_what_only_mentions_or_orders_is_not_obeyed(pipelines, name):
    answer = await ask(pipelines, "treatment", HOSTILE[name])
    assert answer.tier != "explicit"
    assert not [flag for flag in answer.flags if flag.startswith("--no-")]


async def test_flags_without_a_request_choose_nobody(pipelines):
    answer = await ask(pipelines, "treatment", HOSTILE["flags only"])
    assert (answer.specialist, answer.flags) == (None, ("--magic",))


async def test_flags_that_fight_are_settled_by_the_rules(pipelines):
    answer = await ask(pipelines, "treatment", HOSTILE["every flag fights"])
    assert answer.flags == ("--ultrathink", "--uc", "--no-mcp")


async def test_an_order_changes_no_later_answer(pipelines):
    before = await ask(pipelines, "treatment", "build a login screen")
    for text in HOSTILE.values():
        if size(text) <= MAX_BYTES:
            await ask(pipelines, "treatment", text)
    assert await ask(pipelines, "treatment", "build a login screen") == before


@pytest.mark.parametrize("name", HOSTILE)
async def test_over_http_it_is_answered_or_refused_as_a_problem_and_the_service_stays_healthy(service, flags, name):
    client = await service(flags_file=flags)
    body = io.BytesIO(json.dumps({"text": HOSTILE[name]}).encode())
    async with client.post("/api/detect", data=body, headers={"Content-Type": "application/json"}) as response:
        found = await response.json(content_type=None)
    assert response.status in {200, 413, 422}
    assert ("specialist" in found) if response.status == 200 else found["type"].startswith("urn:")
    async with client.get("/health") as response:
        assert (await response.json())["status"] == "healthy"
