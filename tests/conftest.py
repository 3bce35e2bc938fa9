"""One real cluster for the whole session, one namespace for each test."""

import secrets

import pytest_asyncio
from hypothesis import HealthCheck, settings

from e2e.cluster.cluster import Cluster

# No test asserts a timing, and a busy machine must not fail one.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cluster(tmp_path_factory):
    """The embedded cluster; add what stands for your images with `cluster.add_images`."""
    async with Cluster(tmp_path_factory.mktemp("session") / "cluster") as running:
        yield running


@pytest_asyncio.fixture
async def namespace(cluster):
    """The name of a fresh namespace; its removal is asked for and not waited for."""
    name = f"test-{secrets.token_hex(4)}"
    await cluster.kubectl("create", "namespace", name)
    await cluster.kubectl("wait", "--for=create", "serviceaccount/default", "-n", name, "--timeout=30s")
    yield name
    await cluster.kubectl("delete", "namespace", name, "--wait=false")
