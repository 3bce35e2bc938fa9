"""The detector with a treatment that can be made bad: `python -m e2e.traffic.faulty_detector`, faults from FAULTS_FILE.

The production program is composed, not changed: it has no fault in its code.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from e2e.traffic.faults import POLL_SECONDS, Faults, FaultsFile
from intelligence_detector.app import FLAGS, build_app, default_pipelines
from intelligence_detector.catalogue import SPECIALISTS
from intelligence_detector.model import Answer, Pipeline, Request
from intelligence_detector.server import serve
from intelligence_detector.settings import Settings
from rollout_contract import metrics

CRASH_STATUS = 70
LOG = logging.getLogger(__name__)


class FaultError(RuntimeError):
    """An error that was switched on."""


def faulty(pipeline: Pipeline, faults: Callable[[], Faults], rng: random.Random) -> Pipeline:
    """Wrap a pipeline so that the faults in force act on it."""

    async def answer(request: Request) -> Answer:
        now = faults()
        await _delay(now)
        if rng.random() < now.errors:
            raise FaultError("switched on: errors")
        found = await pipeline(request)
        return _other(found) if rng.random() < now.wrong else found

    return answer


async def _delay(faults: Faults) -> None:
    if faults.hang:
        await asyncio.Event().wait()
    if faults.latency_ms:
        await asyncio.sleep(faults.latency_ms / 1000)


def _other(answer: Answer) -> Answer:
    """The same answer with another specialist."""
    return replace(answer, specialist=next(name for name in SPECIALISTS if name != answer.specialist))


async def crash_when_told(faults: Callable[[], Faults], traffic: Callable[[], int], crash: Callable[[], None]) -> None:
    """Crash soon after the fault is seen while treatment gets traffic; without traffic the process lives."""
    while not (faults().crash and traffic() > 0):  # noqa: ASYNC110 - a file is polled, nobody sets an event
        await asyncio.sleep(POLL_SECONDS)
    crash()


def build(
    settings: Settings, faults: Callable[[], Faults], rng: random.Random, crash: Callable[[], None]
) -> web.Application:
    """The detector's application with a treatment that obeys the faults."""
    pipelines = default_pipelines(settings)
    treatment = faulty(pipelines[metrics.TREATMENT], faults, rng)
    app = build_app(settings, pipelines=pipelines | {metrics.TREATMENT: treatment})

    async def watching(running: web.Application) -> AsyncIterator[None]:
        traffic: Callable[[], int] = lambda: running[FLAGS].in_force.traffic_percentage  # noqa: E731 - one line with a type
        task = asyncio.create_task(crash_when_told(faults, traffic, crash))
        yield
        task.cancel()

    app.cleanup_ctx.append(watching)
    return app


def _crash() -> None:
    LOG.error("switched on: crash")
    os._exit(CRASH_STATUS)


def main() -> None:
    """Serve until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings()
    faults = FaultsFile(Path(os.environ["FAULTS_FILE"]), time.monotonic)
    app = build(settings, faults.current, random.Random(), _crash)  # noqa: S311 - chance, no secret
    asyncio.run(serve(app, settings.host, settings.port))


if __name__ == "__main__":
    main()
