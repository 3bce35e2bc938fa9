"""The command line as a process: starts, stops, and refuses clearly."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

PROGRAM = Path(sys.executable).with_name("intelligence-detector")
SLOW = [sys.executable, str(Path(__file__).with_name("slow_service.py"))]


@asynccontextmanager
async def started(*command, **env):
    """A process of ours, killed by its handle if a test leaves it behind."""
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | {"PORT": "0"} | env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_with(process, pattern):
    """The first line of the log that matches; ten seconds are the end of patience."""
    async with asyncio.timeout(10):
        while line := (await process.stderr.readline()).decode():
            if found := re.search(pattern, line):
                return found
    raise AssertionError(f"no line with {pattern}")


async def finished(process):
    async with asyncio.timeout(10):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_serve_answers_until_it_is_told_to_stop_and_exits_with_0(number):
    async with started(PROGRAM, "serve") as process:
        url = (await line_with(process, r"listening on (\S+)"))[1]
        async with aiohttp.ClientSession(url) as client, client.get("/health") as response:
            assert response.status == 200
        process.send_signal(number)
        assert (await finished(process))[0] == 0


async def test_a_request_in_flight_is_answered_while_the_service_stops():
    async with started(*SLOW) as process:
        url = (await line_with(process, r"listening on (\S+)"))[1]
        async with aiohttp.ClientSession(url) as client:
            answer = asyncio.create_task(client.post("/api/detect", json={"text": "write a readme"}))
            await line_with(process, "thinking")
            process.send_signal(signal.SIGTERM)
            await line_with(process, "stopping")
            async with await answer as response:
                assert (await response.json())["specialist"] == "scribe"
        assert (await finished(process))[0] == 0
        with pytest.raises(aiohttp.ClientConnectorError):
            async with aiohttp.ClientSession(url) as client:
                await client.get("/health")


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"PORT": "http"}, "PORT: "),
        ({"PORT": "70000"}, "PORT: "),
        ({"QUICK_FILTER_ENABLED": "perhaps"}, "QUICK_FILTER_ENABLED: "),
        ({"CACHE_SIZE": "0"}, "CACHE_SIZE: "),
    ],
)
async def test_a_bad_setting_is_refused_by_its_name(env, message):
    async with started(PROGRAM, "serve", **env) as process:
        code, _, err = await finished(process)
    assert code == 2
    assert err.startswith(message)
    assert next(iter(env.values())) in err
    assert "Traceback" not in err


async def test_a_port_that_is_taken_is_an_error_without_a_traceback():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with started(PROGRAM, "serve", PORT=str(port)) as process:
            code, _, err = await finished(process)
    assert code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(("arguments", "group"), [([], "treatment"), (["--group", "control"], "control")])
async def test_detect_prints_one_answer(arguments, group):
    async with started(PROGRAM, "detect", "deploy the app with docker and kubernetes", *arguments) as process:
        code, out, _ = await finished(process)
    answer = json.loads(out)
    assert (code, answer["specialist"], answer["group"]) == (0, "devops", group)
