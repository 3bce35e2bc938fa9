"""The node as the API server sees it: the Node object, its status and its Lease."""

import asyncio
import platform
import sys

from e2e.cluster.node.api import APPLY, Api, ApiError, Json
from e2e.cluster.node.clock import now, now_micro
from e2e.cluster.node.facts import HOST_ADDRESS

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
LEASE_SECONDS = 40
RENEW_SECONDS = 10
RETRY_SECONDS = 1
SIZE = {"cpu": "64", "memory": "64Gi", "pods": "500", "ephemeral-storage": "64Gi"}  # nothing is limited
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
CONDITIONS = {"Ready": "True", "MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False"}


class Presence:
    """Keeps one node registered and alive."""

    def __init__(self, api: Api, name: str, logs_port: int) -> None:
        self._api = api
        self._name = name
        self._logs_port = logs_port

    async def register(self) -> None:
        """Create the Node object if need be, and say that it is ready."""
        labels = {"kubernetes.io/hostname": self._name, "kubernetes.io/os": "linux", "kubernetes.io/arch": _machine()}
        try:
            await self._api.post("/api/v1/nodes", {"metadata": {"name": self._name, "labels": labels}})
        except ApiError as error:
            if error.status != 409:  # 409: it is there, from an earlier run
                raise
        version = await self._api.get("/version")
        status = self._status(version["gitVersion"])
        await self._api.patch(f"/api/v1/nodes/{self._name}/status", {"status": status})
        await self._renew()

    async def keep(self) -> None:
        """Renew the Lease until cancelled; without it the node is NotReady after 40 s."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._renew()
            except ApiError as error:
                print(f"the node's lease is not renewed: {error}", file=sys.stderr, flush=True)
                await asyncio.sleep(RETRY_SECONDS)

    async def leave(self) -> None:
        """Take the Node object away."""
        await self._api.delete(f"/api/v1/nodes/{self._name}")

    async def _renew(self) -> None:
        spec = {"holderIdentity": self._name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": now_micro()}
        kind = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
        lease = {**kind, "metadata": {"name": self._name}, "spec": spec}
        await self._api.patch(f"{LEASES}/{self._name}", lease, APPLY, fieldManager="process-node", force="true")

    def _status(self, version: str) -> Json:
        time = now()
        unknown = ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "kubeProxyVersion")
        system = {"operatingSystem": "linux", "architecture": _machine()}
        return {
            "capacity": SIZE,
            "allocatable": SIZE,
            "addresses": [
                {"type": "InternalIP", "address": HOST_ADDRESS},
                {"type": "Hostname", "address": self._name},
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self._logs_port}},
            "nodeInfo": {
                **dict.fromkeys(unknown, "-"),
                **system,
                "kubeletVersion": version,
                "containerRuntimeVersion": "process://1",
            },
            "conditions": [
                {
                    "type": kind,
                    "status": status,
                    "reason": "ProcessNode",
                    "message": "pods are local processes",
                    "lastHeartbeatTime": time,
                    "lastTransitionTime": time,
                }
                for kind, status in CONDITIONS.items()
            ],
        }


def _machine() -> str:
    machine = platform.machine()
    return MACHINES.get(machine, machine)
