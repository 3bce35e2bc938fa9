"""The embedded cluster as the operator sees it: under its own account, every request counted."""

from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from e2e.cluster.cache import ROOT
from rollout_operator.adapters.cluster import Cluster, connect
from rollout_operator.model.spec import Target
from tests.support.schema import spec_body

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
