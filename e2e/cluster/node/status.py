"""Building the status of containers and pods."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from e2e.cluster.node.api import Json
from e2e.cluster.node.facts import HOST_ADDRESS, PodFacts


class ContainerView(Protocol):
    """What a container's status is made of."""

    spec: Json
    state: Json
    last: Json
    restarts: int

    @property
    def started(self) -> bool:
        """Whether the startup probe, if any, has succeeded."""

    @property
    def ready(self) -> bool:
        """Whether the container takes requests."""

    @property
    def process_id(self) -> int:
        """The number of the latest process, 0 before the first."""


@dataclass(frozen=True)
class PodView:
    """What a pod's status is made of, at one moment; `phase` is Running as soon as the init containers are through."""

    facts: PodFacts
    phase: str
    start_time: str
    containers: Sequence[ContainerView]
    init: Sequence[ContainerView]


def waiting(reason: str, message: str = "") -> Json:
    """Return the state of a container that does not run yet."""
    return {"waiting": {"reason": reason, "message": message}}


def running(since: str) -> Json:
    """Return the state of a container that runs."""
    return {"running": {"startedAt": since}}


def terminated(code: int, since: str, until: str, message: str = "") -> Json:
    """Return the state of a container that has ended."""
    reason = "Completed" if code == 0 else "Error"
    times = {"startedAt": since, "finishedAt": until}
    return {"terminated": {"exitCode": code, "reason": reason, "message": message, **times}}


def exit_code(state: Json) -> int | None:
    """Return the exit code of a container that has ended."""
    ended = state.get("terminated")
    return None if ended is None else int(ended["exitCode"])


def runs_again(policy: str, code: int) -> bool:
    """Say whether a container that ended with `code` is started again."""
    return policy == "Always" or (policy == "OnFailure" and code != 0)


def container_status(container: ContainerView) -> Json:
    """Return the status of one container."""
    image = container.spec["image"]
    return {
        "name": container.spec["name"],
        "image": image,
        "imageID": image,
        "containerID": f"process://{container.process_id}",
        "restartCount": container.restarts,
        "started": container.started,
        "ready": container.ready,
        "state": container.state,
        "lastState": container.last,
    }


def pod_status(view: PodView, previous: Iterable[Json], time: str) -> Json:
    """Return the status of a pod; a condition keeps the time of its last change."""
    ready = view.phase == "Running" and all(container.ready for container in view.containers)
    truths = {
        "PodReadyToStartContainers": True,
        "Initialized": view.phase != "Pending",
        "ContainersReady": ready,
        "Ready": ready,
    }
    before = {condition["type"]: condition for condition in previous}
    generation = view.facts.pod["metadata"].get("generation")
    return {
        "phase": _shown_phase(view),
        "startTime": view.start_time,
        "observedGeneration": generation,
        "hostIP": HOST_ADDRESS,
        "hostIPs": [{"ip": HOST_ADDRESS}],
        "podIP": view.facts.address,
        "podIPs": [{"ip": view.facts.address}],
        "conditions": [
            {**_condition(kind, str(truth), before.get(kind, {}), time), "observedGeneration": generation}
            for kind, truth in truths.items()
        ],
        "containerStatuses": [container_status(container) for container in view.containers],
        "initContainerStatuses": [container_status(container) for container in view.init],
    }


def _shown_phase(view: PodView) -> str:
    """Return the phase as the kubelet shows it: Pending until every container has run once."""
    never_ran = any("waiting" in container.state and not container.last for container in view.containers)
    return "Pending" if view.phase == "Running" and never_ran else view.phase


def _condition(kind: str, truth: str, before: Json, time: str) -> Json:
    since = before["lastTransitionTime"] if before.get("status") == truth else time
    return {"type": kind, "status": truth, "lastTransitionTime": since}
