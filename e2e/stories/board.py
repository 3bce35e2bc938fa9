"""What is known about the rollout right now, kept up to date by watches; every change wakes those who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from e2e.stories.kube import JSON, Kube
from rollout_contract import flagset, names

NAMESPACE = "intelligence"
ROLLOUTS = f"/apis/{names.API_VERSION}/namespaces/{NAMESPACE}/{names.PLURAL}"
CONFIG_MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
SYSTEM_PODS = "/api/v1/namespaces/intelligence-system/pods"
EVENTS = f"/api/v1/namespaces/{NAMESPACE}/events"
FLAGS = "detector-flags"
DETECTOR_PORT = 8080

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Write:
    """One change of the flag document as a watch saw it: when, the percentage, the two revisions."""

    at: float
    traffic: int
    revision: str
    version: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """When the status first said that every pod runs a revision."""

    at: float
    revision: str


@dataclass
class Board:
    """The newest status, flag document, pods and events, and the log of writes and confirmations."""

    clock: Clock
    status: JSON = field(default_factory=dict)
    document: str = ""
    pods: dict[str, JSON] = field(default_factory=dict)
    operators: dict[str, JSON] = field(default_factory=dict)
    events: list[JSON] = field(default_factory=list)
    history: list[JSON] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    confirmations: list[Confirmation] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    listeners: list[Callable[[], None]] = field(default_factory=list)

    @property
    def phase(self) -> str:
        """The rollout's phase, Pending while it has none."""
        return str(self.status.get("phase", "Pending"))

    @property
    def wanted(self) -> int:
        """Traffic that the operator wants, in percent."""
        return int(self.status.get("trafficPercent", 0))

    @property
    def confirmed(self) -> int:
        """Traffic that every pod confirms, in percent."""
        return int(self.status.get("effectivePercent", 0))

    @property
    def rollback(self) -> dict[str, Any]:
        """The ladder in use or last used, empty when there was none."""
        found: dict[str, Any] = self.status.get("rollback", {})
        return found

    @property
    def converged(self) -> bool:
        """Whether every pod runs the wanted percentage."""
        return self.wanted == self.confirmed and self.condition("Converged").get("status") == "True"

    @property
    def document_traffic(self) -> int | None:
        """Percentage in the flag document, or None while there is no readable one."""
        try:
            return flagset.parse(self.document).traffic_percentage if self.document else None
        except flagset.FlagDocumentError:
            return None

    def condition(self, kind: str) -> dict[str, Any]:
        """Return a condition of the status, empty when it is not there."""
        return next((c for c in self.status.get("conditions", []) if c["type"] == kind), {})

    def ready_pods(self) -> dict[str, str]:
        """Names and addresses of the detectors that are ready."""
        return {name: pod["status"]["podIP"] for name, pod in self.pods.items() if is_ready(pod)}

    def operator(self) -> JSON:
        """The operator's pod, empty while there is none."""
        return next((pod for pod in self.operators.values() if "deletionTimestamp" not in pod["metadata"]), {})

    def addresses(self) -> list[str]:
        """Base addresses of the ready detectors."""
        return [f"http://{address}:{DETECTOR_PORT}" for address in self.ready_pods().values()]

    def saw_rollout(self, kind: str, rollout: JSON) -> None:
        """Take a rollout in."""
        self.status = {} if kind == "DELETED" else rollout.get("status", {})
        for move in self.status.get("history", []):
            if move not in self.history:
                self.history.append(move)
        revision = self.status.get("flagsRevision", "")
        if self.converged and revision and (not self.confirmations or self.confirmations[-1].revision != revision):
            self.confirmations.append(Confirmation(self.clock(), revision))

    def saw_flags(self, kind: str, config_map: JSON) -> None:
        """Take the flag ConfigMap in, and note a change of the document."""
        text = "" if kind == "DELETED" else config_map.get("data", {}).get(names.FLAGS_KEY, "")
        if text == self.document:
            return
        self.document = text
        traffic = self.document_traffic
        if traffic is not None:
            revision = flagset.revision_of(flagset.parse(text))
            self.writes.append(Write(self.clock(), traffic, revision, config_map["metadata"]["resourceVersion"]))

    def saw_event(self, kind: str, event: JSON) -> None:
        """Take an event about the rollout in; deletions are housekeeping."""
        if kind == "ADDED" and event.get("involvedObject", {}).get("kind") == names.KIND:
            self.events.append(event)

    async def touch(self) -> None:
        """Tell the listeners and wake everybody who waits for a change."""
        for listener in self.listeners:
            listener()
        async with self.changed:
            self.changed.notify_all()


def is_ready(pod: JSON) -> bool:
    """Tell whether a pod has an address, is ready and is not on its way out."""
    status = pod.get("status", {})
    conditions = {c["type"]: c["status"] for c in status.get("conditions", [])}
    leaving = "deletionTimestamp" in pod.get("metadata", {})
    return bool(status.get("podIP")) and conditions.get("Ready") == "True" and not leaving


def trouble_of(pod: JSON) -> str:
    """Why a pod's first container waits, such as CrashLoopBackOff; empty when it does not."""
    statuses = pod.get("status", {}).get("containerStatuses") or [{}]
    return str(statuses[0].get("state", {}).get("waiting", {}).get("reason", ""))


def keeping(pods: dict[str, JSON]) -> Callable[[str, JSON], None]:
    """Return what takes pods into a collection by their names."""

    def seen(kind: str, pod: JSON) -> None:
        name = pod["metadata"]["name"]
        if kind == "DELETED":
            pods.pop(name, None)
        else:
            pods[name] = pod

    return seen


async def keep(board: Board, kube: Kube) -> None:
    """Feed the board from watches until cancelled."""
    wake = asyncio.Event()

    def into(take: Callable[[str, JSON], None]) -> Callable[[str, JSON], None]:
        def seen(kind: str, item: JSON) -> None:
            take(kind, item)
            wake.set()

        return seen

    async def ring() -> None:
        while True:
            await wake.wait()
            wake.clear()
            await board.touch()

    async with asyncio.TaskGroup() as group:
        group.create_task(ring())
        group.create_task(kube.follow(ROLLOUTS, into(board.saw_rollout)))
        group.create_task(kube.follow(CONFIG_MAPS, into(board.saw_flags), fieldSelector=f"metadata.name={FLAGS}"))
        group.create_task(kube.follow(PODS, into(keeping(board.pods)), labelSelector="app=detector"))
        group.create_task(
            kube.follow(SYSTEM_PODS, into(keeping(board.operators)), labelSelector="app=rollout-operator")
        )
        group.create_task(kube.follow(EVENTS, into(board.saw_event)))
