"""ConfigMaps and Secrets that a pod refers to."""

import base64

from e2e.cluster.node.api import Api, ApiError, Json


class MissingReferenceError(Exception):
    """A pod refers to an object, key or field that is not there."""


class References:
    """Reads the ConfigMaps and Secrets of one namespace."""

    def __init__(self, api: Api, namespace: str) -> None:
        self._api = api
        self._base = f"/api/v1/namespaces/{namespace}"

    async def content(self, kind: str, reference: Json) -> dict[str, bytes]:
        """Return the data of a `configMap...` or `secret...` reference; an optional one may be missing."""
        name = reference.get("name") or reference["secretName"]
        resource = "configmaps" if kind.startswith("configMap") else "secrets"
        try:
            found = await self._api.get(f"{self._base}/{resource}/{name}")
        except ApiError as error:
            if error.status != 404:
                raise
            if reference.get("optional"):
                return {}
            raise MissingReferenceError(f'{resource} "{name}" not found') from error
        return _decode(resource, found)

    async def key(self, kind: str, reference: Json) -> str | None:
        """Return the value of a `...KeyRef`; nothing when it is optional and missing."""
        values = await self.content(kind, reference)
        if reference["key"] in values:
            return values[reference["key"]].decode()
        if reference.get("optional"):
            return None
        raise MissingReferenceError(f"key {reference['key']} not found in {kind} {reference['name']}")


def _decode(resource: str, found: Json) -> dict[str, bytes]:
    data: dict[str, str] = found.get("data", {})
    if resource == "secrets":
        return {key: base64.b64decode(value) for key, value in data.items()}
    binary: dict[str, str] = found.get("binaryData", {})
    plain = {key: value.encode() for key, value in data.items()}
    return plain | {key: base64.b64decode(value) for key, value in binary.items()}
