"""The Kubernetes API as plain JSON over the official client: one way to send, one mapping of errors, one counter."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from rollout_contract import names
from rollout_operator.ports import ApiBusy

Body = dict[str, Any]
Counter = Callable[[str, str, int], None]
"""Told of every request: verb, resource and status code (0 when there was no answer)."""

DEADLINE: Final = 10.0
MERGE: Final = "application/merge-patch+json"
STRATEGIC: Final = "application/strategic-merge-patch+json"
APPLY: Final = "application/apply-patch+yaml"  # JSON is YAML
JSON: Final = "application/json"
METHODS: Final = {"get": "GET", "list": "GET", "create": "POST", "update": "PUT", "patch": "PATCH"}


class NotThere(ApiBusy):
    """404: the object does not exist; left uncaught it means "try again later"."""


class Taken(ApiBusy):
    """409: the object exists already, or somebody wrote first; left uncaught it means "try again later"."""


class NoCluster(Exception):  # noqa: N818 - says what is missing
    """There is no usable way to the API server; the message says the cure."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of object, by its path."""

    group_version: str
    plural: str


CONFIG_MAPS: Final = Resource("v1", "configmaps")
PODS: Final = Resource("v1", "pods")
EVENTS: Final = Resource("v1", "events")
DEPLOYMENTS: Final = Resource("apps/v1", "deployments")
REPLICA_SETS: Final = Resource("apps/v1", "replicasets")
ROLLOUTS: Final = Resource(names.API_VERSION, names.PLURAL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes; without a namespace, to all of them; without a name, to the collection."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def path(self) -> str:
        """The path on the API server."""
        root = "api" if "/" not in self.resource.group_version else "apis"
        namespaced = ["namespaces", self.namespace] if self.namespace else []
        parts = [root, self.resource.group_version, *namespaced, self.resource.plural, self.name, self.subresource]
        return "/" + "/".join(part for part in parts if part)

    @property
    def label(self) -> str:
        """As RBAC spells it: `pods`, `intelligencerollouts/status`."""
        return f"{self.resource.plural}/{self.subresource}" if self.subresource else self.resource.plural


@dataclass(frozen=True, slots=True)
class _Request:
    verb: str
    place: Place
    body: Body | None = None
    content_type: str = JSON
    query: dict[str, str] = field(default_factory=dict)


class Cluster:
    """Sends requests; everything that goes wrong is NotThere, Taken or ApiBusy, within the deadline."""

    def __init__(self, client: ApiClient, count: Counter, deadline: float = DEADLINE) -> None:
        self._client = client
        self._count = count
        self._deadline = deadline

    async def get(self, place: Place) -> Body:
        """Read one object."""
        return await self._send(_Request("get", place))

    async def list(self, place: Place, selector: str = "") -> Body:
        """Read a collection, or the part of it that a label selector names."""
        return await self._send(_Request("list", place, query={"labelSelector": selector} if selector else {}))

    async def create(self, place: Place, body: Body) -> Body:
        """Create an object in a collection."""
        return await self._send(_Request("create", place, body, query={"fieldManager": names.FIELD_MANAGER}))

    async def replace(self, place: Place, body: Body) -> Body:
        """Replace an object, or its subresource, of the resourceVersion in the body."""
        return await self._send(_Request("update", place, body, query={"fieldManager": names.FIELD_MANAGER}))

    async def patch(self, place: Place, body: Body, content_type: str = MERGE) -> Body:
        """Change an object that exists."""
        return await self._send(_Request("patch", place, body, content_type, {"fieldManager": names.FIELD_MANAGER}))

    async def apply(self, place: Place, body: Body) -> Body:
        """Server-side apply: own the fields in the body, whoever had them before; creates what is missing."""
        query = {"fieldManager": names.FIELD_MANAGER, "force": "true"}
        return await self._send(_Request("patch", place, body, APPLY, query))

    async def serves_rollouts(self) -> bool:
        """Whether the API server knows our kind."""
        try:
            await self._send(_Request("get", Place(Resource(names.API_VERSION, ""))))
        except NotThere:
            return False
        return True

    async def _send(self, request: _Request) -> Body:
        try:
            async with asyncio.timeout(self._deadline):
                status, data = await self._exchange(request)
        except TimeoutError as error:
            self._count(request.verb, request.place.label, 0)
            raise ApiBusy(f"no answer from the API server within {self._deadline:g}s") from error
        except (aiohttp.ClientError, OSError, ConfigException) as error:
            self._count(request.verb, request.place.label, 0)
            raise ApiBusy(f"cannot reach the API server: {error or type(error).__name__}") from error
        self._count(request.verb, request.place.label, status)
        return _judge(request, status, data)

    async def _exchange(self, request: _Request) -> tuple[int, bytes]:
        method, url, headers, body, _ = await self._client.param_serialize(
            METHODS[request.verb],
            request.place.path,
            query_params=list(request.query.items()),
            header_params={"Accept": JSON, "Content-Type": request.content_type},
            body=request.body,
            auth_settings=["BearerToken"],
        )
        # The client hands this timeout to aiohttp, which takes no bare numbers.
        timeout = aiohttp.ClientTimeout(total=self._deadline)
        response = await self._client.call_api(method, url, headers, body, _request_timeout=timeout)
        return response.status, await response.read()  # type: ignore[no-untyped-call]  # the client has no types


def _judge(request: _Request, status: int, data: bytes) -> Body:
    try:
        body = json.loads(data)
    except ValueError:
        body = None
    if 200 <= status < 300 and isinstance(body, dict):
        return body
    said = body.get("message") if isinstance(body, dict) else None
    message = f"{request.verb} {request.place.path}: {status} {said or 'without a readable answer'}"
    raise {404: NotThere, 409: Taken}.get(status, ApiBusy)(message)


async def connect(kubeconfig: str = "") -> ApiClient:
    """A client for the cluster of a kubeconfig file, else for the one this process runs in. Raises NoCluster."""
    configuration = Configuration()
    # Without a limit: the scheduler's lanes bound the requests, and an urgent one must not wait for a connection.
    configuration.connection_pool_maxsize = 0
    try:
        if kubeconfig:
            _check_files(kubeconfig)
            # Nothing is written back: a file may be shared, and a pod's is read-only.
            load = load_kube_config(kubeconfig, client_configuration=configuration, persist_config=False)  # type: ignore[no-untyped-call]  # the client has no types
            await load
        else:
            load_incluster_config(configuration)  # type: ignore[no-untyped-call]  # the client has no types
    except (ConfigException, OSError, yaml.YAMLError, LookupError, TypeError, AttributeError) as error:
        where = f"KUBECONFIG {kubeconfig}" if kubeconfig else "no KUBECONFIG and not inside a cluster"
        raise NoCluster(f"{where}: {error}") from error
    return ApiClient(configuration)


def _check_files(kubeconfig: str) -> None:
    """The client overlooks files that do not exist."""
    for path in filter(None, kubeconfig.split(os.pathsep)):
        if not Path(path).expanduser().is_file():
            raise ConfigException("there is no such file")
