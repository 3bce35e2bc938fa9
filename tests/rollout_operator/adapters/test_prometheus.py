"""Whatever stands behind the MetricSource port has to read Prometheus' answers like this."""

import asyncio
import contextlib
import math
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from rollout_operator.adapters.prometheus import PrometheusSource
from rollout_operator.model.seen import Answer, Lack
from tests.support.web import serving

NOW = 1767603600.0


def vector(*values: str) -> dict[str, Any]:
    """An answer with so many series."""
    result = [{"metric": {"n": str(n)}, "value": [NOW, value]} for n, value in enumerate(values)]
    return success("vector", result)


def success(kind: str, result: Any, **more: Any) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": kind, "result": result}, **more}


def failure(kind: str, message: str) -> dict[str, Any]:
    return {"status": "error", "errorType": kind, "error": message}


@dataclass
class Provider:
    """Plays Prometheus: one answer for all, after a while."""

    status: int = 200
    body: Any = field(default_factory=lambda: vector("1"))
    kind: str = "application/json"
    pause: float = 0.0
    queries: list[dict[str, str]] = field(default_factory=list)
    address: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.queries.append(dict(request.query))
        await asyncio.sleep(self.pause)
        if isinstance(self.body, str):
            return web.Response(status=self.status, text=self.body, content_type=self.kind)
        return web.json_response(self.body, status=self.status)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    async with serving(provider.handle) as address:
        provider.address = address
        yield provider


@pytest.fixture
async def source() -> AsyncIterator[PrometheusSource]:
    source = PrometheusSource(lambda *_: None, deadline=1.0, fresh=0.05)
    yield source
    await source.close()


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (vector("0.97"), 0.97),
        (vector("0"), 0.0),
        (vector("+Inf"), math.inf),
        (vector("-Inf"), -math.inf),
        (success("scalar", [NOW, "3"]), 3.0),
        (success("vector", vector("2")["data"]["result"], infos=["rate() of a gauge"]), 2.0),
    ],
    ids=["one sample", "zero", "infinite", "minus infinite", "scalar", "with infos"],
)
async def test_one_number_is_a_value(source, provider, body, value):
    provider.body = body
    assert await source.ask(provider.address, "q") == Answer(value)


@pytest.mark.parametrize(
    ("status", "body", "lack", "said"),
    [
        (200, vector(), Lack.NO_DATA, "no series"),
        (200, vector("NaN"), Lack.NAN, "NaN"),
        (200, success("scalar", [NOW, "NaN"]), Lack.NAN, "NaN"),
        (200, vector("1", "2"), Lack.SEVERAL_SERIES, "aggregate"),
        (200, success("string", [NOW, "x"]), Lack.BAD_QUERY, "string"),
        (200, success("matrix", []), Lack.BAD_QUERY, "matrix"),
        (200, success("vector", [{"metric": {}, "histogram": [NOW, {}]}]), Lack.BAD_QUERY, "histogram"),
        (200, vector("1") | {"warnings": ["one store is away"]}, Lack.PARTIAL, "one store is away"),
        (200, vector() | {"warnings": ["one store is away"]}, Lack.PARTIAL, "one store is away"),
        (400, failure("bad_data", "parse error at char 3"), Lack.BAD_QUERY, "bad_data: parse error at char 3"),
        (400, failure("execution", "a proxy's own"), Lack.BAD_ANSWER, "a proxy's own"),
        (422, failure("execution", "many-to-many"), Lack.BAD_ANSWER, "many-to-many"),
        (503, failure("timeout", "query timed out"), Lack.TIMEOUT, "query timed out"),
        (503, failure("unavailable", "starting"), Lack.BAD_ANSWER, "starting"),
        (500, failure("internal", "disk"), Lack.BAD_ANSWER, "disk"),
        (200, success("vector", [{"metric": {}, "value": [NOW]}]), Lack.BAD_ANSWER, "cannot be read"),
        (200, success("vector", [{"metric": {}, "value": [NOW, "many"]}]), Lack.BAD_ANSWER, "cannot be read"),
        (200, {"status": "success"}, Lack.BAD_ANSWER, "cannot be read"),
        (200, [1, 2], Lack.BAD_ANSWER, "no answer of Prometheus"),
    ],
)
async def test_everything_else_is_a_lack_with_its_reason(source, provider, status, body, lack, said):
    provider.status, provider.body = status, body
    answer = await source.ask(provider.address, "q")
    assert (answer.value, answer.lack) == (None, lack)
    assert said in answer.message


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, "<html>log in</html>", "text/html"),
        (404, "404 page not found", "text/plain"),
        (200, "{half", "application/json"),
        (502, "<html>bad gateway</html>", "text/html"),
        (400, "bad request", "text/plain"),
        (200, "[" * 100_000, "application/json"),
    ],
)
async def test_a_page_that_is_no_answer_of_prometheus_blames_the_provider(source, provider, status, body, kind):
    provider.status, provider.body, provider.kind = status, body, kind
    answer = await source.ask(provider.address, "q")
    assert answer.lack is Lack.BAD_ANSWER
    assert kind in answer.message


async def test_a_provider_that_refuses_connections_is_unreachable(source):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        answer = await source.ask(f"http://127.0.0.1:{free.getsockname()[1]}", "q")
    assert answer.lack is Lack.UNREACHABLE
    assert "refused" in answer.message


@pytest.mark.parametrize("address", ["prometheus:9090", "ftp://prometheus", "http://"])
async def test_an_address_that_is_none_is_a_fault_of_the_manifest(source, address):
    answer = await source.ask(address, "q")
    assert answer.lack is Lack.BAD_QUERY
    assert "spec.prometheus.address" in answer.message


async def test_a_slow_provider_is_given_up_at_the_deadline(provider):
    source = PrometheusSource(lambda *_: None, deadline=0.2)
    provider.pause = 1.0
    answer = await source.ask(provider.address, "q")
    assert answer.lack is Lack.TIMEOUT
    await source.close()


async def test_the_provider_is_told_to_give_up_before_the_deadline_and_to_send_two_series_at_most(source, provider):
    await source.ask(provider.address, 'sum(up{job="a b"})')
    assert provider.queries == [{"query": 'sum(up{job="a b"})', "timeout": "800ms", "limit": "2"}]


async def test_equal_questions_at_the_same_time_are_asked_once(source, provider):
    provider.pause = 0.1
    answers = await asyncio.gather(*(source.ask(provider.address, "q") for _ in range(10)))
    assert answers == [Answer(1.0)] * 10
    assert len(provider.queries) == 1


async def test_an_answer_stays_good_for_a_moment_and_no_longer(provider):
    source = PrometheusSource(lambda *_: None, fresh=0.1)
    await source.ask(provider.address, "q")
    await source.ask(provider.address, "q")
    assert len(provider.queries) == 1
    await asyncio.sleep(0.2)
    await source.ask(provider.address, "q")
    assert len(provider.queries) == 2
    await source.close()


async def test_an_asker_that_goes_away_does_not_take_the_answer_from_others(source, provider):
    provider.pause = 0.1
    impatient = asyncio.create_task(source.ask(provider.address, "q"))
    patient = asyncio.create_task(source.ask(provider.address, "q"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == Answer(1.0)


async def test_a_provider_that_never_answers_does_not_delay_the_others(provider):
    """Twenty questions fill the threads of a provider that sends nothing; another one's answer comes meanwhile."""
    source = PrometheusSource(lambda *_: None, deadline=1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        hung = [asyncio.create_task(source.ask(address, f"q{n}")) for n in range(20)]
        await asyncio.sleep(0.05)
        assert await source.ask(provider.address, "q") == Answer(1.0)
        assert not any(task.done() for task in hung)
        assert {answer.lack for answer in await asyncio.gather(*hung)} == {Lack.TIMEOUT}
    await source.close()


async def test_a_thread_that_is_fed_a_byte_at_a_time_does_not_hold_its_asker(source):
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        until = time.monotonic() + 2
        while time.monotonic() < until:
            await response.write(b" ")
            await asyncio.sleep(0.1)
        return response

    async with serving(drip) as address:
        assert (await source.ask(address, "q")).lack is Lack.TIMEOUT


async def test_an_answer_without_end_is_given_up_before_it_fills_the_memory(source):
    sent = 0

    async def flood(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                await response.write(b" " * 65_536)
                sent += 65_536
        return response

    async with serving(flood) as address:
        answer = await source.ask(address, "q")
    assert answer.lack is Lack.BAD_ANSWER
    assert "larger than" in answer.message
    assert sent < 20 * 1024 * 1024


async def test_a_provider_that_sends_elsewhere_is_not_followed(source, provider):
    async def away(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{provider.address}/api/v1/query?query=q"})

    async with serving(away) as address:
        assert (await source.ask(address, "q")).lack is Lack.BAD_ANSWER


async def test_what_was_asked_is_timed_with_its_lack(provider):
    timed: list[tuple[float, Lack | None]] = []
    source = PrometheusSource(lambda seconds, lack: timed.append((seconds, lack)))
    await source.ask(provider.address, "one")
    provider.body = vector()
    await source.ask(provider.address, "none")
    assert [lack for _, lack in timed] == [None, Lack.NO_DATA]
    assert all(seconds > 0 for seconds, _ in timed)
    await source.close()
