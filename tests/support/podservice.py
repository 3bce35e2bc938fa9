"""A small service for pods of cluster tests: shows what it got, and fails in the ways it is asked to."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from aiohttp import web

HEALTHY = web.AppKey("healthy", dict[str, bool])


async def health(request: web.Request) -> web.Response:
    status = 200 if request.app[HEALTHY]["ok"] else 503
    file = os.environ.get("CONFIG")
    config = Path(file).read_text().strip() if file else ""  # noqa: ASYNC240 - a few bytes
    return web.json_response({"version": os.environ.get("VERSION"), "config": config}, status=status)


async def crash(_request: web.Request) -> web.Response:
    print("last words", flush=True)  # noqa: T201 - what `kubectl logs --previous` must show
    asyncio.get_running_loop().call_later(0.01, os._exit, 3)
    return web.Response(text="crashing")


async def sicken(request: web.Request) -> web.Response:
    request.app[HEALTHY]["ok"] = False
    return web.Response(text="unhealthy from now on")


async def surroundings(_request: web.Request) -> web.Response:
    return web.json_response({"env": dict(os.environ), "arguments": sys.argv[1:], "pid": os.getpid()})


def main() -> None:
    print("starting", os.environ.get("VERSION"), flush=True)  # noqa: T201 - the pod's log
    app = web.Application()
    app[HEALTHY] = {"ok": True}
    app.router.add_get("/health", health)
    app.router.add_post("/crash", crash)
    app.router.add_post("/sicken", sicken)
    app.router.add_get("/surroundings", surroundings)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    web.run_app(app, host=os.environ["HOST"], port=8080, print=None, shutdown_timeout=2, access_log=None)


if __name__ == "__main__":
    main()
