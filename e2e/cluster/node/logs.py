"""The port that `kubectl logs` reaches through the API server."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from e2e.cluster.node.container import Container
from e2e.cluster.node.facts import HOST_ADDRESS

FOLLOW_SECONDS = 0.1

Find = Callable[[str, str, str], Container | None]


class LogServer:
    """Serves container logs over TLS, to clients with a certificate of the cluster's authority."""

    def __init__(self, find: Find, certificates: Path) -> None:
        self._find = find
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(certificates / "ca.crt"))
        self._tls.load_cert_chain(certificates / "apiserver.crt", certificates / "apiserver.key")
        self._tls.verify_mode = ssl.CERT_REQUIRED
        self._runner: web.AppRunner | None = None

    async def start(self) -> int:
        """Listen on a free port and return it."""
        app = web.Application()
        app.router.add_get("/containerLogs/{namespace}/{pod}/{container}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        listener = socket.create_server((HOST_ADDRESS, 0))
        await web.SockSite(self._runner, listener, ssl_context=self._tls).start()
        return int(listener.getsockname()[1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        place = request.match_info
        container = self._find(place["namespace"], place["pod"], place["container"])
        if container is None:
            raise web.HTTPNotFound(text=f"container {place['container']} of pod {place['pod']} is not on this node")
        previous = request.query.get("previous") == "true"
        run = container.restarts - 1 if previous else container.restarts
        if previous and not container.logs.path(run).exists():
            raise web.HTTPBadRequest(text=f"container {container.name} has not run before")
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        follow = request.query.get("follow") == "true" and not previous
        await _send(response, container, run, request.query.get("tailLines"), follow=follow)
        return response


async def _send(
    response: web.StreamResponse, container: Container, run: int, tail: str | None, *, follow: bool
) -> None:
    path = container.logs.path(run)
    if not path.exists():
        return  # it waits for its first run, or for its next one
    with path.open("rb") as log:
        await response.write(last_lines(log.read(), tail))
        while follow:
            ended = not container.running or container.restarts != run  # before the reading: no last word is lost
            if new := log.read():
                await response.write(new)
            if ended:
                return
            await asyncio.sleep(FOLLOW_SECONDS)


def last_lines(text: bytes, tail: str | None) -> bytes:
    """Return the last `tail` lines of a text, all of it when `tail` is not given."""
    if tail is None:
        return text
    lines = text.splitlines(keepends=True)
    return b"".join(lines[max(0, len(lines) - int(tail)) :])
