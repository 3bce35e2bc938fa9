"""Kubernetes events about pods."""

import sys

from e2e.cluster.node.api import Api, ApiError, Json
from e2e.cluster.node.clock import now

COMPONENT = "process-node"
GONE = {403, 404}  # the namespace is on its way out


class Events:
    """Records events; one that repeats is counted, not repeated."""

    def __init__(self, api: Api, node: str) -> None:
        self._api = api
        self._node = node
        self._known: dict[tuple[str, str, str], tuple[str, int]] = {}

    async def normal(self, pod: Json, reason: str, message: str) -> None:
        """Record what is as it should be."""
        await self._record(pod, "Normal", reason, message)

    async def warning(self, pod: Json, reason: str, message: str) -> None:
        """Record what needs attention."""
        await self._record(pod, "Warning", reason, message)

    async def _record(self, pod: Json, kind: str, reason: str, message: str) -> None:
        key = (pod["metadata"]["uid"], reason, message)
        path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/events"
        try:
            name, count = self._known.get(key, ("", 0))
            if name:
                again = {"count": count + 1, "lastTimestamp": now()}
                answer = await self._api.patch(f"{path}/{name}", again)
            else:
                answer = await self._api.post(path, self._event(pod, kind, reason, message))
        except ApiError as error:
            self._known.pop(key, None)
            if error.status not in GONE:  # losing an event must not stop a pod
                print(f"event {reason} of {pod['metadata']['name']} is lost: {error}", file=sys.stderr, flush=True)
        else:
            self._known[key] = (answer["metadata"]["name"], count + 1)

    def _event(self, pod: Json, kind: str, reason: str, message: str) -> Json:
        meta, time = pod["metadata"], now()
        about = {key: meta[key] for key in ("name", "namespace", "uid")}
        return {
            "metadata": {"generateName": f"{meta['name']}."},
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", **about},
            "type": kind,
            "reason": reason,
            "message": message,
            "source": {"component": COMPONENT, "host": self._node},
            "firstTimestamp": time,
            "lastTimestamp": time,
            "count": 1,
        }
