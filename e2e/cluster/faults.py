"""What the fault proxy does to a request, and how a test says so."""

import fnmatch
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any

import aiohttp
from pydantic import BaseModel, ConfigDict, Field

TIMEOUT_S = 10.0


class Kind(StrEnum):
    """How a request is treated."""

    STATUS = "status"
    """Answered with an error status; a watch gets 410 as an event in its stream, as the API server sends it."""
    REFUSE = "refuse"
    """The connection breaks without an answer."""
    HANG = "hang"
    """No answer until the fault is removed; then the connection breaks."""
    HOLD = "hold"
    """Kept back until the fault is removed, then passed on."""


class Fault(BaseModel):
    """Which requests are treated, how, and how often."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    method: str = "*"
    path: str = "*"
    """A shell pattern for the whole path without its query; `*` also matches slashes."""
    watch: bool | None = None
    """Only watches (True), only other requests (False), both (None)."""
    status: int = Field(default=500, ge=400, le=599)
    times: int | None = Field(default=None, ge=1)
    """How many requests are treated; None: all until the fault is removed."""

    def concerns(self, method: str, path: str, *, watch: bool) -> bool:
        """Tell whether it is about such a request."""
        return self.method in ("*", method) and fnmatch.fnmatchcase(path, self.path) and self.watch in (None, watch)


def status(code: int, path: str = "*", method: str = "*", times: int | None = None) -> Fault:
    """Answer with an error status, for example 409, 410, 429 or 500."""
    return Fault(kind=Kind.STATUS, status=code, path=path, method=method, times=times)


def refuse(path: str = "*", method: str = "*", times: int | None = None) -> Fault:
    """Break the connection."""
    return Fault(kind=Kind.REFUSE, path=path, method=method, times=times)


def hang(path: str = "*", method: str = "*", times: int | None = None) -> Fault:
    """Never answer."""
    return Fault(kind=Kind.HANG, path=path, method=method, times=times)


def hold(path: str = "*", method: str = "*", times: int | None = None) -> Fault:
    """Keep back until the fault is removed."""
    return Fault(kind=Kind.HOLD, path=path, method=method, times=times)


class FaultControl:
    """Switches the faults of one proxy."""

    def __init__(self, url: str) -> None:
        self.url = url
        """The control endpoint: GET and POST /faults, DELETE /faults[/NUMBER], POST /cut."""

    async def add(self, fault: Fault) -> int:
        """Switch a fault on and return its number; the first fault that concerns a request treats it."""
        return int((await self._call("POST", "/faults", fault.model_dump()))["number"])

    async def remove(self, number: int) -> None:
        """Switch a fault off; what it holds goes on, what it hangs breaks."""
        await self._call("DELETE", f"/faults/{number}")

    async def clear(self) -> None:
        """Switch all faults off."""
        await self._call("DELETE", "/faults")

    async def hits(self, number: int) -> int:
        """Return how many requests a fault has treated."""
        return int((await self._call("GET", f"/faults/{number}"))["hits"])

    async def cut(self, path: str = "*") -> int:
        """Break the open watches whose path matches; return how many there were."""
        return int((await self._call("POST", "/cut", {"path": path}))["cut"])

    @asynccontextmanager
    async def during(self, fault: Fault) -> AsyncIterator[int]:
        """Keep a fault switched on for a block; gives its number."""
        number = await self.add(fault)
        try:
            yield number
        finally:
            await self.remove(number)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with (
            aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as http,
            http.request(method, self.url + path, json=body) as answer,
        ):
            result: dict[str, Any] = await answer.json()
            return result
