"""A proxy in front of the API server or of Prometheus that can be told to fail.

`python -m e2e.cluster.proxy UPSTREAM [--pki FOLDER]` prints `listening on URL, control on URL`.
With --pki both sides speak TLS with the cluster's own certificates, so that its authority vouches for the proxy too.
"""

import argparse
import asyncio
import signal
import ssl
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from e2e.cluster.faults import Kind
from e2e.cluster.ports import LOOPBACK
from e2e.cluster.switchboard import Active, Switchboard

HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
}
REASONS = {409: "Conflict", 410: "Expired", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable"}
BODY_LIMIT = 16 * 2**20


class Proxy:
    """Passes requests and streams on, except those that a fault treats."""

    def __init__(self, upstream: str, pki: Path | None = None) -> None:
        self._upstream, self._pki = upstream.rstrip("/"), pki
        self.switchboard = Switchboard()
        self._stack = AsyncExitStack()
        self.url = self.control_url = ""

    async def __aenter__(self) -> Self:
        """Listen on two free ports: one for requests, one for control."""
        trust = ssl.create_default_context(cafile=self._pki / "ca.crt") if self._pki else True
        # no limits: a watch occupies a connection for good and may be silent for minutes
        self._http = await self._stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trust, limit=0),
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        )
        application = web.Application(client_max_size=BODY_LIMIT)
        application.router.add_route("*", "/{path:.*}", self._handle)
        scheme = "https" if self._pki else "http"
        self.url = f"{scheme}://{await self._serve(application, _identity(self._pki))}"
        self.control_url = f"http://{await self._serve(self.switchboard.application(), None)}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening and drop what is open."""
        await self._stack.aclose()

    async def _serve(self, application: web.Application, identity: ssl.SSLContext | None) -> str:
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, LOOPBACK, 0, ssl_context=identity).start()
        host, port = runner.addresses[0][:2]
        return f"{host}:{port}"

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        watch = request.query.get("watch") in {"1", "true"}
        active = self.switchboard.treat(request.method, request.path, watch=watch)
        if active is None:
            return await self._forward(request, watch=watch)
        return await self._treat(request, active, watch=watch)

    async def _treat(self, request: web.Request, active: Active, *, watch: bool) -> web.StreamResponse:
        match active.fault.kind:
            case Kind.STATUS:
                return self._error(active.fault.status, watch=watch)
            case Kind.HOLD:
                await active.removed.wait()
                return await self._forward(request, watch=watch)
            case Kind.HANG:
                await active.removed.wait()
        return _broken(request)

    def _error(self, status: int, *, watch: bool) -> web.Response:
        if self._pki is None:
            body = {"status": "error", "errorType": "internal", "error": "fault injected by the test"}
            return web.json_response(body, status=status)
        problem = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": "fault injected by the test",
            "reason": REASONS.get(status, "Unknown"),
            "code": status,
        }
        if watch and status == 410:
            return web.json_response({"type": "ERROR", "object": problem})
        return web.json_response(problem, status=status, headers={"Retry-After": "1"} if status == 429 else None)

    async def _forward(self, request: web.Request, *, watch: bool) -> web.StreamResponse:
        body = await request.read()
        try:
            async with self._http.request(
                request.method,
                URL(self._upstream + request.raw_path, encoded=True),
                headers=_end_to_end(request.headers),
                data=body or None,
                allow_redirects=False,
            ) as answer:
                return await self._relay(request, answer, watch=watch)
        except aiohttp.ClientError as error:
            return web.Response(status=502, text=f"{self._upstream}: {error}")

    async def _relay(self, request: web.Request, answer: aiohttp.ClientResponse, *, watch: bool) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_end_to_end(answer.headers))
        try:
            await response.prepare(request)
            with self.switchboard.watching(request.transport if watch else None, request.path):
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
            await response.write_eof()
        except (aiohttp.ClientError, ConnectionError):
            return _broken(request)  # one of the two sides broke in the middle: too late for an error status
        return response


def _identity(pki: Path | None) -> ssl.SSLContext | None:
    if pki is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pki / "apiserver.crt", pki / "apiserver.key")
    return context


def _end_to_end(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP)


def _broken(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def serve(upstream: str, pki: Path | None) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Proxy(upstream, pki) as proxy:
        print(f"listening on {proxy.url}, control on {proxy.control_url}", flush=True)
        await stop.wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m e2e.cluster.proxy", description=__doc__)
    parser.add_argument("upstream", metavar="UPSTREAM")
    parser.add_argument("--pki", type=Path, help="folder with ca.crt, apiserver.crt and apiserver.key")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.upstream, arguments.pki))


if __name__ == "__main__":
    main()
