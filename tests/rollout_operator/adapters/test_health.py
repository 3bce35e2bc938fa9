"""What pods answer when they are asked for their revision."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from rollout_operator.adapters.health import ANSWER_LIMIT, Health, HealthClient
from tests.support.web import serving


@pytest.fixture
async def client() -> AsyncIterator[HealthClient]:
    client = HealthClient(deadline=0.3)
    yield client
    await client.close()


async def ask(client: HealthClient, response: web.Response) -> Health:
    async def answer(_: web.Request) -> web.Response:
        return response

    async with serving(answer) as address:
        (health,) = await client.ask_all([f"{address}/health"])
    return health


async def test_a_pod_that_names_its_revision_has_it(client):
    assert await ask(client, web.json_response({"revision": "abc", "more": 1})) == Health("abc")


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (web.json_response({"revision": "abc"}, status=503), "answered 503"),
        (web.json_response({"status": "ok"}), "without `revision`"),
        (web.json_response({"revision": 7}), "without `revision`"),
        (web.json_response([]), "without `revision`"),
        (web.Response(text="fine"), "Expecting value"),
        (web.Response(status=302, headers={"Location": "/elsewhere"}), "answered 302"),
        (web.Response(text="x" * (ANSWER_LIMIT + 1)), "more than"),
    ],
)
async def test_any_other_answer_is_a_problem(client, response, said):
    health = await ask(client, response)
    assert health.revision is None
    assert said in health.problem


async def test_pods_are_asked_at_once_and_each_has_its_own_deadline():
    """Twenty pods answer once all twenty have been asked; one never does."""
    arrived: list[str] = []
    together = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/silent":
            await asyncio.Event().wait()
        arrived.append(request.path)
        if len(arrived) == 20:
            together.set()
        await together.wait()
        return web.json_response({"revision": request.path})

    client = HealthClient(2.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{free.getsockname()[1]}/dead"
        async with serving(answer) as address:
            urls = [*(f"{address}/{n}" for n in range(20)), f"{address}/silent", dead, ""]
            answers = await client.ask_all(urls)
    await client.close()
    assert [answer.revision for answer in answers[:20]] == [f"/{n}" for n in range(20)]
    assert [answer.revision for answer in answers[20:]] == [None] * 3
    assert "did not answer within 2s" in answers[20].problem
    assert "no IP address" in answers[22].problem
