"""The stories' environment on the embedded cluster of e2e/cluster."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from e2e.cluster.binary import ensure_slab
from e2e.cluster.cache import cache_folder
from e2e.cluster.cluster import Cluster, Images
from e2e.cluster.faults import FaultControl, hold
from e2e.cluster.progress import say
from e2e.cluster.tools import ensure_tools
from e2e.stories.environment import Can, Webhook
from e2e.stories.kube import JSON
from intelligence_detector import default

PROGRAMS = ".venv/bin"

PROCESS = "process://"
POLL_SECONDS = 0.05


def images() -> Images:
    """What stands for the images: two detectors with one program, so that there is a previous image to go back to."""
    detector = {
        "path": PROGRAMS,
        "cwd": ".",
        "command": ["python", "-m", "e2e.traffic.faulty_detector"],
        "env": {"ROLLOUT_CACHE": str(cache_folder())},  # where the model is, as it would be in an image
    }
    operator = {"path": PROGRAMS, "command": ["rollout-operator", "run"]}
    return {
        "intelligence-detector:v1": detector,
        "intelligence-detector:v2": detector,
        "rollout-operator:v1": operator,
    }


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


class Held:
    """A fault of the API proxy that holds one request."""

    def __init__(self, faults: FaultControl, number: int) -> None:
        self._faults = faults
        self._number = number

    async def reached(self) -> None:
        """Wait until the request has come."""
        while not await self._faults.hits(self._number):  # noqa: ASYNC110 - the proxy can only be asked
            await asyncio.sleep(POLL_SECONDS)


class Embedded:
    """One embedded cluster; `sync_seconds` is how often the node refreshes volumes by itself."""

    can = frozenset(Can)

    def __init__(self, sync_seconds: float = 60.0) -> None:
        self._cluster = Cluster(images=images(), sync=sync_seconds)
        self._is_up = False

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self._cluster.kubeconfig

    @property
    def try_kubectl(self) -> str:
        """The real kubectl of the control plane's version, which need not be installed."""
        return f"{PROGRAMS}/python -m e2e.cluster kubectl"

    @property
    def prometheus(self) -> str:
        """Address of Prometheus."""
        return self._cluster.monitoring.prometheus.url

    @property
    def alertmanager(self) -> str:
        """Address of Alertmanager."""
        return self._cluster.alertmanager_url

    def prepare(self) -> None:
        """Build the control plane and the detector's model, fetch the monitoring tools; the cache keeps them."""
        ensure_slab()
        ensure_tools()
        if not default.default_path().exists():
            say("teaching the detector its default model, once: about half a minute")
            default.models()

    async def up(self) -> None:
        """Start everything."""
        await self._cluster.__aenter__()
        self._is_up = True

    async def down(self) -> None:
        """Take everything away."""
        if self._is_up:
            self._is_up = False
            await self._cluster.__aexit__(None, None, None)

    def keep_logs(self, folder: Path) -> None:
        """Copy the logs of the cluster's parts and of its pods."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for log in self._cluster.folder.glob("**/*.log"):
            shutil.copy(log, folder / "-".join(log.relative_to(self._cluster.folder).parts))

    async def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl as the administrator."""
        return await self._cluster.kubectl(*arguments, input=stdin)

    async def connect_alerts(self, rules: str, webhook: Webhook) -> None:
        """Load the rules and set the webhook."""
        monitoring = self._cluster.monitoring
        await monitoring.set_rules("stories", rules)
        await monitoring.set_webhook(webhook.url, webhook.token)

    async def stop_prometheus(self) -> None:
        """Kill Prometheus."""
        self._cluster.monitoring.prometheus.kill()

    async def start_prometheus(self) -> None:
        """Start it again; its data are still there."""
        await self._cluster.monitoring.prometheus.start()

    def process_of(self, pod: JSON) -> int | None:
        """The process id is in the container's id."""
        statuses = pod.get("status", {}).get("containerStatuses", [])
        number = str(statuses[0].get("containerID", "")).removeprefix(PROCESS) if statuses else ""
        return int(number) if number.isdecimal() and "running" in statuses[0]["state"] else None

    async def kill(self, pod: JSON) -> None:
        """Kill the process and wait until it is gone."""
        pid = self.process_of(pod)
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL)
        while _lives(pid):  # noqa: ASYNC110 - the node reaps it, nobody tells us
            await asyncio.sleep(POLL_SECONDS)

    @asynccontextmanager
    async def hold_write(self, method: str, path: str) -> AsyncIterator[Held]:
        """Hold the next request; one whose sender is dead at the end of the block is never passed on."""
        faults = self._cluster.api_proxy.faults
        async with faults.during(hold(path=path, method=method, times=1)) as number:
            yield Held(faults, number)
