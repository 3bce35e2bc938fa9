import asyncio
import json
from contextlib import suppress

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from e2e.cluster.node.api import Api, ApiError
from e2e.cluster.node.events import Events
from e2e.cluster.node.references import MissingReferenceError, References
from e2e.cluster.node.tokens import Tokens


def pod(uid, version="1"):
    return {"metadata": {"name": uid, "namespace": "n", "uid": uid, "resourceVersion": version}}


class ApiServer:
    """Answers as the real one would: lists and watches from a script, and everything it was asked is kept."""

    def __init__(self, lists=(), watches=()):
        self.lists = iter(lists)
        self.watches = iter(watches)
        self.asked = []
        self.broken = False
        self.app = web.Application()
        self.app.router.add_get("/pods", self._pods)
        self.app.router.add_post("/api/v1/namespaces/n/serviceaccounts/robot/token", self._token)
        self.app.router.add_get("/api/v1/namespaces/n/configmaps/{name}", self._config_map)
        self.app.router.add_route("*", "/api/v1/namespaces/n/events{name:.*}", self._event)

    async def _pods(self, request):
        if "watch" not in request.query:
            items = next(self.lists)
            return web.json_response({"metadata": {"resourceVersion": "5"}, "items": items})
        self.asked.append(request.query["resourceVersion"])
        events = next(self.watches)
        return web.Response(text="".join(json.dumps(event) + "\n" for event in events))

    async def _token(self, request):
        self.asked.append((await request.json())["spec"])
        return web.json_response({"status": {"token": f"token-{len(self.asked)}"}})

    async def _config_map(self, request):
        if request.match_info["name"] == "there":
            return web.json_response({"data": {"a": "1"}, "binaryData": {"b": "AP8="}})
        return web.json_response({"message": "not found"}, status=404)

    async def _event(self, request):
        self.asked.append((request.method, await request.json()))
        if self.broken:
            return web.json_response({"message": "broken"}, status=500)
        return web.json_response({"metadata": {"name": "event-1"}}, status=201)


@pytest.fixture
async def connect():
    open_ones = []

    async def connect(server):
        running = TestServer(server.app)
        await running.start_server()
        api = Api(str(running.make_url("/")), "token")
        open_ones.extend([api, running])
        return api

    yield connect
    for one in open_ones:
        await one.close()


async def test_what_vanished_between_two_lists_is_reported_as_deleted(connect):
    lists = [[pod("a"), pod("b")], [pod("b"), pod("c")], []]
    watches = [
        [{"type": "BOOKMARK", "object": {"metadata": {}}}, {"type": "DELETED", "object": pod("a")}],
        [{"type": "MODIFIED", "object": pod("c", "6")}, {"type": "ERROR", "object": {"code": 410}}],
    ]
    server, changes, done = ApiServer(lists, watches), [], asyncio.Event()

    def on_change(kind, item):
        changes.append((kind, item["metadata"]["uid"]))
        if changes.count(("DELETED", "b")) and changes.count(("DELETED", "c")):
            done.set()

    api = await connect(server)
    follow = asyncio.create_task(api.follow("/pods", on_change))
    await asyncio.wait_for(done.wait(), 20)
    follow.cancel()
    with suppress(asyncio.CancelledError):
        await follow
    first = [("ADDED", "a"), ("ADDED", "b"), ("DELETED", "a")]
    second = [("MODIFIED", "b"), ("ADDED", "c"), ("MODIFIED", "c")]
    assert changes[:6] == first + second
    assert sorted(changes[6:]) == [("DELETED", "b"), ("DELETED", "c")]
    assert server.asked[:2] == ["5", "5"]


async def test_a_refusal_carries_its_status_and_reason(connect):
    api = await connect(ApiServer())
    with pytest.raises(ApiError, match=r"404 not found") as refusal:
        await api.get("/api/v1/namespaces/n/configmaps/absent")
    assert refusal.value.status == 404


async def test_a_server_that_cannot_be_reached_is_an_api_error_too(unused_tcp_port):
    api = Api(f"http://127.0.0.1:{unused_tcp_port}", "token")
    try:
        with pytest.raises(ApiError) as error:
            await api.get("/version")
        assert error.value.status == 0
    finally:
        await api.close()


async def test_references_are_read_and_a_missing_one_is_named(connect):
    references = References(await connect(ApiServer()), "n")
    assert await references.content("configMap", {"name": "there"}) == {"a": b"1", "b": b"\x00\xff"}
    assert await references.content("configMap", {"name": "absent", "optional": True}) == {}
    with pytest.raises(MissingReferenceError, match='configmaps "absent" not found'):
        await references.content("configMap", {"name": "absent"})
    with pytest.raises(MissingReferenceError, match="key z not found in configMapKeyRef there"):
        await references.key("configMapKeyRef", {"name": "there", "key": "z"})


async def test_a_token_is_kept_until_most_of_its_life_is_over(connect, facts):
    server, time = ApiServer(), 0.0
    tokens = Tokens(await connect(server), facts, lambda: time)
    source = {"path": "token", "expirationSeconds": 1000}
    assert await tokens.token(source) == b"token-1"
    time = 799.0
    assert await tokens.token(source) == b"token-1"
    time = 800.0
    assert await tokens.token(source) == b"token-2"
    assert server.asked[0]["boundObjectRef"]["uid"] == facts.uid


async def test_an_event_that_repeats_is_counted(connect, facts):
    server = ApiServer()
    events = Events(await connect(server), "sandbox")
    for _ in range(3):
        await events.warning(facts.pod, "FailedMount", "nothing there")
    await events.warning(facts.pod, "FailedMount", "something else")
    assert [(method, body["count"]) for method, body in server.asked] == [
        ("POST", 1),
        ("PATCH", 2),
        ("PATCH", 3),
        ("POST", 1),
    ]


async def test_an_event_that_is_refused_is_told_and_stops_nothing(connect, facts, capsys):
    server = ApiServer()
    server.broken = True
    await Events(await connect(server), "sandbox").warning(facts.pod, "FailedMount", "nothing there")
    assert "is lost" in capsys.readouterr().err
