"""The composition root: settings -> adapters -> feed, scheduler and HTTP in one task group."""

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable
from contextlib import AsyncExitStack

from aiohttp import web
from kubernetes.aio.client import ApiClient

from rollout_operator import http
from rollout_operator.adapters.cluster import Cluster, NoCluster, connect
from rollout_operator.adapters.events import EventRecorder
from rollout_operator.adapters.flags import ConfigMapFlags
from rollout_operator.adapters.fleet import DeploymentFleet
from rollout_operator.adapters.health import HealthClient
from rollout_operator.adapters.prometheus import PrometheusSource
from rollout_operator.adapters.rollouts import ApiRollouts
from rollout_operator.alerts import Alerts
from rollout_operator.cache import Cache
from rollout_operator.clock import SystemClock
from rollout_operator.feed import Feed, login_of
from rollout_operator.keeper import Keeper
from rollout_operator.ports import ApiBusy
from rollout_operator.reconcile import Reconciler
from rollout_operator.scheduler import Scheduler
from rollout_operator.settings import Settings
from rollout_operator.telemetry import Telemetry

log = logging.getLogger(__name__)


class Unusable(Exception):  # noqa: N818 - says what is wrong with the surroundings
    """The operator cannot start; one line for a person."""


class _Stopped(Exception):  # noqa: N818 - a wish, not a fault
    """Somebody asked the process to end."""


class _Ended(Exception):  # noqa: N818 - a fact
    """A part that should run for ever has ended."""


async def run(settings: Settings, kubeconfig: str) -> int:
    """Until a part ends (1) or somebody asks to stop (0). Raises Unusable."""
    telemetry = Telemetry()
    async with AsyncExitStack() as stack:
        client = await _connect(kubeconfig)
        stack.push_async_callback(client.close)
        cluster = Cluster(client, telemetry.requested)
        await _check(cluster)
        metrics = PrometheusSource(telemetry.queried, settings.provider_deadline)
        stack.push_async_callback(metrics.close)
        health = HealthClient()
        stack.push_async_callback(health.close)
        return await _Program(settings, telemetry, cluster, metrics, health).live(client)


class _Program:
    """Everything that runs, wired together."""

    def __init__(
        self,
        settings: Settings,
        telemetry: Telemetry,
        cluster: Cluster,
        metrics: PrometheusSource,
        health: HealthClient,
    ) -> None:
        self._settings = settings
        self._telemetry = telemetry
        clock = SystemClock()
        self._cache = Cache()
        self._rollouts = ApiRollouts(cluster, settings.namespaces)
        reconciler = Reconciler(
            flags=ConfigMapFlags(cluster),
            fleet=DeploymentFleet(cluster, health),
            metrics=metrics,
            rollouts=self._rollouts,
            recorder=EventRecorder(cluster, socket.gethostname(), clock.now),
            prometheus_address=settings.prometheus_address,
            clock=clock.now,
            holder=self._cache.holder,
        )
        self._keeper = Keeper(self._cache, reconciler, self._rollouts, telemetry)
        self._scheduler = Scheduler(self._keeper.look, clock, telemetry.reconciled, settings.concurrency)
        self._keeper.waker = self._scheduler

    async def live(self, client: ApiClient) -> int:
        feed = Feed(login_of(client.configuration), self._keeper.changed, self._settings.namespaces)
        try:
            runner = await http.serve(self._app(feed), self._settings.host, self._settings.port)
        except OSError as error:
            raise Unusable(f"ROLLOUT_HOST, ROLLOUT_PORT: {error}") from error
        log.info("started", extra={"addresses": [f"{address[0]}:{address[1]}" for address in runner.addresses]})
        try:
            return await together(
                kopf=feed.run(), scheduler=self._scheduler.run(), relist=self._keeper.relist(), signals=_signals()
            )
        finally:
            await runner.cleanup()

    def _app(self, feed: Feed) -> web.Application:
        def is_ready() -> bool:
            return self._keeper.listed and feed.started

        def tick_age() -> float:
            age = self._scheduler.tick_age
            self._telemetry.ticked(age)
            return age

        alerts = Alerts(self._settings.alert_token, is_ready, self._cache, self._rollouts, self._keeper.wake)
        return http.build(alerts.handle, http.Health(tick_age, is_ready), self._telemetry.registry)


async def _connect(kubeconfig: str) -> ApiClient:
    try:
        return await connect(kubeconfig)
    except NoCluster as error:
        raise Unusable(str(error)) from error


async def _check(cluster: Cluster) -> None:
    try:
        installed = await cluster.serves_rollouts()
    except ApiBusy as error:
        raise Unusable(str(error)) from error
    if not installed:
        raise Unusable("the cluster does not know IntelligenceRollout; run `kubectl apply -f crds/` first")


async def together(**parts: Awaitable[object]) -> int:
    """Run the parts until one of them ends: 0 when that was asked for, 1 otherwise."""
    code = 0
    try:
        async with asyncio.TaskGroup() as tasks:
            for name, part in parts.items():
                tasks.create_task(_for_ever(name, part), name=name)
    except* _Stopped:
        log.info("stopped")
    except* Exception as group:
        code = 1
        for error in group.exceptions:
            log.error("a part has ended, and the process with it: %s", error, exc_info=error)  # noqa: TRY400 - has its own
    return code


async def _for_ever(name: str, part: Awaitable[object]) -> None:
    await part
    raise _Ended(name)


async def _signals() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    raise _Stopped
