"""One whole cluster: control plane, node, monitoring and fault proxies, gone without a trace at its end."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from e2e.cluster.binary import ensure_slab
from e2e.cluster.cache import ROOT
from e2e.cluster.child import Child
from e2e.cluster.faultproxy import FaultProxy
from e2e.cluster.kubectl import Kubectl
from e2e.cluster.monitoring import Monitoring
from e2e.cluster.plane import Plane
from e2e.cluster.ports import PodNetwork
from e2e.cluster.rendering import PROMETHEUS_USER, prometheus_rights
from e2e.cluster.state import StateFolder
from e2e.cluster.tools import ensure_tools

NODE = "sandbox"
READY_S = 60.0
ADDRESSES = "addresses.json"

Images = Mapping[str, Mapping[str, Any]]
"""Image name -> {"path": "folders in front of PATH", "cwd": "...", "env": {...}, "command": [...]}, all optional;
relative folders start at the checkout."""


class Cluster:
    """Use it as an async context manager, from the main thread."""

    def __init__(
        self,
        state: Path | None = None,
        *,
        images: Images | None = None,
        sync: float = 1.0,
        users: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Describe a cluster.

        Args:
            state: its folder, which must be empty and is removed at the end; by default one below build/clusters.
            images: what stands for container images; see `Images`.
            sync: seconds between two looks of the node at a pod's volumes (a kubelet takes about 60).
            users: users with a token and a kubeconfig, and their groups; RBAC says what they may do.
        """
        self._state = StateFolder(state)
        self._images: dict[str, Any] = {}
        self._first_images = images or {}
        self._sync = sync
        self._users = {**(users or {}), PROMETHEUS_USER: ()}
        self._stack = AsyncExitStack()
        self.folder = self._state.path
        self.api_proxy = FaultProxy("api-proxy", self.folder)
        """In front of the API server; pods talk to it. `.url`, `.faults`."""
        self.prometheus_proxy = FaultProxy("prometheus-proxy", self.folder)
        """In front of Prometheus. `.url`, `.faults`."""

    async def __aenter__(self) -> Self:
        """Start everything; returns when it is ready, or leaves nothing when it fails."""
        slab, tools = ensure_slab(), ensure_tools()
        async with AsyncExitStack() as stack:
            self._state.open()
            stack.push_async_callback(self._state.close)
            self.plane = Plane(slab, self.folder, self._users)
            self.kubectl = Kubectl(slab.kubectl, self.plane.kubeconfig)
            self.monitoring = Monitoring(tools, self.folder, self.plane.kubeconfig_of(PROMETHEUS_USER))
            for part in (self.plane, self.api_proxy, self.prometheus_proxy, self.monitoring):
                stack.push_async_callback(part.stop)
            await self._start_api()
            node = self._node(stack)
            await asyncio.gather(self.monitoring.start(), self._start_node(node))
            self._write_addresses()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything and remove the folder."""
        await self._stack.aclose()

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, past the fault proxy."""
        return self.plane.kubeconfig

    @property
    def proxied_kubeconfig(self) -> Path:
        """The administrator's kubeconfig, through the fault proxy."""
        return self.folder / "proxied.kubeconfig"

    @property
    def prometheus_url(self) -> str:
        """Prometheus through its fault proxy; `monitoring.prometheus.url` is the direct way."""
        return self.prometheus_proxy.url

    @property
    def alertmanager_url(self) -> str:
        """Alertmanager."""
        return self.monitoring.alertmanager.url

    def kubeconfig_of(self, user: str) -> Path:
        """Return the kubeconfig of one of `users`, past the fault proxy."""
        return self.plane.kubeconfig_of(user)

    async def apply(self, path: Path | str) -> str:
        """Apply a file or a folder of manifests and return what kubectl said."""
        return await self.kubectl("apply", "-f", str(path))

    def add_images(self, images: Images) -> None:
        """Let the node know more images; from now on pods may use them."""
        self._images |= images
        unfinished = self.folder / "images.new"
        unfinished.write_text(json.dumps(self._images, indent=1))
        unfinished.replace(self.folder / "images.json")

    async def _start_api(self) -> None:
        await asyncio.gather(self.plane.start(), self.prometheus_proxy.start(self.monitoring.prometheus.url))
        await asyncio.gather(
            self.api_proxy.start(self.plane.url, self.folder / "pki"),
            self.kubectl("apply", "-f", "-", input=prometheus_rights()),
        )

    def _node(self, stack: AsyncExitStack) -> Child:
        network = PodNetwork()
        stack.callback(network.close)
        self.add_images(self._first_images)
        command: list[str | Path] = [sys.executable, "-m", "e2e.cluster.node", self.folder, "--name", NODE]
        command += ["--cidr", network.cidr, "--sync", str(self._sync), "--images", self.folder / "images.json"]
        command += ["--api-server", self.api_proxy.url]
        node = Child("node", command, self.folder, cwd=ROOT)
        stack.push_async_callback(node.stop)
        return node

    async def _start_node(self, node: Child) -> None:
        node.start()
        for condition in ("create", "condition=Ready"):
            await self.kubectl("wait", f"--for={condition}", f"node/{NODE}", f"--timeout={READY_S:.0f}s")
            node.require_running()

    def _write_addresses(self) -> None:
        config = yaml.safe_load(self.kubeconfig.read_text())
        config["clusters"][0]["cluster"]["server"] = self.api_proxy.url
        self.proxied_kubeconfig.touch(mode=0o600)
        self.proxied_kubeconfig.write_text(yaml.safe_dump(config))
        (self.folder / ADDRESSES).write_text(json.dumps(self.addresses(), indent=1))

    def addresses(self) -> dict[str, str]:
        """Return everything that somebody outside needs to use the cluster."""
        return {
            "kubeconfig": str(self.kubeconfig),
            "kubectl": str(self.kubectl.program),
            "api server": self.plane.url,
            "api proxy": self.api_proxy.url,
            "api faults": self.api_proxy.faults.url,
            "prometheus": self.monitoring.prometheus.url,
            "prometheus proxy": self.prometheus_proxy.url,
            "prometheus faults": self.prometheus_proxy.faults.url,
            "alertmanager": self.alertmanager_url,
        }
