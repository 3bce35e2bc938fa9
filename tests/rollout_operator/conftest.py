"""The embedded cluster as the operator sees it: under its own account, every request counted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from e2e.cluster.cache import ROOT
from rollout_operator.adapters.cluster import Cluster, connect
from rollout_operator.model.spec import Target
from tests.cluster.polling import eventually
from tests.support.operator import TOKEN, Running, free_port, start
from tests.support.schema import spec_body

# an image of the detector's name that is a smaller service
SERVICE = {"path": ".venv/bin", "cwd": ".", "command": ["python", "-m", "tests.support.flagservice"]}
OPERATOR = ("rollout-operator", "-n", "intelligence-system")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def account(cluster) -> Path:
    """Kubeconfig of the operator's ServiceAccount, with the rights of the shipped manifest and no others."""
    await cluster.apply(ROOT / "crds")
    await cluster.apply(ROOT / "operator" / "deploy" / "rbac.yaml")
    await cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
    token = await cluster.kubectl("create", "token", *OPERATOR, "--duration=2h")
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token.strip()}
    path = cluster.folder / "rollout-operator.kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture
def calls() -> list[tuple[str, str, int]]:
    """Every request of the test: verb, resource, code."""
    return []


@pytest_asyncio.fixture
async def api(account, calls):
    """The API server under the operator's account."""
    client = await connect(str(account))
    yield Cluster(client, lambda *call: calls.append(call))
    await client.close()


@pytest.fixture
def target() -> Target:
    """The target of the minimal manifest."""
    return Target.model_validate(spec_body()["target"])


@pytest.fixture
async def detector(cluster, namespace):
    """The Deployment of the demo with two replicas of the service, and its flag map."""
    cluster.add_images({"intelligence-detector:v1": SERVICE, "intelligence-detector:v2": SERVICE})
    objects = list(yaml.safe_load_all((ROOT / "e2e" / "manifests" / "detector.yaml").read_text()))
    for each in objects:
        each["metadata"]["namespace"] = namespace
    deployment = next(each for each in objects if each["kind"] == "Deployment")
    deployment["spec"]["replicas"] = 2
    pod = deployment["spec"]["template"]["spec"]
    pod["volumes"] = [each for each in pod["volumes"] if each["name"] == "flags"]
    container = pod["containers"][0]
    container["volumeMounts"] = [each for each in container["volumeMounts"] if each["name"] == "flags"]
    container["env"] = [each for each in container["env"] if each["name"] != "FAULTS_FILE"]
    await cluster.kubectl("apply", "-f", "-", input=yaml.safe_dump_all(objects))

    async def kubectl(*arguments: str) -> str:
        return await cluster.kubectl("-n", namespace, *arguments)

    await kubectl("rollout", "status", "deployment/detector", "--timeout=60s")
    return kubectl


@pytest.fixture
async def running(account, namespace, tmp_path) -> AsyncIterator[Running]:
    token, port = tmp_path / "token", free_port()
    await asyncio.to_thread(token.write_text, f"{TOKEN}\n")
    process = await start(
        KUBECONFIG=str(account),
        ROLLOUT_PORT=str(port),
        ROLLOUT_ALERT_TOKEN_FILE=str(token),
        ROLLOUT_NAMESPACES=namespace,
    )
    running = Running(process, port)
    try:
        await eventually(running.ready, 20)
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
