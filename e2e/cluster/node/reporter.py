"""Sending a pod's status to the API server."""

import asyncio
import sys
from collections.abc import Callable

from e2e.cluster.node.api import Api, ApiError, Json
from e2e.cluster.node.clock import now
from e2e.cluster.node.facts import PodFacts
from e2e.cluster.node.status import PodView, pod_status

RETRY_SECONDS = 0.5
GONE = {404, 409}  # deleted, or another pod of the same name


class Reporter:
    """Sends the newest status whenever it has changed, until the API server has taken it."""

    def __init__(self, api: Api, facts: PodFacts, view: Callable[[], PodView]) -> None:
        self._api = api
        self._facts = facts
        self._view = view
        self._sent: Json = {}
        self._conditions: list[Json] = facts.pod.get("status", {}).get("conditions", [])
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Say that there may be something new to send."""
        self._changed.set()

    async def follow(self) -> None:
        """Send changes until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self.send()
            except ApiError as error:
                if error.status in GONE:
                    continue
                print(f"status of {self._facts.name} is not sent yet: {error}", file=sys.stderr, flush=True)
                self._changed.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def send(self) -> None:
        """Send the status if it is another one than before."""
        status = pod_status(self._view(), self._conditions, now())
        if status != self._sent:
            body = {"metadata": {"uid": self._facts.uid}, "status": status}
            await self._api.patch(f"{self._facts.path}/status", body)
            self._sent, self._conditions = status, status["conditions"]
