"""What the paths make of bodies that they cannot take."""

import asyncio
import gzip
import json
from io import BytesIO

import pytest

from tests.intelligence_detector.asking import PREFIX, post


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("detect", {}, "text"),
        ("detect", {"text": ""}, "text"),
        ("detect", {"text": 5}, "text"),
        ("detect", {"text": "\ud800"}, "text"),
        ("detect", {"text": "x", "user": "\udfff"}, "user"),
        ("detect", {"text": "x", "user": "u" * 257}, "user"),
        ("detect", {"text": "x", "usr": "u"}, "usr"),
        ("detect", {"text": "x", "context": {"previous": [5]}}, "context.previous.0"),
        ("detect", {"text": "x", "context": {"files": "a.py"}}, "context.files"),
        ("detect/batch", {"requests": []}, "requests"),
        ("detect/batch", {"requests": [{"text": "x"}] * 257}, "requests"),
        ("detect/batch", {"requests": [{"text": "x"}, {"text": None}]}, "requests.1.text"),
        ("feedback", {"request_id": "x"}, "right"),
        ("feedback", {"request_id": "x", "right": "yes"}, "right"),
        ("feedback", {"request_id": "x", "right": True, "satisfaction": 6}, "satisfaction"),
        ("feedback", {"request_id": "x", "right": True, "expected": ""}, "expected"),
    ],
)
async def test_a_wrong_body_is_a_problem_that_names_the_field(service, path, body, field):
    status, problem = await post(await service(), f"/api/{path}", body)
    assert (status, problem["type"], problem["field"]) == (422, PREFIX + "invalid", field)
    assert problem["detail"].startswith(f"{field}: ")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 60_000, b'{"text": ' + b"9" * 5_000 + b"}"])
async def test_what_is_not_json_is_a_problem(service, body):
    client = await service()
    async with client.post("/api/detect", data=body) as response:
        problem = await response.json(content_type="application/problem+json")
    assert (response.status, problem["type"]) == (400, PREFIX + "not-json")


@pytest.mark.parametrize("body", ["[]", "null", '"text"'])
async def test_json_that_is_no_object_is_a_problem(service, body):
    client = await service()
    async with client.post("/api/detect", data=body) as response:
        problem = await response.json(content_type="application/problem+json")
    assert (response.status, problem["type"]) == (422, PREFIX + "invalid")


@pytest.mark.parametrize(
    ("path", "size", "most"),
    [("detect", 65_537, 65_536), ("detect", 3_000_000, 65_536), ("detect/batch", 1_048_577, 1_048_576)],
)
async def test_a_body_above_its_limit_is_refused_with_the_limit(service, path, size, most):
    client = await service()
    async with client.post(f"/api/{path}", data=BytesIO(b"a" * size)) as response:
        problem = await response.json(content_type="application/problem+json")
    assert (response.status, problem["type"]) == (413, PREFIX + "too-large")
    assert f"{most} bytes" in problem["detail"]


async def test_a_batch_of_many_long_requests_is_taken(service):
    client = await service()
    status, found = await post(client, "/api/detect/batch", {"requests": [{"text": "fix it " * 500}] * 256})
    assert (status, len(found["answers"])) == (200, 256)


async def test_a_body_of_64_kib_is_taken(service):
    client = await service()
    body = json.dumps({"text": "a" * (65_536 - 12)})
    assert len(body) == 65_536
    async with client.post("/api/detect", data=body) as response:
        assert response.status == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "no such thing"])
async def test_a_packed_body_is_refused_and_nothing_is_unpacked(service, coding, caplog):
    client = await service()
    headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
    bomb = BytesIO(gzip.compress(bytes(50_000_000)))
    async with client.post("/api/detect", data=bomb, headers=headers) as response:
        problem = await response.json(content_type="application/problem+json")
    assert (response.status, problem["type"], problem["field"]) == (415, PREFIX + "encoded-body", "Content-Encoding")
    assert coding in problem["detail"]
    assert not caplog.records


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_fault_of_the_service(service, caplog):
    client = await service()
    reader, writer = await asyncio.open_connection(client._base_url.host, client._base_url.port)
    writer.write(b"POST /api/detect HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n")
    assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
    writer.write(b'{"text": "fix')
    writer.close()
    await writer.wait_closed()
    assert (await post(client, "/api/detect", {"text": "fix it"}))[0] == 200
    assert not caplog.records
