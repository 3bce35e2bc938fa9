"""The running program: how soon it answers, its memory, its requests per second beside a bare echo's."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from e2e.traffic import sentences

CONNECTIONS = 16
SECONDS = 5.0
BATCH = 256
FLAGS = """feature_flags:
  quick_filter_enabled: true
  context_analysis_enabled: true
  enhanced_filter_enabled: true
  cache_enabled: false
  traffic_percentage: 100
"""
ECHO = """
import json, sys
from aiohttp import web
async def echo(request):
    return web.json_response(await request.json())
app = web.Application()
app.add_routes([web.post("/api/detect", echo), web.get("/health", lambda _: web.json_response({}))])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""


def measure() -> dict[str, Any]:
    """All figures of the running program."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        flags = Path(place) / "config.yaml"
        flags.write_text(FLAGS, "utf-8")
        return await _figures(flags)


async def _figures(flags: Path) -> dict[str, Any]:
    program = Path(sys.executable).with_name("intelligence-detector")
    found: dict[str, Any] = {}
    began = time.perf_counter()
    async with _started(flags, str(program), "serve") as (url, process):
        found["start_seconds"] = round(time.perf_counter() - began, 3)
        found["requests_per_second"] = await _load(url, {"text": "", "user": "u"})
        found["batch_decisions_per_second"] = await _batches(url)
        found["memory_mb"] = _memory(process.pid)
    async with _started(flags, sys.executable, "-c", ECHO) as (url, _process):
        found["echo_requests_per_second"] = await _load(url, {"text": "", "user": "u"})
    return found


@asynccontextmanager
async def _started(flags: Path, *command: str) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    port = _free_port()
    env = os.environ | {"PORT": str(port), "FLAGS_FILE": str(flags)}
    extra = (str(port),) if command[0] == sys.executable else ()
    process = await asyncio.create_subprocess_exec(
        *command, *extra, env=env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await _healthy(url)
        yield url, process
    finally:
        process.terminate()
        await process.wait()


async def _healthy(url: str) -> None:
    async with aiohttp.ClientSession() as client, asyncio.timeout(120):
        while True:
            try:
                async with client.get(f"{url}/health"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.01)


async def _load(url: str, body: dict[str, str]) -> float:
    """A closed loop: each connection asks again as soon as it is answered."""
    until, texts = time.perf_counter() + SECONDS, _texts()

    async def one(client: aiohttp.ClientSession, number: int) -> int:
        done = 0
        while time.perf_counter() < until:
            text = texts[(number + done * CONNECTIONS) % len(texts)]
            async with client.post(f"{url}/api/detect", json=body | {"text": text}) as response:
                await response.read()
            done += 1
        return done

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as client:
        counts = await asyncio.gather(*(one(client, number) for number in range(CONNECTIONS)))
    return round(sum(counts) / SECONDS, 1)


async def _batches(url: str) -> float:
    until, done, texts = time.perf_counter() + SECONDS, 0, _texts()
    async with aiohttp.ClientSession() as client:
        while time.perf_counter() < until:
            rows = [{"text": texts[(done + at) % len(texts)]} for at in range(BATCH)]
            async with client.post(f"{url}/api/detect/batch", json={"requests": rows}) as response:
                await response.read()
            done += BATCH
    return round(done / SECONDS, 1)


def _texts() -> list[str]:
    """What the traffic of the stories asks; no model was taught with it."""
    return [sentence.text for sentence in sentences.load()]


def _memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
