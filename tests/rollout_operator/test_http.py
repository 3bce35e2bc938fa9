"""The HTTP port, the metrics it shows and the logs beside it."""

import gzip
import io
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from rollout_operator import http
from rollout_operator.model.seen import Lack
from rollout_operator.model.status import State, Status
from rollout_operator.ports import Key
from rollout_operator.settings import Settings
from rollout_operator.telemetry import Telemetry, log_as_json
from tests.support.web import serving_app

KEY = Key("intelligence", "phase-1")


@dataclass
class Port:
    """The port with switches for what it tells."""

    telemetry: Telemetry
    age: float = 0.0
    ready: bool = False
    address: str = ""

    def tick_age(self) -> float:
        self.telemetry.ticked(self.age)
        return self.age

    async def get(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.address}{path}") as response:
            return response.status, await response.text()

    async def samples(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        families = text_string_to_metric_families((await self.get("/metrics"))[1])
        return {(each.name, tuple(sorted(each.labels.items()))): each.value for f in families for each in f.samples}


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    async def alerts(_: web.Request) -> web.Response:
        return web.Response()

    port = Port(Telemetry())
    app = http.build(alerts, http.Health(port.tick_age, lambda: port.ready), port.telemetry.registry)
    async with serving_app(app) as port.address:
        yield port


async def test_it_is_alive_while_the_scheduler_goes_round(port):
    assert (await port.get("/healthz"))[0] == 200
    port.age = http.STALE
    assert (await port.get("/healthz"))[0] == 503


async def test_it_is_ready_when_all_rollouts_are_known(port):
    assert (await port.get("/readyz"))[0] == 503
    port.ready = True
    assert (await port.get("/readyz"))[0] == 200


async def test_only_the_four_paths_exist(port):
    assert (await port.get("/"))[0] == 404
    assert (await port.get("/alerts"))[0] == 405


async def test_every_event_of_the_operator_is_a_metric(port):
    telemetry = port.telemetry
    telemetry.reconciled("success", 0.1)
    telemetry.queried(0.2, None)
    telemetry.queried(3.0, Lack.TIMEOUT)
    telemetry.requested("patch", "configmaps", 200)
    telemetry.judged(KEY, "latency", "Pass")
    telemetry.rolled_back(KEY, "errors")
    telemetry.show(KEY, Status(phase=State.PROGRESSING, traffic_percent=50, effective_percent=20))
    port.age = 0.5
    samples = await port.samples()
    where = (("name", "phase-1"), ("namespace", "intelligence"))
    verdict = (("gate", "latency"), *where, ("verdict", "Pass"))
    for name, labels, value in [
        ("reconcile_total", (("result", "success"),), 1),
        ("reconcile_duration_seconds_count", (), 1),
        ("provider_query_duration_seconds_count", (("result", "Value"),), 1),
        ("provider_query_duration_seconds_count", (("result", "Timeout"),), 1),
        ("api_requests_total", (("code", "200"), ("resource", "configmaps"), ("verb", "patch")), 1),
        ("gate_verdict_total", verdict, 1),
        ("rollbacks_total", (("ladder", "errors"), *where), 1),
        ("traffic_percent", where, 50),
        ("effective_percent", where, 20),
        ("phase", (*where, ("phase", "Progressing")), 1),
        ("phase", (*where, ("phase", "Held")), 0),
        ("tick_age_seconds", (), 0.5),
    ]:
        assert samples[f"intelligence_rollout_{name}", labels] == value
    assert any(name == "intelligence_rollout_build_info" for name, _ in samples)


async def test_a_rollout_that_has_gone_leaves_no_metric_behind(port):
    before = await port.samples()
    port.telemetry.judged(KEY, "latency", "Pass")
    port.telemetry.rolled_back(KEY, "errors")
    port.telemetry.show(KEY, Status())
    assert len(await port.samples()) > len(before)
    port.telemetry.forget(KEY)
    assert await port.samples() == before


@pytest.fixture
def logged(monkeypatch) -> io.StringIO:
    """What is written as JSON; the root logger is put back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level, kopf_level = root.handlers[:], root.level, logging.getLogger("kopf").level
    monkeypatch.setattr("sys.stderr", stream)
    log_as_json("INFO")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("kopf").setLevel(kopf_level)


def test_a_log_line_is_one_json_object_with_the_rollout_in_its_own_keys(logged):
    extra = {"namespace": "intelligence", "rollout": "phase-1"}
    logging.getLogger("rollout_operator.x").info("moved to %d", 20, extra=extra)
    record = json.loads(logged.getvalue())
    assert record.pop("timestamp")
    assert record == {
        "level": "INFO",
        "logger": "rollout_operator.x",
        "message": "moved to 20",
        "namespace": "intelligence",
        "name": "phase-1",
    }


def test_a_traceback_stays_on_its_line(logged):
    try:
        {}["a bug"]
    except KeyError:
        logging.getLogger("x").exception("failed")
    (line,) = logged.getvalue().splitlines()
    assert "KeyError: 'a bug'" in json.loads(line)["exception"]


def test_kopf_tells_warnings_only(logged):
    logging.getLogger("kopf.objects").info("Handler succeeded")
    logging.getLogger("kopf.objects").warning("Trouble")
    assert [json.loads(line)["message"] for line in logged.getvalue().splitlines()] == ["Trouble"]


def test_namespaces_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("ROLLOUT_NAMESPACES", "one, two,")
    assert Settings().namespaces == ("one", "two")


def test_without_settings_the_port_is_on_the_loopback_and_the_webhook_is_closed(monkeypatch):
    for name in ("ROLLOUT_HOST", "ROLLOUT_PORT", "ROLLOUT_NAMESPACES", "ROLLOUT_ALERT_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings()
    assert (settings.host, settings.namespaces, settings.alert_token()) == ("127.0.0.1", (), None)


async def test_what_a_stranger_packed_is_not_unpacked():
    async def alerts(request: web.Request) -> web.Response:
        return web.json_response(len(await request.read()))

    app = http.build(alerts, http.Health(lambda: 0.0, lambda: True), Telemetry().registry)
    runner = await http.serve(app, "127.0.0.1", 0)
    packed = gzip.compress(bytes(100_000))
    host, place = runner.addresses[0][:2]
    try:
        async with (
            aiohttp.ClientSession(f"http://{host}:{place}") as session,
            session.post("/alerts", data=packed, headers={"Content-Encoding": "gzip"}) as response,
        ):
            assert await response.json() == len(packed)
    finally:
        await runner.cleanup()
