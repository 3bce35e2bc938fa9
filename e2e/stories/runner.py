"""Tells one story from an empty machine to its report."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from e2e.stories import deploy, figures
from e2e.stories.board import Board, keep
from e2e.stories.environment import Environment, Webhook
from e2e.stories.kube import Kube
from e2e.stories.prometheus import targets_up
from e2e.stories.report import Report, moves_of
from e2e.stories.screen import Screen
from e2e.stories.stage import Stage, StoryError, seconds_of
from e2e.stories.tales.tale import Tale
from e2e.traffic.generator import Load, Traffic
from e2e.traffic.sentences import load

SEED = 7
HINT = "{} get irol -n intelligence --watch"
KEPT_LOGS = deploy.ROOT / "build" / "logs"


@dataclass
class Scene:
    """A stage with everything around it running."""

    stage: Stage
    traffic: Traffic
    meter: figures.ProcessMeter
    alerts: figures.AlertLog
    webhook: Webhook


async def run(tale: Tale, environment: Environment, screen: Screen) -> Report:
    """Tell a story and report how it ended; the environment is gone afterwards."""
    started = time.time()
    board = Board(time.time)
    report = Report(tale.name, ended_well=False, seconds=0)
    try:
        with screen.shown(tale.name, board):
            demand(tale, environment)
            async with running(environment, board, screen) as scene:
                await tale.tell(scene.stage)
                report.ended_well = True
                report.figures = scene.stage.figures
                report.figures |= collect(scene)
    except Exception as error:  # noqa: BLE001 - whatever broke, the story ended badly and the next one may be told
        report.ended_well = False
        report.reason = reason_of(error)
    finally:
        report.seconds = round(time.time() - started, 1)
        report.moves = moves_of(board.history)
        await clean_up(environment, report)
    return report


def reason_of(error: BaseException) -> str:
    """What went wrong in one line; parts of the story that ran side by side may fail together."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(reason_of(part) for part in error.exceptions)
    return str(error) or repr(error)


def demand(tale: Tale, environment: Environment) -> None:
    """Refuse a story that needs more than the environment can do; raises StoryError."""
    missing = tale.needs - environment.can
    if missing:
        raise StoryError(f"this environment cannot {', '.join(missing)}")


async def clean_up(environment: Environment, report: Report) -> None:
    """Keep the logs of a story that ended badly, and take the environment away."""
    if not report.ended_well:
        environment.keep_logs(KEPT_LOGS / report.story)
        report.logs = str((KEPT_LOGS / report.story).relative_to(deploy.ROOT))
    await environment.down()


@asynccontextmanager
async def running(environment: Environment, board: Board, screen: Screen) -> AsyncIterator[Scene]:
    """Cluster, operator, detectors, Prometheus, Alertmanager and traffic, until the end of the block."""
    screen.say("starting the cluster")
    await environment.up()
    async with AsyncExitStack() as stack:
        kube = await stack.enter_async_context(Kube.open(environment.kubeconfig))
        stage = Stage(environment, kube, board, time.time, screen.say)
        token = secrets.token_urlsafe(16)
        screen.say("applying the API, the operator and three detectors")
        await deploy.install(stage, token)
        await stack.enter_async_context(background(keep(board, kube)))
        await deploy.wait_ready(stage)
        webhook = deploy.alert_webhook(stage, token)
        await environment.connect_alerts(deploy.alert_rules(), webhook)
        traffic = Traffic(board.addresses, load(), Load(), random.Random(SEED))  # noqa: S311 - traffic, no secret
        screen.watch_traffic(traffic)
        scene = Scene(stage, traffic, figures.ProcessMeter(time.time), figures.AlertLog(), webhook)
        await stack.enter_async_context(background(traffic.run()))
        await stack.enter_async_context(background(figures.measure(environment, board, scene.meter, scene.alerts)))
        screen.say("waiting for Prometheus to see three detectors")
        await targets_up(environment.prometheus, deploy.DETECTORS, 30)
        screen.hint(HINT.format(environment.try_kubectl))
        yield scene


@asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run something beside the block; if it fails, the block is cancelled and the failure raised."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        try:
            yield
        finally:
            task.cancel()


def collect(scene: Scene) -> dict[str, Any]:
    """Every figure of the story."""
    board = scene.stage.board
    found: dict[str, Any] = {"patched_to_confirmed": figures.convergence(board)}
    found |= scene.meter.figures()
    found["traffic"] = dict(scene.traffic.counts)
    if scene.alerts.fired:
        fired = min(seconds_of(at) for at in scene.alerts.fired.values())
        after = [c.at - fired for c in board.confirmations if c.at >= fired]
        if after:
            found["alert_fired_to_confirmed_seconds"] = round(after[0], 3)
    return found
