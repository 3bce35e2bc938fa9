import asyncio

import pytest

from e2e.stories.kube import Kube, KubeError

pytestmark = pytest.mark.cluster


async def test_a_follower_sees_what_was_there_and_every_change(cluster, namespace):
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    seen: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    async with Kube.open(cluster.kubeconfig) as kube, asyncio.timeout(20):
        await kube.create(path, {"metadata": {"name": "numbers"}, "data": {"n": "1"}})
        watching = kube.follow(
            path, lambda kind, item: seen.put_nowait((kind, item["data"]["n"])), fieldSelector="metadata.name=numbers"
        )
        task = asyncio.create_task(watching)
        assert await seen.get() == ("ADDED", "1")
        await kube.patch(f"{path}/numbers", {"data": {"n": "2"}})
        assert await seen.get() == ("MODIFIED", "2")
        await kube.delete(f"{path}/numbers")
        assert await seen.get() == ("DELETED", "2")
        task.cancel()


async def test_a_refusal_says_what_the_api_server_said(cluster, namespace):
    async with Kube.open(cluster.kubeconfig) as kube:
        with pytest.raises(KubeError, match="not found") as refused:
            await kube.get(f"/api/v1/namespaces/{namespace}/configmaps/nothing")
    assert refused.value.status == 404
