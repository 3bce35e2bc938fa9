"""Asks pods for the revision of the flag document they run."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import aiohttp

from rollout_contract import names

DEADLINE: Final = 1.0
ANSWER_LIMIT: Final = 65_536


@dataclass(frozen=True, slots=True)
class Health:
    """What one pod answered: a revision, or the problem."""

    revision: str | None = None
    problem: str = ""


class HealthClient:
    """Asks many pods at once, each within its own deadline (seconds)."""

    def __init__(self, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._session: aiohttp.ClientSession | None = None

    async def ask_all(self, urls: Iterable[str]) -> list[Health]:
        """One answer per address, in order; an empty address is a pod without an IP."""
        return list(await asyncio.gather(*(self._ask(url) for url in urls)))

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    async def _ask(self, url: str) -> Health:
        if not url:
            return Health(problem="it has no IP address yet")
        try:
            async with asyncio.timeout(self._deadline):
                return await self._get(url)
        except TimeoutError:
            return Health(problem=f"{url} did not answer within {self._deadline:g}s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Health(problem=f"{url}: {error or type(error).__name__}")

    async def _get(self, url: str) -> Health:
        async with self._connection().get(url, allow_redirects=False) as response:
            if response.status != 200:
                return Health(problem=f"{url} answered {response.status}")
            body = json.loads(await _limited(response))
        revision = body.get(names.HEALTH_REVISION_FIELD) if isinstance(body, dict) else None
        if not isinstance(revision, str) or not revision:
            return Health(problem=f"{url} answered without `{names.HEALTH_REVISION_FIELD}`")
        return Health(revision)

    def _connection(self) -> aiohttp.ClientSession:
        if self._session is None:  # made here because a session belongs to the loop it is made in
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > ANSWER_LIMIT:
            raise ValueError(f"more than {ANSWER_LIMIT} bytes")
    return bytes(data)
