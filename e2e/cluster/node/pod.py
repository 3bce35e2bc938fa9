"""One pod: its volumes, its containers, its status, from its arrival to its end."""

import asyncio
import shutil
from contextlib import suppress

from e2e.cluster.node.api import ApiError, Json
from e2e.cluster.node.clock import now
from e2e.cluster.node.container import Container
from e2e.cluster.node.facts import PodFacts
from e2e.cluster.node.kubeconfig import write_kubeconfig
from e2e.cluster.node.references import MissingReferenceError, References
from e2e.cluster.node.reporter import Reporter
from e2e.cluster.node.scene import Scene, Shared
from e2e.cluster.node.status import PodView
from e2e.cluster.node.tasks import Crew
from e2e.cluster.node.tokens import Tokens
from e2e.cluster.node.volumes import Volumes

ENDED = ("Succeeded", "Failed")
MOUNT_RETRY_SECONDS = 0.5
DELETE_RETRY_SECONDS = 0.5


class Pod:
    """A pod on this node."""

    def __init__(self, facts: PodFacts, shared: Shared, crew: Crew) -> None:
        self.facts = facts
        self.stopping = False
        self._shared = shared
        self._crew = crew
        status = facts.pod.get("status", {})
        self._phase: str = status.get("phase", "Pending")  # Running when an earlier node ended
        self._start_time = status.get("startTime") or now()
        references = References(shared.api, facts.namespace)
        self._volumes = Volumes(facts, references, Tokens(shared.api, facts))
        self._reporter = Reporter(shared.api, facts, self._view)
        scene = Scene(facts, shared, references, self._reporter.changed)
        self._init = [Container(spec, scene) for spec in facts.spec.get("initContainers", [])]
        self._containers = [Container(spec, scene) for spec in facts.spec["containers"]]
        self._inherit(status)
        self._mounted = asyncio.Event()
        self._wake = asyncio.Event()

    def begin(self) -> None:
        """Bring the pod to life."""
        self.facts.folder.mkdir(parents=True, exist_ok=True)
        self._reporter.changed()
        for work in (self._reporter.follow, self._sync_volumes, self._live):
            self._crew.start(f"{self.facts.namespace}/{self.facts.name} {work.__name__}", work())

    def update(self, pod: Json) -> None:
        """Take a newer version; changed labels or annotations bring the volumes up to date at once."""
        before, after = self.facts.pod["metadata"], pod["metadata"]
        self.facts.pod = pod
        if any(before.get(part) != after.get(part) for part in ("annotations", "labels")):
            self._wake.set()

    def container(self, name: str) -> Container | None:
        """Return the container (or init container) of that name."""
        return next((one for one in self._containers + self._init if one.name == name), None)

    async def stop(self) -> None:
        """End the containers with grace, then tell the API server that the pod is gone."""
        grace = self.facts.pod["metadata"].get("deletionGracePeriodSeconds", 30)
        event = self._shared.events.normal(self.facts.pod, "Killing", "stopping the pod's containers")
        await asyncio.gather(event, *(one.stop(grace) for one in self._containers + self._init))
        await self._crew.cancel()
        with suppress(ApiError):
            await self._reporter.send()
        await forget(self._shared, self.facts.pod)

    async def discard(self) -> None:
        """Leave nothing of the pod on this node."""
        for one in self._containers + self._init:
            one.kill()
        await self._crew.cancel()
        shutil.rmtree(self.facts.folder, ignore_errors=True)

    def _inherit(self, status: Json) -> None:
        before = {entry["name"]: entry for entry in status.get("containerStatuses", [])}
        for one in self._containers:
            if one.name in before:
                one.inherit(before[one.name])

    async def _live(self) -> None:
        await self._mounted.wait()
        write_kubeconfig(self.facts, self._shared.api_server)
        policy = self.facts.spec.get("restartPolicy", "Always")
        for one in self._init:
            if await one.keep("OnFailure" if policy == "Always" else policy) != 0:
                self._enter("Failed")
                return
        self._enter("Running")
        codes = await asyncio.gather(*(one.keep(policy) for one in self._containers))
        self._enter("Failed" if any(codes) else "Succeeded")

    def _enter(self, phase: str) -> None:
        self._phase = phase
        self._reporter.changed()

    async def _sync_volumes(self) -> None:
        while self._phase not in ENDED:
            self._wake.clear()  # before reading: a change during the reading counts
            await self._mount()
            self._mounted.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._shared.sync_pause()):
                    await self._wake.wait()

    async def _mount(self) -> None:
        while True:
            try:
                await self._volumes.refresh()
            except (ApiError, MissingReferenceError) as error:
                await self._shared.events.warning(self.facts.pod, "FailedMount", str(error))
                await asyncio.sleep(MOUNT_RETRY_SECONDS)
            else:
                return

    def _view(self) -> PodView:
        return PodView(self.facts, self._phase, self._start_time, self._containers, self._init)


async def forget(shared: Shared, pod: Json) -> None:
    """Take a pod that has ended out of the API server."""
    meta = pod["metadata"]
    path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
    body = {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}}
    while True:
        try:
            await shared.api.delete(path, body)
        except ApiError as error:
            if error.status != 409:  # 409: another pod has the name by now
                await asyncio.sleep(DELETE_RETRY_SECONDS)
                continue
        return
