"""The faults that are switched on in one proxy, and the endpoint that switches them."""

import asyncio
import fnmatch
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web
from pydantic import ValidationError

from e2e.cluster.faults import Fault


@dataclass
class Active:
    """A fault that is switched on."""

    number: int
    fault: Fault
    hits: int = 0
    removed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def used_up(self) -> bool:
        """Whether it has treated as many requests as it should."""
        return self.fault.times is not None and self.hits >= self.fault.times


class Switchboard:
    """All faults and all open watches of one proxy."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._faults: dict[int, Active] = {}
        self._watches: dict[asyncio.Transport, str] = {}

    def treat(self, method: str, path: str, *, watch: bool) -> Active | None:
        """Return the fault that treats this request, and count it."""
        for active in self._faults.values():
            if not active.used_up and active.fault.concerns(method, path, watch=watch):
                active.hits += 1
                return active
        return None

    @contextmanager
    def watching(self, transport: asyncio.Transport | None, path: str) -> Iterator[None]:
        """Know an open watch, so that it can be cut."""
        if transport is None:
            yield
            return
        self._watches[transport] = path
        try:
            yield
        finally:
            self._watches.pop(transport, None)

    def application(self) -> web.Application:
        """Return the control endpoint."""
        application = web.Application()
        application.add_routes(
            [
                web.get("/faults", self._list),
                web.post("/faults", self._add),
                web.delete("/faults", self._clear),
                web.get("/faults/{number}", self._show),
                web.delete("/faults/{number}", self._remove),
                web.post("/cut", self._cut),
            ]
        )
        return application

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"faults": [_shown(active) for active in self._faults.values()]})

    async def _add(self, request: web.Request) -> web.Response:
        try:
            fault = Fault.model_validate_json(await request.read())
        except ValidationError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        active = Active(next(self._numbers), fault)
        self._faults[active.number] = active
        return web.json_response(_shown(active))

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(_shown(self._find(request)))

    async def _remove(self, request: web.Request) -> web.Response:
        active = self._find(request)
        self._switch_off(active)
        return web.json_response(_shown(active))

    async def _clear(self, _request: web.Request) -> web.Response:
        for active in list(self._faults.values()):
            self._switch_off(active)
        return web.json_response({})

    async def _cut(self, request: web.Request) -> web.Response:
        pattern = (await request.json())["path"]
        matching = [transport for transport, path in self._watches.items() if fnmatch.fnmatchcase(path, pattern)]
        for transport in matching:
            transport.abort()
        return web.json_response({"cut": len(matching)})

    def _find(self, request: web.Request) -> Active:
        active = self._faults.get(int(request.match_info["number"]))
        if active is None:
            raise web.HTTPNotFound(text="there is no such fault")
        return active

    def _switch_off(self, active: Active) -> None:
        del self._faults[active.number]
        active.removed.set()


def _shown(active: Active) -> dict[str, object]:
    return {"number": active.number, "hits": active.hits, "fault": active.fault.model_dump()}
