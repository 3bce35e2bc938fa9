"""Kubernetes events: one per move, however often it is recorded."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from rollout_contract import names
from rollout_operator.adapters.cluster import EVENTS, Body, Cluster, NotThere, Place, Taken
from rollout_operator.model.base import rfc3339
from rollout_operator.model.status import Move

MESSAGE_LIMIT: Final = 1024
"""What the API server accepts."""
NAME_LIMIT: Final = 200


class EventRecorder:
    """Recorder on v1 Events; `instance` names this process."""

    def __init__(self, cluster: Cluster, instance: str, now: Callable[[], datetime]) -> None:
        self._cluster = cluster
        self._instance = instance
        self._now = now

    async def record(self, body: dict[str, Any], move: Move) -> None:
        """One event for one move, posted once however often it is recorded. Raises ApiBusy."""
        namespace = body["metadata"]["namespace"]
        try:
            await self._cluster.create(Place(EVENTS, namespace), self._event(body["metadata"], move))
        except (Taken, NotThere):  # posted before; or the namespace is gone, and nobody reads it any more
            return

    def _event(self, metadata: Body, move: Move) -> Body:
        at = rfc3339(move.at)
        now = rfc3339(self._now())
        return {
            "metadata": {"name": _name(metadata, move, at), "namespace": metadata["namespace"]},
            "involvedObject": {
                "apiVersion": names.API_VERSION,
                "kind": names.KIND,
                "namespace": metadata["namespace"],
                "name": metadata["name"],
                "uid": metadata["uid"],
            },
            "type": "Warning" if move.reason.warning else "Normal",
            "reason": move.reason.value,
            "message": move.message[:MESSAGE_LIMIT],
            "source": {"component": names.FIELD_MANAGER},
            "reportingComponent": names.FIELD_MANAGER,
            "reportingInstance": self._instance,
            "firstTimestamp": f"{at[:19]}Z",  # whole seconds, by the type's definition
            "lastTimestamp": f"{now[:19]}Z",
            "count": 1,
        }


def _name(metadata: Body, move: Move, at: str) -> str:
    identity = f"{metadata['uid']} {at} {move.reason.value}"
    return f"{metadata['name'][:NAME_LIMIT]}.{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
