"""ServiceAccount tokens of a pod."""

import time
from collections.abc import Callable

from e2e.cluster.node.api import Api, Json
from e2e.cluster.node.facts import PodFacts

RENEWED_AFTER = 0.8  # of a token's life, as the kubelet does


class Tokens:
    """Asks for the tokens a pod mounts, and renews each before it ends."""

    def __init__(self, api: Api, facts: PodFacts, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._facts = facts
        self._clock = clock
        self._kept: dict[tuple[str, int], tuple[float, bytes]] = {}

    async def token(self, source: Json) -> bytes:
        """Return the token for a `serviceAccountToken` volume source."""
        life = int(source.get("expirationSeconds", 3600))
        key = (source.get("audience", ""), life)
        good_until, token = self._kept.get(key, (0.0, b""))
        if not token or self._clock() >= good_until:
            token = await self._request(*key)
            self._kept[key] = (self._clock() + RENEWED_AFTER * life, token)
        return token

    async def _request(self, audience: str, life: int) -> bytes:
        facts = self._facts
        owner = {"kind": "Pod", "apiVersion": "v1", "name": facts.name, "uid": facts.uid}
        spec: Json = {"expirationSeconds": life, "boundObjectRef": owner, "audiences": [audience] if audience else []}
        path = f"/api/v1/namespaces/{facts.namespace}/serviceaccounts/{facts.service_account}/token"
        answer = await self._api.post(path, {"spec": spec})
        return str(answer["status"]["token"]).encode()
