import asyncio
import random
from collections.abc import AsyncIterator
from itertools import count

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from e2e.traffic.generator import Load, Traffic
from e2e.traffic.sentences import Sentence, load, popular
from intelligence_detector.catalogue import SPECIALISTS

RNG = random.Random(3)  # noqa: S311 - chance, no secret
SENTENCES = (Sentence("build a table", "frontend"), Sentence("index the table", "backend"))


class Service:
    """A stand-in for the detector's two paths, with a switch for what it answers."""

    def __init__(self):
        self.status = 200
        self.specialist: str | None = "frontend"
        self.asked: list[dict] = []
        self.judged: list[dict] = []
        self._ids = count()

    async def detect(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        answer = {"specialist": self.specialist, "group": "treatment", "request_id": str(next(self._ids))}
        return web.json_response(answer, status=self.status)

    async def feedback(self, request: web.Request) -> web.Response:
        self.judged.append(await request.json())
        return web.json_response({})


@pytest.fixture
def service():
    return Service()


@pytest.fixture
async def address(service) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes([web.post("/api/detect", service.detect), web.post("/api/feedback", service.feedback)])
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def drive(targets, until, **load_options):
    """Run traffic until a condition of its counts holds."""
    traffic = Traffic(lambda: targets, SENTENCES, Load(rate=500, **load_options), RNG)
    task = asyncio.create_task(traffic.run())
    async with asyncio.timeout(5):
        while not until(traffic.counts):  # noqa: ASYNC110 - counts have no event
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.wait([task])
    return traffic.counts


async def test_every_answer_can_be_judged_against_its_label(service, address):
    counts = await drive([address], lambda c: c["feedback"] >= 20, feedback_share=1)
    assert counts["treatment right"] > 0
    assert counts["treatment wrong"] > 0
    assert {j["right"] for j in service.judged} == {True, False}


async def test_an_abstention_gets_no_feedback(service, address):
    service.specialist = None
    counts = await drive([address], lambda c: c["treatment abstained"] >= 10, feedback_share=1)
    assert counts["feedback"] == 0
    assert service.judged == []


async def test_many_users_ask(service, address):
    await drive([address], lambda c: c["answered"] >= 30)
    assert len({asked["user"] for asked in service.asked}) > 20


async def test_failures_are_counted_by_status_and_not_sent_again(service, address):
    service.status = 500
    counts = await drive([address], lambda c: c["status 500"] >= 10)
    assert counts["answered"] == 0
    assert len(service.asked) <= counts["sent"]


async def test_a_pod_that_is_gone_is_counted_and_does_not_end_the_traffic(address):
    counts = await drive([address, "http://127.0.0.1:9"], lambda c: c["ClientConnectorError"] and c["answered"] >= 5)
    assert counts["answered"] >= 5


async def test_without_ready_pods_nothing_is_sent():
    counts = await drive([], lambda c: c["no pod ready"] >= 3)
    assert counts["sent"] == 0


def test_every_sentence_is_labelled_with_a_specialist_that_exists():
    assert {sentence.label for sentence in load()} <= set(SPECIALISTS)


def test_a_few_sentences_are_asked_very_often():
    draw = popular(load(), RNG)
    drawn = [draw() for _ in range(1000)]
    most = max(drawn.count(sentence) for sentence in set(drawn))
    assert most > 1000 / len(load()) * 5
