"""The node: which pods are its own, and what happens to them."""

import asyncio
import random
import shutil
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from e2e.cluster.node.addresses import AddressPool
from e2e.cluster.node.api import Api, ApiError, Json
from e2e.cluster.node.container import Container
from e2e.cluster.node.events import Events
from e2e.cluster.node.facts import PodFacts
from e2e.cluster.node.images import ImageTable
from e2e.cluster.node.logs import LogServer
from e2e.cluster.node.pod import ENDED, Pod, forget
from e2e.cluster.node.presence import Presence
from e2e.cluster.node.scene import Shared
from e2e.cluster.node.tasks import Crew

PODS = "/api/v1/pods"


@dataclass(frozen=True)
class Settings:
    """How a node is run; times in seconds."""

    state: Path
    name: str
    cidr: str
    sync: float
    backoff: float
    images: Path
    api_server: str | None


class Node:
    """Runs the pods that the scheduler gives to this node."""

    def __init__(self, settings: Settings, api: Api, http: aiohttp.ClientSession) -> None:
        events, images = Events(api, settings.name), ImageTable(settings.images)
        server = settings.api_server or api.url
        self._settings = settings
        self._api = api
        # each pod has its own moment, as with the kubelet: 60 to 90 s for the default
        pause = partial(random.uniform, settings.sync, settings.sync * 1.5)
        self._shared = Shared(api, http, events, images, server, pause, settings.backoff)
        self._addresses = AddressPool(settings.cidr)
        self._folder = settings.state / "nodes" / settings.name / "pods"
        self._pods: dict[str, Pod] = {}
        self._stop = asyncio.Event()
        self._failed = False
        self._core = Crew(self._core_died)
        self._ends = Crew(self._core_died)

    def stop(self) -> None:
        """Let `run` come to its end."""
        self._stop.set()

    async def run(self) -> bool:
        """Run the node until it is stopped; returns whether all went well."""
        logs = LogServer(self._find, self._settings.state / "pki")
        presence = Presence(self._api, self._settings.name, await logs.start())
        mine = {"fieldSelector": f"spec.nodeName={self._settings.name}"}
        self._take_over((await self._api.get(PODS, **mine))["items"])
        await presence.register()
        self._core.start("lease", presence.keep())
        self._core.start("watch", self._api.follow(PODS, self._on_pod, **mine))
        print(f"node {self._settings.name} is ready", flush=True)
        await self._stop.wait()
        await self._core.cancel()
        await self._ends.cancel()
        await asyncio.gather(*(pod.discard() for pod in self._pods.values()))
        await logs.stop()
        try:
            await presence.leave()
        except ApiError as error:
            print(f"the Node object stays: {error}", file=sys.stderr, flush=True)
        return not self._failed

    def _take_over(self, pods: list[Json]) -> None:
        """Keep the addresses and folders of pods that an earlier run left alive, and drop all other folders."""
        living = [pod for pod in pods if not _ended(pod)]
        for pod in living:
            if address := pod.get("status", {}).get("podIP"):
                self._addresses.take(address)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # Secrets and tokens are below
        known = {pod["metadata"]["uid"] for pod in living}
        for folder in self._folder.iterdir():
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def _on_pod(self, kind: str, pod: Json) -> None:
        uid, deleted = pod["metadata"]["uid"], "deletionTimestamp" in pod["metadata"]
        mine = self._pods.get(uid)
        if kind == "DELETED":
            if mine is not None:
                self._ends.start(f"{mine.facts.name} discard", self._discard(uid))
        elif mine is not None:
            mine.update(pod)
        elif _ended(pod) and deleted:
            self._ends.start(f"{pod['metadata']['name']} forget", forget(self._shared, pod))
        elif not _ended(pod):
            mine = self._pods[uid] = self._adopt(pod)
            mine.begin()
        if mine is not None and deleted and not mine.stopping:
            mine.stopping = True
            self._ends.start(f"{mine.facts.name} stop", mine.stop())

    def _adopt(self, pod: Json) -> Pod:
        address = self._addresses.take(pod.get("status", {}).get("podIP"))
        facts = PodFacts(pod, address, self._settings.name, self._folder / pod["metadata"]["uid"])
        return Pod(facts, self._shared, Crew(partial(self._pod_died, facts)))

    async def _discard(self, uid: str) -> None:
        pod = self._pods.pop(uid)
        await pod.discard()
        self._addresses.release(pod.facts.address)

    def _find(self, namespace: str, name: str, container: str) -> Container | None:
        for pod in self._pods.values():
            if (pod.facts.namespace, pod.facts.name) == (namespace, name):
                return pod.container(container)
        return None

    def _core_died(self, _task: str, _error: BaseException) -> None:
        self._failed = True
        self._stop.set()

    def _pod_died(self, facts: PodFacts, task: str, error: BaseException) -> None:
        report = self._shared.events.warning(facts.pod, "NodeFault", f"task {task} died: {error!r}")
        self._ends.start(f"{facts.name} report", report)


def _ended(pod: Json) -> bool:
    return pod.get("status", {}).get("phase") in ENDED
