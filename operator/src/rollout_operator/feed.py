"""kopf, in a thread and loop of its own: it watches the rollouts and hands over what happens. Nothing else.

Apart from the main loop, because kopf waits for, and then cancels, every task it finds in its loop when it ends.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import kopf
from kubernetes.aio.client import Configuration

from rollout_contract import names

STOP_DEADLINE: Final = 2.0
GOODBYE: Final = 0.1
"""TLS connections need a moment to close before their loop ends."""
BACKOFFS: Final = (0.1, 0.5, 1, 2, 4, 8, 15, *[30] * 18)
"""About ten minutes without an API server; then kopf gives up and the process ends."""

Sink = Callable[[str, dict[str, Any]], None]
"""Told of every change in the main loop: ADDED, MODIFIED or DELETED, and the body."""
Login = Callable[[], Awaitable[kopf.ConnectionInfo]]


class FeedEnded(Exception):  # noqa: N818 - says what happened
    """kopf ended although nobody asked it to."""


class Feed:
    """Watches the rollouts of the given namespaces, of all when none is given."""

    def __init__(self, login: Login, sink: Sink, namespaces: Sequence[str] = ()) -> None:
        self._login = login
        self._sink = sink
        self._namespaces = namespaces
        self._stop = threading.Event()
        self._started = threading.Event()
        self._refusal: Exception | None = None

    @property
    def started(self) -> bool:
        """Whether kopf knows the API server and watches."""
        return self._started.is_set()

    async def run(self) -> None:
        """Until cancelled; raises what ended kopf."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        # A daemon, because a thread that hangs must not keep the process alive.
        threading.Thread(target=self._live, args=(loop, ended), name="kopf", daemon=True).start()
        try:
            await asyncio.shield(ended)
        except asyncio.CancelledError:
            self._stop.set()
            with contextlib.suppress(Exception):  # it was to end anyway
                await asyncio.wait_for(ended, STOP_DEADLINE)
            raise
        raise FeedEnded("kopf ended")

    def _live(self, loop: asyncio.AbstractEventLoop, ended: "asyncio.Future[None]") -> None:
        error: Exception | None = None
        try:
            asyncio.run(self._watch(loop))
        except Exception as caught:  # noqa: BLE001 - raised again in the main loop
            error = caught
        with contextlib.suppress(RuntimeError):  # the main loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, ended, error)

    async def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            await kopf.operator(
                registry=self._registry(loop),
                settings=_settings(),
                standalone=True,
                clusterwide=not self._namespaces,
                namespaces=self._namespaces,
                stop_flag=self._stop,
                ready_flag=self._started,
            )
        finally:
            self._stop.set()  # a thread of kopf's waits for the flag, and the loop's end waits for that thread
            await asyncio.sleep(GOODBYE)
        if self._refusal:
            raise self._refusal

    def _registry(self, loop: asyncio.AbstractEventLoop) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()

        @kopf.on.login(registry=registry)
        async def login(**_: object) -> kopf.ConnectionInfo:
            try:
                return await self._login()
            except Exception as error:
                self._refusal = error
                self._stop.set()  # or kopf would go on without credentials, deaf for ever
                raise

        @kopf.on.event(names.GROUP, names.VERSION, names.PLURAL, registry=registry)
        async def hand_over(event: kopf.RawEvent, **_: object) -> None:
            loop.call_soon_threadsafe(self._sink, event["type"] or "ADDED", dict(event["object"]))

        return registry


def login_of(configuration: Configuration) -> Login:
    """Send kopf to the same API server, with the same credentials, as the adapters."""

    async def login() -> kopf.ConnectionInfo:
        bearer = (await configuration.auth_settings()).get("BearerToken")
        scheme, _, token = str(bearer["value"]).strip().partition(" ") if bearer else ("", "", "")
        return kopf.ConnectionInfo(
            server=configuration.host,
            ca_path=configuration.ssl_ca_cert,
            insecure=not configuration.verify_ssl,
            certificate_path=configuration.cert_file,
            private_key_path=configuration.key_file,
            scheme=scheme.capitalize() or None,
            token=token or None,
        )

    return login


def _settle(ended: "asyncio.Future[None]", error: Exception | None) -> None:
    if ended.done():
        return
    if error is None:
        ended.set_result(None)
    else:
        ended.set_exception(error)


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True  # needs no rights on CRDs and namespaces
    settings.execution.max_workers = 1
    settings.process.ultimate_exiting_timeout = None  # kills the whole process, not only kopf
    settings.networking.request_timeout = 20
    settings.networking.error_backoffs = BACKOFFS
    settings.watching.inactivity_timeout = 70  # bookmarks come every minute; a silent stream is a dead one
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 310
    settings.watching.connect_timeout = 30
    settings.watching.chunk_size = 500
    return settings
