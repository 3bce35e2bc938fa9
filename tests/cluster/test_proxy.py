import asyncio

import aiohttp
import pytest
from aiohttp import web

from e2e.cluster.faults import Fault, FaultControl, Kind, hang, hold, refuse, status
from e2e.cluster.proxy import Proxy
from tests.cluster.polling import eventually


@pytest.fixture
async def upstream():
    """A server that echoes what it got, and streams a line at a time on /watch."""

    async def echo(request):
        body = (await request.read()).decode()
        return web.json_response({"path": request.path_qs, "body": body, "agent": request.headers.get("User-Agent")})

    async def watch(request):
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first\n")
        await asyncio.Event().wait()

    application = web.Application()
    application.router.add_get("/watch", watch)
    application.router.add_route("*", "/{path:.*}", echo)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    yield f"http://{host}:{port}"
    await runner.cleanup()


@pytest.fixture
async def proxy(upstream):
    async with Proxy(upstream) as running:
        yield running


@pytest.fixture
def faults(proxy):
    return FaultControl(proxy.control_url)


@pytest.fixture
async def http(proxy):
    async with aiohttp.ClientSession(proxy.url, timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session


async def test_requests_go_through_unchanged(http):
    async with http.post("/a%2Fb?q=x%20%2B%20y", data="body", headers={"User-Agent": "me"}) as answer:
        assert await answer.json() == {"path": "/a%2Fb?q=x%20%2B%20y", "body": "body", "agent": "me"}


async def test_streams_arrive_line_by_line(http):
    async with http.get("/watch") as answer:
        assert await answer.content.readline() == b"first\n"


@pytest.mark.parametrize("code", [409, 429, 500, 503])
async def test_a_status_fault_answers_in_place_of_the_server(http, faults, code):
    async with faults.during(status(code, path="/api/*")) as number:
        async with http.get("/api/x") as answer:
            assert answer.status == code
        assert await faults.hits(number) == 1
    async with http.get("/api/x") as answer:
        assert answer.status == 200


async def test_a_fault_concerns_only_its_method_and_path(http, faults):
    await faults.add(status(409, path="*/things/*", method="PATCH"))
    for method, path, expected in [("PATCH", "/a/things/b", 409), ("GET", "/a/things/b", 200), ("PATCH", "/b", 200)]:
        async with http.request(method, path) as answer:
            assert answer.status == expected


async def test_a_fault_can_end_after_a_number_of_requests(http, faults):
    await faults.add(status(500, times=2))
    answers = []
    for _ in range(3):
        async with http.get("/") as answer:
            answers.append(answer.status)
    assert answers == [500, 500, 200]


async def test_a_refused_request_has_no_answer(http, faults):
    await faults.add(refuse(method="POST"))
    with pytest.raises(aiohttp.ClientError):
        await http.post("/")


async def test_a_held_request_goes_on_when_the_fault_is_removed(http, faults):
    number = await faults.add(hold())
    waiting = asyncio.create_task(http.get("/held"))
    await eventually(lambda: faults.hits(number))
    assert not waiting.done()
    await faults.remove(number)
    async with await waiting as answer:
        assert (await answer.json())["path"] == "/held"


async def test_a_hung_request_is_never_answered(http, faults):
    number = await faults.add(hang())
    waiting = asyncio.create_task(http.post("/hung"))  # a client may try a broken GET again by itself
    await eventually(lambda: faults.hits(number))
    await faults.clear()
    with pytest.raises(aiohttp.ClientError):
        await waiting


async def test_cut_watches_break_and_others_stay(http, faults):
    async with http.get("/watch?watch=true") as cut, http.get("/watch") as stays:
        assert await cut.content.readline() == await stays.content.readline() == b"first\n"
        assert await faults.cut("/elsewhere") == 0
        assert await faults.cut("/w*") == 1
        with pytest.raises(aiohttp.ClientError):
            await cut.content.readline()
        assert not stays.content.at_eof()


async def test_a_fault_can_concern_watches_only(http, faults):
    await faults.add(Fault(kind=Kind.STATUS, status=500, watch=True))
    for query, expected in [("?watch=1", 500), ("", 200)]:
        async with http.get("/x" + query) as answer:
            assert answer.status == expected


async def test_a_server_that_is_away_is_a_bad_gateway():
    async with (
        Proxy("http://127.0.0.1:1") as proxy,
        aiohttp.ClientSession() as session,
        session.get(proxy.url) as answer,
    ):
        assert answer.status == 502


async def test_a_fault_that_makes_no_sense_is_refused(proxy):
    async with (
        aiohttp.ClientSession() as session,
        session.post(proxy.control_url + "/faults", json={"kind": "status", "status": 200}) as answer,
    ):
        assert answer.status == 400
        assert "status" in await answer.text()
