"""The whole program, as a process: it starts with one clear line or not at all, works, and ends when told to."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from rollout_contract import names
from rollout_operator.__main__ import read_settings
from rollout_operator.program import Unusable, run, together
from rollout_operator.settings import Settings
from tests.cluster.polling import eventually
from tests.support.operator import free_port, start
from tests.support.schema import spec_body
from tests.support.web import serving

STOP_LIMIT = 3.0


async def refusal(**environment: str) -> list[str]:
    """What the program says when it does not start, line by line."""
    process = await start(**environment)
    _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    return said.decode().splitlines()


@pytest.mark.process
async def test_a_program_that_cannot_start_says_one_line_and_ends_with_1():
    (said,) = await refusal()
    assert said.startswith("rollout-operator: no KUBECONFIG and not inside a cluster")


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("ROLLOUT_PORT", "http", "ROLLOUT_PORT: Input should be a valid integer"),
        ("ROLLOUT_PROMETHEUS_ADDRESS", "prom:9090", "ROLLOUT_PROMETHEUS_ADDRESS: String should match"),
        ("ROLLOUT_ALERT_TOKEN_FILE", "nowhere", "ROLLOUT_ALERT_TOKEN_FILE: .*No such file"),
        ("ROLLOUT_ALERT_TOKEN_FILE", os.devnull, "ROLLOUT_ALERT_TOKEN_FILE: /dev/null is empty; write a token"),
    ],
)
def test_an_unusable_setting_is_named(monkeypatch, name, value, line):
    monkeypatch.setenv(name, value)
    with pytest.raises(Unusable, match=f"^{line}"):
        read_settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "there is no such file"), ("a: [", "while parsing"), ("a", "KUBECONFIG"), ("", "KUBECONFIG")],
)
async def test_an_unusable_kubeconfig_is_named(tmp_path, text, said):
    path = tmp_path / "kubeconfig"
    if text is not None:
        path.write_text(text)
    with pytest.raises(Unusable, match=said):
        await run(Settings(), str(path))


async def test_a_cluster_without_the_crd_is_told_with_the_cure(tmp_path):
    async def nothing(_: web.Request) -> web.Response:
        return web.json_response({"kind": "Status", "message": "not found", "code": 404}, status=404)

    async with serving(nothing) as address:
        with pytest.raises(Unusable, match="does not know IntelligenceRollout; run `kubectl apply -f crds/` first"):
            await run(Settings(), kubeconfig(tmp_path, address))


async def test_an_api_server_that_is_away_is_told(tmp_path):
    with pytest.raises(Unusable, match=r"^cannot reach the API server: "):
        await run(Settings(), kubeconfig(tmp_path, f"http://127.0.0.1:{free_port()}"))


async def test_any_part_that_ends_takes_the_others_with_it(caplog):
    async def fail() -> None:
        raise RuntimeError("kopf is gone")

    async def end() -> None:
        pass

    assert await together(feed=fail(), scheduler=asyncio.Event().wait()) == 1
    assert "kopf is gone" in caplog.text
    assert await together(feed=end(), scheduler=asyncio.Event().wait()) == 1
    assert "feed" in caplog.messages[-1]


def kubeconfig(folder: Path, server: str) -> str:
    config = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return str(path)


@pytest.fixture
def rollout(cluster, namespace) -> Callable[[], Any]:
    """Creates a rollout whose Deployment is missing; reads it again."""
    manifest = {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"name": "phase-1"},
        "spec": {"target": spec_body()["target"], "alerts": [{"match": {"alertname": "A"}, "ladder": "errors"}]},
    }

    async def create() -> Callable[[], Any]:
        await cluster.kubectl("-n", namespace, "apply", "-f", "-", input=yaml.safe_dump(manifest))

        async def read() -> dict:
            return json.loads(await cluster.kubectl("-n", namespace, "get", "irol", "phase-1", "-o", "json"))

        return read

    return create


@pytest.mark.cluster
async def test_a_new_rollout_gets_a_status_and_its_metrics_go_with_it(running, rollout, cluster, namespace):
    read = await rollout()

    async def reconciled() -> bool:
        return "conditions" in (await read()).get("status", {})

    await eventually(reconciled, 20)
    sample = f'intelligence_rollout_traffic_percent{{name="phase-1",namespace="{namespace}"}} 0.0'
    assert sample in (await running.get("/metrics"))[1]
    await cluster.kubectl("-n", namespace, "delete", "irol", "phase-1")

    async def forgotten() -> bool:
        return 'name="phase-1"' not in (await running.get("/metrics"))[1]

    await eventually(forgotten, 20)


@pytest.mark.cluster
async def test_an_alert_is_on_the_rollout_when_the_webhook_has_answered(running, rollout, namespace):
    read = await rollout()

    async def known() -> bool:
        return f'namespace="{namespace}"' in (await running.get("/metrics"))[1]

    await eventually(known, 20)
    alert = {
        "fingerprint": "ab12",
        "status": "firing",
        "startsAt": "2026-01-05T09:00:00Z",
        "labels": {"alertname": "A", "namespace": namespace},
    }
    assert await running.alert({"version": "4", "alerts": [alert]}) == 200
    assert json.loads((await read())["metadata"]["annotations"][f"{names.ALERT_ANNOTATION_PREFIX}ab12"]) == {
        "startsAt": "2026-01-05T09:00:00Z",
        "name": "A",
        "ladder": "errors",
        "status": "firing",
    }


@pytest.mark.cluster
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_well_and_soon_when_told_to_and_logs_only_json(running, number):
    running.process.send_signal(number)
    _, said = await asyncio.wait_for(running.process.communicate(), STOP_LIMIT + 2)
    assert running.process.returncode == 0
    records = [json.loads(line) for line in said.decode().splitlines()]
    assert all({"timestamp", "level", "logger", "message"} <= record.keys() for record in records)
    assert records[-1]["message"] == "stopped"


@pytest.mark.cluster
async def test_a_port_that_is_taken_is_one_line(account):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (said,) = await refusal(KUBECONFIG=str(account), ROLLOUT_PORT=str(taken.getsockname()[1]))
    assert said.startswith("rollout-operator: ROLLOUT_HOST, ROLLOUT_PORT: ")
