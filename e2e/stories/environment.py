"""Where a story is told: a cluster with Prometheus and Alertmanager, and the harm that may be done to it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from e2e.stories.kube import JSON


class Can(StrEnum):
    """What an environment may be able to do besides running the manifests."""

    KILL_PROCESS = "kill a pod's process with SIGKILL"
    HOLD_WRITES = "hold a write on its way to the API server"
    STOP_PROMETHEUS = "stop and start Prometheus"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Alertmanager pushes to, and the bearer token it shows."""

    url: str
    token: str


class HeldWrite(Protocol):
    """A write that is kept waiting."""

    async def reached(self) -> None:
        """Wait until the write has come."""


class Environment(Protocol):
    """Everything a story may ask of the place it is told in; the rest goes through the kubeconfig."""

    can: frozenset[Can]

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""

    @property
    def prometheus(self) -> str:
        """Address of Prometheus."""

    @property
    def alertmanager(self) -> str:
        """Address of Alertmanager."""

    def prepare(self) -> None:
        """Fetch and build what is missing on this machine; may take minutes and says so itself."""

    @property
    def try_kubectl(self) -> str:
        """The command line that a person in the checkout starts kubectl with."""

    async def up(self) -> None:
        """Start the cluster and return when a node can run pods."""

    async def down(self) -> None:
        """Take everything away; safe to call twice."""

    def keep_logs(self, folder: Path) -> None:
        """Copy the logs of everything that runs."""

    async def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl as the administrator and return its output."""

    async def connect_alerts(self, rules: str, webhook: Webhook) -> None:
        """Give Prometheus these alert rules, and have Alertmanager push to the webhook."""

    async def stop_prometheus(self) -> None:
        """Kill Prometheus."""

    async def start_prometheus(self) -> None:
        """Start Prometheus again at its old address with its old data."""

    def process_of(self, pod: JSON) -> int | None:
        """Process id of a pod's first container on this machine; None when it has none here."""

    async def kill(self, pod: JSON) -> None:
        """Kill a pod's process with SIGKILL; the cluster starts it again."""

    def hold_write(self, method: str, path: str) -> AbstractAsyncContextManager[HeldWrite]:
        """Hold the next request of a pod with this method and path until the end of the block."""
