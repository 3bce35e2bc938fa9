"""kopf in its thread: hands over what happens, ends when it is told to, and says what ended it otherwise."""

import asyncio
import dataclasses
import gc
import json
import logging
import threading
import time

import kopf
import pytest
import yaml

from rollout_contract import names
from rollout_operator.adapters.cluster import connect
from rollout_operator.feed import Feed, login_of
from tests.cluster.polling import eventually
from tests.support.schema import spec_body


class Heard(list):
    """Events of one namespace, as (type, name)."""

    def of(self, namespace: str):
        def sink(kind: str, body: dict) -> None:
            assert threading.current_thread() is threading.main_thread()
            if body["metadata"]["namespace"] == namespace:
                self.append((kind, body["metadata"]["name"]))

        return sink

    def has(self, *event: str):
        async def look() -> bool:
            return event in self

        return look


@pytest.fixture
async def login(account):
    client = await connect(str(account))
    yield login_of(client.configuration)
    await client.close()


def manifest(name: str) -> str:
    spec = {"target": spec_body()["target"]}
    return json.dumps({"apiVersion": names.API_VERSION, "kind": names.KIND, "metadata": {"name": name}, "spec": spec})


@pytest.mark.cluster
@pytest.mark.parametrize("everywhere", [True, False])
async def test_what_exists_and_what_happens_is_handed_over(cluster, namespace, login, everywhere):
    async def kubectl(*arguments: str, **options: str) -> str:
        return await cluster.kubectl("-n", namespace, *arguments, **options)

    await kubectl("apply", "-f", "-", input=manifest("before"))
    heard = Heard()
    feed = Feed(login, heard.of(namespace), () if everywhere else (namespace,))
    task = asyncio.create_task(feed.run())
    await eventually(heard.has("ADDED", "before"), 20)
    assert feed.started
    await kubectl("apply", "-f", "-", input=manifest("later"))
    await eventually(heard.has("ADDED", "later"), 20)
    await kubectl("patch", "irol", "later", "--type=merge", "-p", '{"spec": {"paused": true}}')
    await eventually(heard.has("MODIFIED", "later"), 20)
    await kubectl("delete", "irol", "later")
    await eventually(heard.has("DELETED", "later"), 20)
    start = time.monotonic()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert time.monotonic() - start < 2.5  # a promise of the feed, with room for a busy machine
    stored = yaml.safe_load(await kubectl("get", "irol", "before", "-o", "yaml"))
    assert "finalizers" not in stored["metadata"]
    assert not any("kopf" in name for name in stored["metadata"].get("annotations", {}))


@pytest.mark.process
async def test_a_login_that_fails_ends_the_feed_with_the_reason():
    """By itself kopf would live on without credentials, and hear nothing for ever."""

    async def login() -> kopf.ConnectionInfo:
        raise OSError("the token file is gone")

    with pytest.raises(OSError, match="the token file is gone"):
        await asyncio.wait_for(Feed(login, lambda *_: None).run(), 10)


@pytest.mark.cluster
def test_credentials_that_are_refused_end_the_feed(account):
    async def refused() -> None:
        client = await connect(str(account))
        right = login_of(client.configuration)

        async def wrong() -> kopf.ConnectionInfo:
            return dataclasses.replace(await right(), token="wrong")

        with pytest.raises(Exception, match=r"[Cc]redentials"):
            await asyncio.wait_for(Feed(wrong, lambda *_: None).run(), 20)
        await client.close()

    # kopf leaves a task whose error nobody retrieves. Its report must not come while Python compiles an import:
    # version 3.11 fails then ("recursion depth mismatch"). Captured log records would keep the task until then.
    logging.disable()
    try:
        asyncio.run(refused())
        gc.collect()
    finally:
        logging.disable(logging.NOTSET)
