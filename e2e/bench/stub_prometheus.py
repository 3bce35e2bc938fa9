"""A Prometheus API that answers every query with one number, which can be switched."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

HOST = "127.0.0.1"


class StubPrometheus:
    """The number in force; `address` is known once it is served."""

    def __init__(self, value: float) -> None:
        self.value = value
        self.address = ""

    async def answer(self, _: web.Request) -> web.Response:
        """Answer an instant query."""
        sample = {"metric": {}, "value": [time.time(), str(self.value)]}
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": [sample]}})


@asynccontextmanager
async def served(value: float) -> AsyncIterator[StubPrometheus]:
    """Serve a stub on a free loopback port until the end of the block."""
    stub = StubPrometheus(value)
    app = web.Application()
    app.router.add_route("*", "/api/v1/query", stub.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    stub.address = f"http://{HOST}:{runner.addresses[0][1]}"
    try:
        yield stub
    finally:
        await runner.cleanup()
