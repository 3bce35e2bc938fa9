"""The few calls to the Kubernetes API that stories make, over the official asynchronous client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
from kubernetes.aio import client, config

JSON = dict[str, Any]
Body = Mapping[str, Any] | None
MERGE = "application/merge-patch+json"
WATCH_SECONDS = 300
RETRY_SECONDS = 0.3


class KubeError(RuntimeError):
    """The API server refused; `status` is its HTTP status."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(f"{what} (HTTP {status})")
        self.status = status


class Kube:
    """Objects in, objects out; paths are those of the API."""

    def __init__(self, api: client.ApiClient) -> None:
        self._api = api

    @classmethod
    @asynccontextmanager
    async def open(cls, kubeconfig: Path) -> AsyncIterator[Self]:
        """Connect as the kubeconfig's current user."""
        api = await config.new_client_from_config(str(kubeconfig))  # type: ignore[no-untyped-call]  # the client ships no types
        async with api:
            yield cls(api)

    async def get(self, path: str, **query: str) -> JSON:
        """Read an object or a list."""
        return await self._json("GET", path, None, query)

    async def create(self, path: str, body: Mapping[str, Any]) -> JSON:
        """Create an object in a collection."""
        return await self._json("POST", path, body, {})

    async def patch(self, path: str, body: Mapping[str, Any]) -> JSON:
        """Merge into an object."""
        return await self._json("PATCH", path, body, {})

    async def delete(self, path: str) -> JSON:
        """Delete an object."""
        return await self._json("DELETE", path, None, {})

    async def follow(self, path: str, seen: Callable[[str, JSON], None], **query: str) -> None:
        """List, then watch until cancelled; `seen` gets ADDED, MODIFIED or DELETED and the object."""
        while True:
            try:
                listed = await self.get(path, **query)
                for item in listed["items"]:
                    seen("ADDED", item)
                await self._watch(path, seen, query | {"resourceVersion": listed["metadata"]["resourceVersion"]})
            except (KubeError, aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(RETRY_SECONDS)

    async def _watch(self, path: str, seen: Callable[[str, JSON], None], query: dict[str, str]) -> None:
        response = await self._call("GET", path, None, query | {"watch": "1", "timeoutSeconds": str(WATCH_SECONDS)})
        try:
            async for line in response.content:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return
                seen(event["type"], event["object"])
        finally:
            response.close()

    async def _json(self, method: str, path: str, body: Body, query: Mapping[str, str]) -> JSON:
        response = await self._call(method, path, body, query)
        answer: JSON = json.loads(await response.read())
        return answer

    async def _call(self, method: str, path: str, body: Body, query: Mapping[str, str]) -> aiohttp.ClientResponse:
        headers = {"Accept": "application/json", "Content-Type": MERGE if method == "PATCH" else "application/json"}
        request = await self._api.param_serialize(
            method,
            path,
            query_params=list(query.items()),
            header_params=headers,
            body=body,
            auth_settings=["BearerToken"],
        )
        answer = await self._api.call_api(*request, _request_timeout=WATCH_SECONDS + 30)
        response: aiohttp.ClientResponse = answer.response
        if response.status >= 400:
            message = (await response.read()).decode(errors="replace")
            raise KubeError(response.status, f"{method} {path}: {_reason(message)}")
        return response


def _reason(message: str) -> str:
    try:
        return str(json.loads(message).get("message", message))
    except ValueError:
        return message[:200]
