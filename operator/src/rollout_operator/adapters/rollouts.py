"""The IntelligenceRollout objects on the API server."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from rollout_operator.adapters.cluster import ROLLOUTS, Body, Cluster, NotThere, Place, Taken
from rollout_operator.ports import ApiConflict, ApiGone, Key, Listing


class ApiRollouts:
    """Rollouts of the given namespaces; of all when none is given."""

    def __init__(self, cluster: Cluster, namespaces: Sequence[str] = ()) -> None:
        self._cluster = cluster
        self._namespaces = namespaces or ("",)

    async def write_status(self, body: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
        """Replace the status of that very resourceVersion; the new body. Raises ApiGone, ApiConflict, ApiBusy."""
        metadata = body["metadata"]
        key = Key(metadata["namespace"], metadata["name"])
        kept = {field: metadata[field] for field in ("name", "namespace", "uid", "resourceVersion")}
        wanted = {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": kept, "status": status}
        try:
            return await self._cluster.replace(Place(ROLLOUTS, key.namespace, key.name, "status"), wanted)
        except NotThere as error:
            raise ApiGone(str(key)) from error
        except Taken as error:
            raise ApiConflict(await self._read(key)) from error

    async def leave_alert(self, key: Key, annotations: Mapping[str, str | None]) -> dict[str, Any]:
        """Write alert annotations (None removes one), return the new body. Raises ApiGone, ApiBusy."""
        try:
            return await self._cluster.patch(
                Place(ROLLOUTS, key.namespace, key.name), {"metadata": {"annotations": dict(annotations)}}
            )
        except NotThere as error:
            raise ApiGone(str(key)) from error

    async def list_all(self) -> Listing:
        """Every rollout the operator looks after. Raises ApiBusy."""
        lists = await asyncio.gather(*(self._cluster.list(Place(ROLLOUTS, name)) for name in self._namespaces))
        bodies = tuple(_whole(each, item) for each in lists for item in each["items"])
        # Several lists were read at several moments; only what is older than all of them is surely gone.
        return Listing(bodies, min(int(each["metadata"]["resourceVersion"]) for each in lists))

    async def _read(self, key: Key) -> Body:
        try:
            return await self._cluster.get(Place(ROLLOUTS, key.namespace, key.name))
        except NotThere as error:
            raise ApiGone(str(key)) from error


def _whole(listing: Body, item: Body) -> Body:
    """Items of some lists come without their type."""
    kind = str(listing["kind"]).removesuffix("List")
    return {"apiVersion": listing["apiVersion"], "kind": kind} | item
