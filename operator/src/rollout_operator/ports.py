"""The outside world as the core sees it; adapters let no exception through but the three below."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rollout_operator.model.decision import Effect
from rollout_operator.model.seen import Answer, FlagsSeen, FleetSeen
from rollout_operator.model.spec import Target
from rollout_operator.model.status import Move


class ApiGone(Exception):  # noqa: N818 - a fact, not a fault: the object does not exist any more
    """The rollout was deleted."""


class ApiConflict(Exception):  # noqa: N818 - a fact, not a fault: somebody wrote first
    """The rollout has changed since it was read; `body` is how it is now."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__("the rollout has changed since it was read")
        self.body = body


class ApiBusy(Exception):  # noqa: N818 - the API server throttles, fails or cannot be reached
    """Try again later; the message says what happened."""


@dataclass(frozen=True, slots=True)
class Key:
    """Namespace and name of a rollout."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def fields(self) -> dict[str, str]:
        """The rollout in a log line."""
        return {"namespace": self.namespace, "rollout": self.name}


@dataclass(frozen=True, slots=True)
class Listing:
    """All rollouts as they were at `version`, the resourceVersion of the list."""

    bodies: tuple[dict[str, Any], ...]
    version: int


class MetricSource(Protocol):
    """Asks one metrics provider."""

    async def ask(self, address: str, query: str) -> Answer:
        """One instant query, answered within the provider's deadline, whatever happens."""


class FlagStore(Protocol):
    """The flag document in its ConfigMap."""

    async def read(self, namespace: str, target: Target) -> FlagsSeen:
        """What the map holds now. Raises ApiBusy."""

    async def write(self, namespace: str, target: Target, text: str) -> None:
        """Server-side apply of our one key; creates the map when it is missing. Raises ApiBusy."""


class Fleet(Protocol):
    """The target Deployment and its pods."""

    async def observe(self, namespace: str, target: Target, *, ask_pods: bool) -> FleetSeen:
        """Deployment, pods and, with `ask_pods`, the revision each pod reports. Raises ApiBusy."""

    async def touch(self, namespace: str, pod: str, text: str) -> None:
        """Annotate the pod so that the kubelet refreshes its volumes at once; a gone pod is fine. Raises ApiBusy."""

    async def act(self, namespace: str, target: Target, effect: Effect) -> None:
        """Restart the pods or restore the image; doing it twice with the same `at` does it once. Raises ApiBusy."""


class Rollouts(Protocol):
    """The IntelligenceRollout objects."""

    async def write_status(self, body: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
        """Replace the status of that very resourceVersion; the new body. Raises ApiGone, ApiConflict, ApiBusy."""

    async def leave_alert(self, key: Key, annotations: Mapping[str, str | None]) -> dict[str, Any]:
        """Write alert annotations (None removes one), return the new body. Raises ApiGone, ApiBusy."""

    async def list_all(self) -> Listing:
        """Every rollout the operator looks after. Raises ApiBusy."""


class Recorder(Protocol):
    """Kubernetes events."""

    async def record(self, body: dict[str, Any], move: Move) -> None:
        """One event for one move, posted once however often it is recorded. Raises ApiBusy."""
