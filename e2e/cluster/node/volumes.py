"""A pod's volumes: ConfigMap, Secret, projected, downward API; everything else is an empty folder."""

from collections.abc import Iterable

from e2e.cluster.node.api import Json
from e2e.cluster.node.facts import PodFacts
from e2e.cluster.node.publish import publish
from e2e.cluster.node.references import MissingReferenceError, References
from e2e.cluster.node.tokens import Tokens

WITH_CONTENT = {"configMap", "secret", "projected", "downwardAPI"}


class Volumes:
    """Brings the volumes of one pod up to date."""

    def __init__(self, facts: PodFacts, references: References, tokens: Tokens) -> None:
        self._facts = facts
        self._references = references
        self._tokens = tokens
        self._published: dict[str, dict[str, bytes]] = {}

    async def refresh(self) -> None:
        """Write every volume whose content has changed; ApiError or MissingReferenceError when one cannot be read."""
        for volume in self._facts.spec.get("volumes", []):
            folder = self._facts.volume_folder(volume["name"])
            folder.mkdir(parents=True, exist_ok=True)
            if WITH_CONTENT & volume.keys():
                files = await self._files(volume)
                if files != self._published.get(volume["name"]):
                    publish(folder, files)
                    self._published[volume["name"]] = files

    async def _files(self, volume: Json) -> dict[str, bytes]:
        sources = volume["projected"]["sources"] if "projected" in volume else [volume]
        files: dict[str, bytes] = {}
        for source in sources:
            files |= await self._source(source)
        return files

    async def _source(self, source: Json) -> dict[str, bytes]:
        for kind in ("configMap", "secret"):
            if kind in source:
                return _selected(source[kind], await self._references.content(kind, source[kind]))
        if "serviceAccountToken" in source:
            wanted = source["serviceAccountToken"]
            return {wanted["path"]: await self._tokens.token(wanted)}
        if "downwardAPI" in source:
            return self._downward(source["downwardAPI"].get("items", []))
        raise MissingReferenceError(f"volume source {', '.join(source)} is not supported by this node")

    def _downward(self, items: Iterable[Json]) -> dict[str, bytes]:
        try:
            return {item["path"]: self._facts.field(item["fieldRef"]["fieldPath"]).encode() for item in items}
        except KeyError as error:
            raise MissingReferenceError(f"downward API: {error} is not supported by this node") from None


def _selected(reference: Json, content: dict[str, bytes]) -> dict[str, bytes]:
    items = reference.get("items")
    if not items:
        return content
    missing = sorted({item["key"] for item in items} - content.keys())
    if missing and not reference.get("optional"):
        raise MissingReferenceError(f"volume refers to keys that do not exist: {', '.join(missing)}")
    return {item["path"]: content[item["key"]] for item in items if item["key"] in content}
