"""The one HTTP port: alerts come in, health and metrics go out."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

BODY_LIMIT: Final = 1024 * 1024
STALE: Final = 15.0
"""A scheduler that has not gone round for so many seconds is dead; it goes round every second."""
SHUTDOWN: Final = 1.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build(alerts: Handler, health: "Health", registry: CollectorRegistry) -> web.Application:
    """The application with its four paths."""

    async def metrics(_: web.Request) -> web.Response:
        health.tick_age()  # brings the gauge up to date
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    app = web.Application(client_max_size=BODY_LIMIT)
    app.router.add_post("/alerts", alerts)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", metrics)
    return app


class Health:
    """Alive while the scheduler goes round, ready when all rollouts are known; a provider changes neither."""

    def __init__(self, tick_age: Callable[[], float], is_ready: Callable[[], bool]) -> None:
        self.tick_age = tick_age
        self._is_ready = is_ready

    async def alive(self, _: web.Request) -> web.Response:
        """GET /healthz."""
        age = self.tick_age()
        return web.json_response({"tickAgeSeconds": round(age, 3)}, status=200 if age < STALE else 503)

    async def ready(self, _: web.Request) -> web.Response:
        """GET /readyz."""
        ready = self._is_ready()
        return web.json_response({"ready": ready}, status=200 if ready else 503)


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Start to listen; the caller cleans the runner up. Raises OSError when the port is taken."""
    # Alertmanager packs nothing, and unpacking what a stranger packed would stop everything else.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
