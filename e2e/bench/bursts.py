"""One burst of each kind against a rollout that stands at 50 %, and how long its rollback took."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp

from e2e.bench.stub_prometheus import StubPrometheus
from e2e.stories.board import NAMESPACE, ROLLOUTS, Board
from e2e.stories.environment import Webhook
from e2e.stories.stage import Stage
from rollout_contract import names

NAME = "reaction"
TRAFFIC = 50
GOOD, BAD = 1.0, 0.0
ALERT = "BurstByHand"
POLL_SECONDS = 0.02
CONFIRM_SECONDS = 30


@dataclass
class Bench:
    """What all bursts share, and what they measured."""

    stage: Stage
    http: aiohttp.ClientSession
    stub: StubPrometheus
    webhook: Webhook
    rng: random.Random
    received: list[float] = field(default_factory=list)
    turned_bad: list[float] = field(default_factory=list)
    confirmed: list[float] = field(default_factory=list)
    fired: list[float] = field(default_factory=list)
    burst: int = 0


def rollout(prometheus: str, revision: str) -> dict[str, object]:
    """A rollout that stays at 50 % until a burst hits it."""
    threshold = {"query": "vector(1)", "pass": "> 0.5", "fail": "<= 0.5", "failFor": "1 of 1"}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "revision": revision,
            "target": {"deployment": {"name": "detector"}, "flags": {"configMap": "detector-flags"}},
            "prometheus": {"address": prometheus},
            "interval": "1s",
            "phases": [{"name": "half", "traffic": TRAFFIC, "soak": "1h"}],
            "gates": [{"name": "stub", "threshold": threshold, "onFail": "off"}],
            "ladders": {"off": [{"do": "AllOff", "verify": "1s"}]},
            "alerts": [{"match": {"alertname": ALERT}, "ladder": "off"}],
        },
    }


async def climb(bench: Bench) -> None:
    """Open a new attempt and wait until it stands at 50 %, its gate passing."""
    bench.burst += 1
    bench.stub.value = GOOD
    await bench.stage.kube.patch(f"{ROLLOUTS}/{NAME}", {"spec": {"revision": f"r{bench.burst}"}})
    await converged(bench, TRAFFIC)
    await bench.stage.until("the gate to pass", _passing, 15)


def _passing(board: Board) -> bool:
    verdicts = [gate["verdict"] for gate in board.status.get("gates", [])]
    return board.phase == "Progressing" and verdicts == ["Pass"]


async def converged(bench: Bench, percent: int) -> tuple[float, float]:
    """Wait for a percentage; returns when it was written and when every pod reported its revision."""
    await bench.stage.until(f"{percent} % in the document", lambda b: b.document_traffic == percent, 15)
    write = bench.stage.board.writes[-1]
    async with asyncio.timeout(CONFIRM_SECONDS):
        while await reported(bench) != {write.revision}:  # noqa: ASYNC110 - pods can only be asked
            await asyncio.sleep(POLL_SECONDS)
    now = time.time()
    bench.confirmed.append(now - write.at)
    return write.at, now


async def reported(bench: Bench) -> set[str]:
    """The revisions that the pods run; a pod that does not answer runs none."""

    async def ask(address: str) -> str:
        try:
            async with bench.http.get(address + names.HEALTH_PATH) as response:
                return str((await response.json()).get(names.HEALTH_REVISION_FIELD))
        except (aiohttp.ClientError, TimeoutError):
            return "none"

    return set(await asyncio.gather(*(ask(address) for address in bench.stage.board.addresses())))


async def finish(bench: Bench) -> None:
    """Wait until the attempt is over."""
    await bench.stage.until("the end of the rollback", lambda b: b.phase == "RolledBack", 30)


async def burst_of_webhook(bench: Bench) -> None:
    """Push an alert to the operator as Alertmanager does."""
    started = datetime.now(UTC).isoformat()
    sent = time.time()
    await push(bench, "firing", started)
    written, _ = await converged(bench, 0)
    bench.received.append(written - sent)
    await push(bench, "resolved", started)
    await finish(bench)


async def push(bench: Bench, status: str, started: str) -> None:
    """Send one version-4 webhook message."""
    labels = {"alertname": ALERT, "namespace": NAMESPACE}
    ends = datetime.now(UTC).isoformat() if status == "resolved" else "0001-01-01T00:00:00Z"
    alert = {"status": status, "labels": labels, "annotations": {}, "startsAt": started, "endsAt": ends}
    alert |= {"generatorURL": "", "fingerprint": f"{bench.burst:016x}"}
    message = {"version": "4", "groupKey": "{}", "truncatedAlerts": 0, "status": status, "receiver": "operator"}
    message |= {
        "groupLabels": {},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "",
        "alerts": [alert],
    }
    headers = {"Authorization": f"Bearer {bench.webhook.token}"}
    async with bench.http.post(bench.webhook.url, json=message, headers=headers) as response:
        response.raise_for_status()


async def burst_of_metric(bench: Bench) -> None:
    """Turn the metric bad at a random moment between two looks."""
    await asyncio.sleep(bench.rng.random())
    bench.stub.value = BAD
    turned = time.time()
    written, _ = await converged(bench, 0)
    bench.turned_bad.append(written - turned)
    bench.stub.value = GOOD
    await finish(bench)


async def burst_of_alertmanager(bench: Bench) -> None:
    """Fire an alert in the real Alertmanager and wait for the last pod."""
    started = datetime.now(UTC)
    fired = time.time()
    labels = {"alertname": ALERT, "namespace": NAMESPACE, "burst": str(bench.burst)}
    await fire(bench, {"labels": labels, "startsAt": started.isoformat()})
    _, confirmed = await converged(bench, 0)
    bench.fired.append(confirmed - fired)
    await fire(bench, {"labels": labels, "startsAt": started.isoformat(), "endsAt": datetime.now(UTC).isoformat()})
    await finish(bench)


async def fire(bench: Bench, alert: dict[str, object]) -> None:
    """Tell Alertmanager about an alert as Prometheus does."""
    address = bench.stage.environment.alertmanager
    async with bench.http.post(f"{address}/api/v2/alerts", json=[alert]) as response:
        response.raise_for_status()
