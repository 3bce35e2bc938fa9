"""The command line: starts, stops, and refuses clearly."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from intelligence_detector.__main__ import main
from tests.support.programs import running

pytestmark = pytest.mark.process

PROGRAM = Path(sys.executable).with_name("intelligence-detector")
SLOW = [sys.executable, str(Path(__file__).with_name("slow_service.py"))]


def started(*command, **env):
    """A service on a port of its own choosing."""
    return running(*command, env=os.environ | {"PORT": "0"} | env)


async def line_with(process, pattern):
    """The first line of the log that matches; ten seconds are the end of patience."""
    async with asyncio.timeout(10):
        while line := (await process.stderr.readline()).decode():
            if found := re.search(pattern, line):
                return found
    raise AssertionError(f"no line with {pattern}")


async def finished(process):
    async with asyncio.timeout(10):
        await process.communicate()
    return process.returncode


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_serve_answers_until_it_is_told_to_stop_and_exits_with_0(number):
    async with started(PROGRAM, "serve") as process:
        url = (await line_with(process, r"listening on (\S+)"))[1]
        async with aiohttp.ClientSession(url) as client, client.get("/health") as response:
            assert response.status == 200
        process.send_signal(number)
        assert await finished(process) == 0


async def test_a_request_in_flight_is_answered_while_the_service_stops():
    async with started(*SLOW, SECONDS="0.3") as process:
        url = (await line_with(process, r"listening on (\S+)"))[1]
        async with aiohttp.ClientSession(url) as client:
            answer = asyncio.create_task(client.post("/api/detect", json={"text": "write a readme"}))
            await line_with(process, "thinking")
            process.send_signal(signal.SIGTERM)
            await line_with(process, "stopping")
            async with await answer as response:
                assert (await response.json())["specialist"] == "scribe"
        assert await finished(process) == 0
        with pytest.raises(aiohttp.ClientConnectorError):
            async with aiohttp.ClientSession(url) as client:
                await client.get("/health")


async def test_a_request_that_never_ends_does_not_keep_the_service_alive():
    async with started(*SLOW, SECONDS="3600") as process:
        url = (await line_with(process, r"listening on (\S+)"))[1]
        async with aiohttp.ClientSession(url) as client:
            answer = asyncio.create_task(client.post("/api/detect", json={"text": "write a readme"}))
            await line_with(process, "thinking")
            process.send_signal(signal.SIGTERM)
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await answer
        assert await finished(process) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "70000"), ("QUICK_FILTER_ENABLED", "perhaps"), ("CACHE_SIZE", "0")],
)
def test_a_bad_setting_is_refused_by_its_name(monkeypatch, capsys, name, value):
    monkeypatch.setenv(name, value)
    assert main(["serve"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"{name}: ")
    assert f"not {value!r}" in err


def test_a_port_that_is_taken_is_an_error_that_names_it(monkeypatch, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        assert main(["serve"]) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "group"), [([], "treatment"), (["--group", "control"], "control")])
def test_detect_prints_one_answer(capsys, arguments, group):
    assert main(["detect", "deploy the app with docker and kubernetes", *arguments]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["specialist"], answer["group"]) == ("devops", group)
