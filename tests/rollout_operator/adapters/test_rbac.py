"""The shipped rights are exactly what a whole exercise of the operator uses: nothing missing, nothing in vain."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
import yaml

from e2e.cluster.cache import ROOT
from rollout_contract import names
from rollout_operator.adapters.cluster import Cluster, connect
from rollout_operator.adapters.events import EventRecorder
from rollout_operator.adapters.flags import ConfigMapFlags
from rollout_operator.adapters.fleet import DeploymentFleet
from rollout_operator.adapters.health import HealthClient
from rollout_operator.adapters.rollouts import ApiRollouts
from rollout_operator.feed import Feed, login_of
from rollout_operator.model.decision import Restart, RestoreImage
from rollout_operator.model.status import Move, Reason
from rollout_operator.ports import ApiConflict, Key
from tests.cluster.polling import eventually
from tests.support.schema import spec_body

pytestmark = pytest.mark.cluster

AT = "2026-01-05T09:00:00.000Z"
MOVE = Move(at=datetime(2026, 1, 5, 9, tzinfo=UTC), from_=0, to=20, reason=Reason.STARTED)
WATCHED = ("watch", names.PLURAL)
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "detector"},
    "spec": {
        "selector": {"matchLabels": {"app": "detector"}},
        "template": {
            "metadata": {"labels": {"app": "detector"}},
            "spec": {"containers": [{"name": "detector", "image": "never-there:v1"}]},
        },
    },
}
ROLLOUT = {
    "apiVersion": names.API_VERSION,
    "kind": names.KIND,
    "metadata": {"name": "phase-1"},
    "spec": {"target": spec_body()["target"]},
}


def granted() -> set[tuple[str, str]]:
    """Verb and resource of every right in the manifest."""
    documents = yaml.safe_load_all((ROOT / "operator" / "deploy" / "rbac.yaml").read_text())
    rules = next(each["rules"] for each in documents if each["kind"] == "ClusterRole")
    return {(verb, resource) for rule in rules for verb in rule["verbs"] for resource in rule["resources"]}


def used(calls: list[tuple[str, str, int]]) -> set[tuple[str, str]]:
    """Verb and resource of every request; a server-side apply that creates needs both rights."""
    created = {("create", resource) for verb, resource, code in calls if (verb, code) == ("patch", 201)}
    return {(verb, resource) for verb, resource, _ in calls} | created


async def exercise(api: Cluster, namespace: str, target, body) -> None:
    """Everything that the operator ever asks of the API server, except the watch."""
    flags, rollouts, health = ConfigMapFlags(api), ApiRollouts(api), HealthClient()
    fleet = DeploymentFleet(api, health)
    await flags.read(namespace, target)
    await flags.write(namespace, target, "feature_flags: {traffic_percentage: 20}\n")

    async def with_pod():
        return (await fleet.observe(namespace, target, ask_pods=True)).pods

    pods = await eventually(with_pod, 30)
    await fleet.touch(namespace, pods[0].name, "abc")
    await fleet.act(namespace, target, Restart(AT))
    await fleet.act(namespace, target, RestoreImage("never-there:v0", AT))
    await rollouts.list_all()
    await rollouts.leave_alert(Key(namespace, "phase-1"), {f"{names.ALERT_ANNOTATION_PREFIX}a1": "{}"})
    with pytest.raises(ApiConflict) as conflict:
        await rollouts.write_status(body, {"phase": "Progressing"})
    await rollouts.write_status(conflict.value.body, {"phase": "Progressing"})
    await EventRecorder(api, "pod-1", lambda: datetime.now(UTC)).record(body, MOVE)
    await health.close()


async def test_the_rights_are_the_requests_of_a_whole_exercise(cluster, namespace, account, api, calls, target):
    objects = yaml.safe_dump_all([DEPLOYMENT, ROLLOUT])
    await cluster.kubectl("-n", namespace, "apply", "-f", "-", input=objects)
    body = json.loads(await cluster.kubectl("-n", namespace, "get", "irol", "phase-1", "-o", "json"))
    client = await connect(str(account))
    heard: list[tuple[str, str]] = []
    feed = Feed(login_of(client.configuration), lambda kind, body: heard.append((kind, body["metadata"]["namespace"])))
    watching = asyncio.create_task(feed.run())

    async def heard_of(kind: str) -> bool:
        return (kind, namespace) in heard

    await eventually(lambda: heard_of("ADDED"), 20)
    await exercise(api, namespace, target, body)
    await eventually(lambda: heard_of("MODIFIED"), 20)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await client.close()
    assert [call for call in calls if call[2] == 403] == []
    assert used(calls) | {WATCHED} == granted()
