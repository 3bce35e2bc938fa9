"""Put the manifests into the cluster and wait until what they start is ready."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from e2e.stories.board import Board, is_ready
from e2e.stories.environment import Webhook
from e2e.stories.kube import JSON
from e2e.stories.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "e2e" / "manifests"
CRDS = ROOT / "crds"
OPERATOR = ROOT / "operator" / "deploy"
SYSTEM = "intelligence-system"
DETECTORS = 3
READY_SECONDS = 90


def documents(*paths: Path) -> list[JSON]:
    """Every object in some manifest files."""
    return [doc for path in paths for doc in yaml.safe_load_all(path.read_text(encoding="utf-8")) if doc]


def with_environment(objects: Iterable[JSON], deployment: str, variables: dict[str, str]) -> list[JSON]:
    """Set variables in the first container of a Deployment among the objects."""
    objects = list(objects)
    for item in objects:
        if item["kind"] == "Deployment" and item["metadata"]["name"] == deployment:
            container = item["spec"]["template"]["spec"]["containers"][0]
            kept = [v for v in container.get("env", []) if v["name"] not in variables]
            container["env"] = kept + [{"name": k, "value": v} for k, v in variables.items()]
    return objects


async def apply(stage: Stage, objects: Iterable[JSON]) -> None:
    """Apply objects as `kubectl apply -f` does."""
    await stage.environment.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(list(objects)))


async def install(stage: Stage, alert_token: str) -> None:
    """Apply the API, the operator and the detector; nothing is waited for."""
    await apply(stage, documents(*sorted(CRDS.glob("*.yaml")), MANIFESTS / "namespace.yaml"))
    operator = documents(OPERATOR / "rbac.yaml", OPERATOR / "deployment.yaml")
    operator = with_environment(
        operator, "rollout-operator", {"ROLLOUT_PROMETHEUS_ADDRESS": stage.environment.prometheus}
    )
    await apply(
        stage,
        [*operator, secret(alert_token), *documents(MANIFESTS / "detector-faults.yaml", MANIFESTS / "detector.yaml")],
    )


def secret(token: str) -> dict[str, Any]:
    """The Secret with the token that Alertmanager must show to the operator."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "rollout-operator-alerts", "namespace": SYSTEM},
        "data": {"token": base64.b64encode(token.encode()).decode()},
    }


async def wait_ready(stage: Stage) -> None:
    """Wait for the detectors and the operator."""

    def ready(board: Board) -> bool:
        return len(board.ready_pods()) == DETECTORS and is_ready(board.operator())

    await stage.until(f"{DETECTORS} detectors and the operator to be ready", ready, READY_SECONDS)


def alert_rules() -> str:
    """The Prometheus rules of the demo."""
    return (MANIFESTS / "alert-rules.yaml").read_text(encoding="utf-8")


def alert_webhook(stage: Stage, token: str) -> Webhook:
    """Where the operator's pod takes alerts."""
    pod = stage.board.operator()
    port = pod["spec"]["containers"][0]["ports"][0]["containerPort"]
    return Webhook(f"http://{pod['status']['podIP']}:{port}/alerts", token)
