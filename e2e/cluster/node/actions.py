"""What a probe or a hook asks for: an HTTP request, a TCP connection, a command, or a sleep."""

import asyncio

import aiohttp

from e2e.cluster.node import processes
from e2e.cluster.node.api import Json
from e2e.cluster.node.paths import localise, mounts_of
from e2e.cluster.node.scene import Scene

KINDS = ("httpGet", "tcpSocket", "exec", "sleep")


class Actions:
    """Performs actions against one run of a container."""

    def __init__(self, container: Json, scene: Scene, command: processes.Command) -> None:
        self._container = container
        self._scene = scene
        self._command = command

    async def perform(self, action: Json, limit_seconds: float) -> str | None:
        """Return nothing when it went well, else what went wrong."""
        kind = next((kind for kind in KINDS if kind in action), None)
        if kind is None:
            return f"{', '.join(action)}: this node knows {', '.join(KINDS)}"
        perform = {"httpGet": self._http, "tcpSocket": self._tcp, "exec": self._exec, "sleep": self._sleep}[kind]
        try:
            async with asyncio.timeout(limit_seconds):
                return await perform(action[kind])
        except TimeoutError:
            return f"{kind}: no answer within {limit_seconds:g} s"
        except (OSError, LookupError, aiohttp.ClientError) as error:
            return f"{kind}: {error!r}"

    async def _http(self, request: Json) -> str | None:
        scheme, host = request.get("scheme", "HTTP").lower(), request.get("host", self._scene.facts.address)
        url = f"{scheme}://{host}:{self._port(request['port'])}{request.get('path', '/')}"
        headers = {header["name"]: header["value"] for header in request.get("httpHeaders", [])}
        async with self._scene.shared.http.get(url, headers=headers, allow_redirects=False) as answer:
            return None if 200 <= answer.status < 400 else f"httpGet: status {answer.status} from {url}"

    async def _tcp(self, target: Json) -> str | None:
        _, writer = await asyncio.open_connection(self._scene.facts.address, self._port(target["port"]))
        writer.close()
        await writer.wait_closed()
        return None

    async def _exec(self, call: Json) -> str | None:
        mounts = mounts_of(self._container, self._scene.facts)
        words = tuple(localise(word, mounts) for word in call["command"])
        code = await processes.run(self._command.with_words(words))
        return None if code == 0 else f"exec: exit code {code}"

    async def _sleep(self, pause: Json) -> str | None:
        await asyncio.sleep(pause["seconds"])
        return None

    def _port(self, port: int | str) -> int:
        if isinstance(port, int):
            return port
        named = {entry.get("name"): entry["containerPort"] for entry in self._container.get("ports", [])}
        return int(named[port])
