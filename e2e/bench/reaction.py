"""How fast a rollback is: `python -m e2e.bench.reaction --json FILE`.

One rollout climbs to 50 % again and again (a new `spec.revision` each time) and is hit by bursts of three kinds: an
alert pushed to the operator, a metric that turns bad, an alert fired in the real Alertmanager. Volumes
refresh every 60 s, as with a kubelet: what makes the pods see the flags is the operator's touch.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from rich.console import Console

from e2e.bench.bursts import (
    GOOD,
    Bench,
    burst_of_alertmanager,
    burst_of_metric,
    burst_of_webhook,
    climb,
    rollout,
)
from e2e.bench.samples import figures
from e2e.bench.stub_prometheus import served
from e2e.stories.board import ROLLOUTS, Board
from e2e.stories.embedded import Embedded
from e2e.stories.runner import reason_of, running
from e2e.stories.screen import Screen

KINDS: tuple[tuple[str, Callable[[Bench], Awaitable[None]]], ...] = (
    ("an alert pushed to the operator", burst_of_webhook),
    ("a metric that turns bad", burst_of_metric),
    ("an alert fired in Alertmanager", burst_of_alertmanager),
)


async def measure(bursts: int, screen: Screen) -> dict[str, float]:
    """Start everything, run the bursts of each kind, and return the figures."""
    board = Board(time.time)
    environment = Embedded()
    try:
        with screen.shown("reaction", board):
            async with AsyncExitStack() as stack:
                scene = await stack.enter_async_context(running(environment, board, screen))
                stub = await stack.enter_async_context(served(GOOD))
                http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)))
                bench = Bench(scene.stage, http, stub, scene.webhook, random.Random(1))  # noqa: S311 - chance, no secret
                await scene.stage.kube.create(ROLLOUTS, rollout(stub.address, "r0"))
                await run_bursts(bench, bursts, screen)
    finally:
        await environment.down()
    return results(bench)


async def run_bursts(bench: Bench, bursts: int, screen: Screen) -> None:
    """Run every kind of burst this often."""
    quiet = bench.stage
    quiet.say = lambda _: None
    for what, burst in KINDS:
        for number in range(1, bursts + 1):
            screen.say(f"burst {number} of {bursts}: {what}")
            await climb(bench)
            await burst(bench)


def results(bench: Bench) -> dict[str, float]:
    """Every figure under the name of its bar."""
    return (
        figures("alert_received_to_patched_seconds", bench.received)
        | figures("metric_bad_to_patched_seconds", bench.turned_bad)
        | figures("patched_to_confirmed_seconds", bench.confirmed)
        | figures("alert_fired_to_confirmed_seconds", bench.fired)
    )


def main() -> int:
    """Run the measurement and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m e2e.bench.reaction", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="write the figures here")
    parser.add_argument("--bursts", type=int, default=20, help="bursts of each kind (%(default)s)")
    arguments = parser.parse_args()
    console = Console()
    try:
        Embedded().prepare()
        found = asyncio.run(measure(arguments.bursts, Screen(console)))
    except Exception as error:  # noqa: BLE001 - whatever broke, there are no figures
        console.print(f"the measurement failed: {reason_of(error)}", markup=False)
        return 1
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps({"figures": found}, indent=2) + "\n", encoding="utf-8")
    for name, value in found.items():
        console.print(f"{name:50} {value:8.3f}", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
