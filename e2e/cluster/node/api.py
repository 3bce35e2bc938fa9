"""A small client of the Kubernetes API: requests, and list-then-watch."""

import asyncio
import base64
import json
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import aiohttp
import yaml

Json = dict[str, Any]
OnChange = Callable[[str, Json], None]

STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
REQUEST_SECONDS = 30
WATCH_SECONDS = 300
RELIST_SECONDS = 0.5
LONGEST_LINE = 2**23  # one object with its event; etcd refuses more than 1.5 MB


class ApiError(Exception):
    """The API server refused (its HTTP status) or could not be reached (status 0)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """Requests to one API server (trusted by its authority's certificate); every failure is an ApiError."""

    def __init__(self, url: str, token: str, authority: str | None = None) -> None:
        trust = ssl.create_default_context(cadata=authority)
        self.url = url
        self._http = aiohttp.ClientSession(
            url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(REQUEST_SECONDS),
            connector=aiohttp.TCPConnector(ssl=trust, limit=0),
            read_bufsize=LONGEST_LINE,
        )

    @classmethod
    def from_kubeconfig(cls, path: Path) -> Self:
        """Use the first cluster and the first user (its token) of a kubeconfig."""
        content = yaml.safe_load(path.read_text())
        cluster = content["clusters"][0]["cluster"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        return cls(cluster["server"], content["users"][0]["user"]["token"], authority)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    async def get(self, path: str, **params: str) -> Json:
        """Read an object or a list."""
        return await self._request("GET", path, params=params)

    async def post(self, path: str, body: Json) -> Json:
        """Create an object."""
        return await self._request("POST", path, body=body)

    async def patch(self, path: str, body: Json, kind: str = STRATEGIC, **params: str) -> Json:
        """Change an object; `kind` is the content type that says how."""
        return await self._request("PATCH", path, body=body, kind=kind, params=params)

    async def delete(self, path: str, body: Json | None = None) -> None:
        """Delete an object; one that is not there any more is fine."""
        try:
            await self._request("DELETE", path, body=body)
        except ApiError as error:
            if error.status != 404:
                raise

    async def follow(self, path: str, on_change: OnChange, **params: str) -> None:
        """List, then watch, for ever; what vanished while nobody watched is reported as DELETED after the next list."""
        known: dict[str, Json] = {}
        while True:
            try:
                version = await self._relist(path, on_change, params, known)
                await self._watch(path, on_change, params | {"resourceVersion": version}, known)
            except ApiError as error:
                print(f"watch of {path} starts again: {error}", file=sys.stderr, flush=True)
            await asyncio.sleep(RELIST_SECONDS)

    async def _relist(self, path: str, on_change: OnChange, params: dict[str, str], known: dict[str, Json]) -> str:
        full = await self.get(path, **params)
        seen = {item["metadata"]["uid"]: item for item in full["items"]}
        for uid in known.keys() - seen.keys():
            on_change("DELETED", known.pop(uid))
        for uid, item in seen.items():
            on_change("MODIFIED" if uid in known else "ADDED", item)
        known.update(seen)
        return str(full["metadata"]["resourceVersion"])

    async def _watch(self, path: str, on_change: OnChange, params: dict[str, str], known: dict[str, Json]) -> None:
        query = params | {"watch": "1", "allowWatchBookmarks": "true", "timeoutSeconds": str(WATCH_SECONDS)}
        patience = aiohttp.ClientTimeout(total=None, sock_connect=REQUEST_SECONDS, sock_read=WATCH_SECONDS + 60)
        try:
            async with self._http.get(path, params=query, timeout=patience) as answer:
                if answer.status >= 400:
                    raise ApiError(answer.status, await answer.text())
                async for line in answer.content:
                    event = json.loads(line)
                    if event["type"] == "ERROR":  # usually 410: too old, list again
                        return
                    _note(event, on_change, known)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ApiError(0, repr(error)) from error

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        kind: str = "application/json",
        params: dict[str, str] | None = None,
    ) -> Json:
        data = None if body is None else json.dumps(body)
        headers = {"Content-Type": kind}
        try:
            async with self._http.request(method, path, data=data, params=params, headers=headers) as answer:
                result: Json = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ApiError(0, f"{method} {path}: {error!r}") from error
        if answer.status >= 400:
            raise ApiError(answer.status, f"{method} {path}: {answer.status} {result.get('message')}")
        return result


def _note(event: Json, on_change: OnChange, known: dict[str, Json]) -> None:
    """Pass a watch event on and remember what exists."""
    kind, item = event["type"], event["object"]
    if kind == "BOOKMARK":
        return
    if kind == "DELETED":
        known.pop(item["metadata"]["uid"], None)
    else:
        known[item["metadata"]["uid"]] = item
    on_change(kind, item)
