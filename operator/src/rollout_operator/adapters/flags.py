"""The flag document in its ConfigMap."""

from rollout_contract import names
from rollout_contract.flagset import FlagDocumentError, parse
from rollout_operator.adapters.cluster import CONFIG_MAPS, Cluster, NotThere, Place
from rollout_operator.model.seen import FlagsSeen
from rollout_operator.model.spec import Target


class ConfigMapFlags:
    """FlagStore on ConfigMaps."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def read(self, namespace: str, target: Target) -> FlagsSeen:
        """What the map holds now. Raises ApiBusy."""
        try:
            body = await self._cluster.get(Place(CONFIG_MAPS, namespace, target.flags.config_map))
        except NotThere:
            return FlagsSeen()
        text = (body.get("data") or {}).get(target.flags.key)
        if body.get("immutable"):
            where = f"ConfigMap {target.flags.config_map}"
            cure = "delete it and create it again without `immutable`"
            return FlagsSeen(text=text or "", problem=f"{where} is immutable; {cure}", exists=True)
        return FlagsSeen(exists=True) if text is None else _read(text)

    async def write(self, namespace: str, target: Target, text: str) -> None:
        """Server-side apply of our one key; creates the map when it is missing. Raises ApiBusy."""
        name = target.flags.config_map
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "labels": {names.MANAGED_BY_LABEL: names.FIELD_MANAGER}},
            "data": {target.flags.key: text},
        }
        await self._cluster.apply(Place(CONFIG_MAPS, namespace, name), body)


def _read(text: str) -> FlagsSeen:
    try:
        return FlagsSeen(parse(text), text, exists=True)
    except FlagDocumentError as error:
        return FlagsSeen(text=text, problem=str(error), exists=True)
