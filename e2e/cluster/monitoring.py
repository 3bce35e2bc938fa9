"""The real Prometheus and Alertmanager of one cluster."""

import asyncio
import time
from pathlib import Path

import aiohttp

from e2e.cluster.child import POLL_S, Child
from e2e.cluster.errors import ClusterError
from e2e.cluster.ports import LOOPBACK, free_port
from e2e.cluster.rendering import alertmanager_config, prometheus_config
from e2e.cluster.tools import Tool, Tools

READY_S = 60.0
REQUEST_S = 5.0


class Server:
    """A monitoring program with a folder of its own; its address and its data stay over a kill and a start."""

    def __init__(self, name: str, tool: Tool, folder: Path, flags: tuple[str, ...]) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        self.address = f"{LOOPBACK}:{free_port()}"
        listen = f"--web.listen-address={self.address}"
        self._child = Child(name, [tool.path, listen, *flags], folder, prefix=tool.prefix, cwd=self.folder)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self.address}"

    async def start(self) -> None:
        """Start it and wait until it is ready."""
        self._child.start()
        limit = time.monotonic() + READY_S
        while not await self._answers("GET", "/-/ready"):
            self._child.require_running()
            if time.monotonic() > limit:
                raise ClusterError(f"{self.url} is not ready after {READY_S:.0f} s: see {self._child.log}")
            await asyncio.sleep(POLL_S)

    async def stop(self) -> None:
        """Stop it in order."""
        await self._child.stop()

    def kill(self) -> None:
        """End it as a crash would."""
        self._child.kill()

    async def reload(self) -> None:
        """Have it read its files again."""
        if not await self._answers("POST", "/-/reload"):
            raise ClusterError(f"{self.url} refuses its new configuration: see {self._child.log}")

    async def _answers(self, method: str, path: str) -> bool:
        timeout = aiohttp.ClientTimeout(total=REQUEST_S)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as http, http.request(method, self.url + path) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


class Monitoring:
    """Prometheus finds pods through the API as on any cluster; Alertmanager calls one webhook."""

    def __init__(self, tools: Tools, folder: Path, kubeconfig: Path) -> None:
        alertmanager = (
            "--config.file=alertmanager.yml",
            "--storage.path=data",
            "--cluster.listen-address=",
            "--log.level=warn",
        )
        prometheus = (
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            "--web.enable-lifecycle",
            "--rules.alert.resend-delay=1s",  # for 5 s after a reload it knows no Alertmanager and drops alerts
            "--log.level=warn",
        )
        self.alertmanager = Server("alertmanager", tools.alertmanager, folder, alertmanager)
        self.prometheus = Server("prometheus", tools.prometheus, folder, prometheus)
        self._token_file = self.alertmanager.folder / "token"
        self._write_token("")
        self._write_alertmanager(None)
        (self.prometheus.folder / "rules").mkdir()
        config = prometheus_config(kubeconfig, self.alertmanager.address)
        (self.prometheus.folder / "prometheus.yml").write_text(config)

    async def start(self) -> None:
        """Start both and wait until they are ready."""
        await asyncio.gather(self.alertmanager.start(), self.prometheus.start())

    async def stop(self) -> None:
        """Stop both."""
        await asyncio.gather(self.alertmanager.stop(), self.prometheus.stop())

    async def set_rules(self, name: str, content: str) -> None:
        """Give Prometheus a file of rules, in place of an earlier one of that name."""
        (self.prometheus.folder / "rules" / f"{name}.yml").write_text(content)
        await self.prometheus.reload()

    async def remove_rules(self, name: str) -> None:
        """Take a file of rules away again."""
        (self.prometheus.folder / "rules" / f"{name}.yml").unlink(missing_ok=True)
        await self.prometheus.reload()

    async def set_webhook(self, url: str | None, token: str = "") -> None:
        """Have every alert sent to this address with this bearer token, or nowhere."""
        self._write_token(token)
        self._write_alertmanager(url)
        await self.alertmanager.reload()

    def _write_token(self, token: str) -> None:
        self._token_file.touch(mode=0o600)
        self._token_file.write_text(token)

    def _write_alertmanager(self, url: str | None) -> None:
        config = alertmanager_config(url, self._token_file)
        (self.alertmanager.folder / "alertmanager.yml").write_text(config)
