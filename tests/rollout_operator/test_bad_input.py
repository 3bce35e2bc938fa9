"""Bad input end to end: the operator says what is wrong where users look, and touches nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from e2e.cluster.faults import hang
from rollout_contract import names
from rollout_contract.flagset import parse
from tests.cluster.polling import eventually

pytestmark = pytest.mark.cluster

PHASES = [{"name": "canary", "traffic": 20, "soak": "1h"}, {"name": "full", "traffic": 100, "soak": "1h"}]
GATE = {"query": "vector(0)", "pass": "< 1", "fail": "> 1"}
LADDERS = {"errors": [{"do": "AllOff"}], "accuracy": [{"do": "AllOff"}]}


class Desk:
    """A person with kubectl in one namespace."""

    def __init__(self, kubectl: Callable[..., Any], prometheus: str) -> None:
        self._kubectl = kubectl
        self.prometheus = prometheus

    async def apply(self, name: str = "phase-1", configmap: str = "detector-flags", **spec: Any) -> None:
        target = {"deployment": {"name": "detector"}, "flags": {"configMap": configmap}}
        wish = {
            "target": target,
            "interval": "1s",
            "prometheus": {"address": self.prometheus},
            "phases": PHASES,
            "gates": [{"name": "g", "threshold": GATE}],
            "ladders": LADDERS,
            "alerts": [{"match": {"alertname": "A"}, "ladder": "errors"}],
        }
        body = {"apiVersion": names.API_VERSION, "kind": names.KIND, "metadata": {"name": name}, "spec": wish | spec}
        await self._kubectl("apply", "-f", "-", input=yaml.safe_dump(body))

    async def status(self, name: str = "phase-1") -> dict[str, Any]:
        return json.loads(await self._kubectl("get", "irol", name, "-o", "json")).get("status", {})

    async def says(self, kind: str, reason: str, name: str = "phase-1") -> str:
        """Wait for a condition with that reason; its message."""

        async def found() -> str:
            conditions = (await self.status(name)).get("conditions", [])
            return next((c["message"] for c in conditions if (c["type"], c["reason"]) == (kind, reason)), "")

        return await eventually(found, 30)

    async def reaches(self, percent: int, name: str = "phase-1") -> None:
        """Wait until every pod confirms that percentage."""

        async def confirmed() -> bool:
            status = await self.status(name)
            return status.get("effectivePercent") == percent and status.get("trafficPercent") == percent

        await eventually(confirmed, 30)

    async def document(self) -> str:
        body = json.loads(await self._kubectl("get", "configmap", "detector-flags", "-o", "json"))
        return body.get("data", {}).get(names.FLAGS_KEY, "")

    async def write(self, text: str) -> None:
        patch = json.dumps({"data": {names.FLAGS_KEY: text}})
        await self._kubectl("patch", "configmap", "detector-flags", "--type=merge", "-p", patch)

    async def run(self, *arguments: str) -> str:
        return await self._kubectl(*arguments)


@pytest.fixture
def desk(cluster, namespace, running):  # noqa: ARG001 - the operator is at work
    async def kubectl(*arguments: str, **options: Any) -> str:
        return await cluster.kubectl("-n", namespace, *arguments, **options)

    return Desk(kubectl, cluster.prometheus_url)


async def test_a_missing_deployment_is_stalled_with_the_cure(desk):
    await desk.apply()
    assert "create it" in await desk.says("Stalled", "DeploymentMissing")
    assert (await desk.status())["trafficPercent"] == 0


@pytest.mark.usefixtures("detector")
async def test_a_map_that_is_missing_is_created_and_the_climb_starts(desk):
    await desk.run("delete", "configmap", "detector-flags")
    await desk.apply()

    async def written() -> bool:
        listed = await desk.run("get", "configmap", "--ignore-not-found", "detector-flags", "-o", "name")
        return bool(listed) and parse(await desk.document()).traffic_percentage == 20

    await eventually(written, 30)


@pytest.mark.usefixtures("detector")
async def test_a_document_that_cannot_be_read_is_told_and_left_as_it_is(desk):
    broken = "feature_flags:\n  traffic_percentage: twenty\n"
    await desk.write(broken)
    await desk.apply()
    assert "traffic_percentage" in await desk.says("Stalled", "InvalidFlagDocument")
    assert await desk.document() == broken
    await desk.write("feature_flags: {traffic_percentage: 0}\n")
    await desk.reaches(20)


@pytest.mark.usefixtures("detector")
async def test_a_document_broken_by_hand_in_a_phase_holds_it_and_pods_keep_the_last_good_one(desk):
    await desk.apply()
    await desk.reaches(20)
    good = await desk.document()
    await desk.write("{")
    await desk.says("Stalled", "InvalidFlagDocument")
    assert await desk.document() == "{"
    assert (await desk.status())["trafficPercent"] == 20
    await desk.write(good)
    await desk.reaches(20)


@pytest.mark.usefixtures("detector")
async def test_the_second_rollout_on_one_map_stalls_until_the_first_is_gone(desk):
    await desk.apply("first")
    await desk.reaches(20, "first")
    await desk.apply("second")
    assert "first" in await desk.says("Stalled", "TargetInUse", "second")
    stamp = parse(await desk.document()).stamp
    assert stamp is not None
    assert stamp.name == "first"
    await desk.run("delete", "irol", "first")
    await desk.reaches(20, "second")


@pytest.mark.usefixtures("detector")
async def test_a_query_that_prometheus_cannot_parse_stalls_with_its_own_words(desk):
    await desk.apply(gates=[{"name": "g", "threshold": GATE | {"query": "sum(("}}])
    assert "parse error" in await desk.says("Stalled", "InvalidQuery")
    assert (await desk.status())["phase"] == "Held"
    await desk.apply()
    await desk.says("GatesPassing", "Passing")


@pytest.mark.usefixtures("detector")
async def test_a_rollback_does_not_wait_for_a_prometheus_that_hangs(desk, running, cluster, namespace):
    await desk.apply()
    await desk.reaches(20)
    labels = {"alertname": "A", "namespace": namespace}
    fired = {"status": "firing", "labels": labels, "startsAt": "2026-01-05T09:00:00Z", "fingerprint": "abc1"}
    async with cluster.prometheus_proxy.faults.during(hang("/api/v1/query*")):
        await desk.says("MetricsAvailable", "Timeout")
        assert await running.alert({"version": "4", "alerts": [fired]}) == 200
        await desk.reaches(0)
    assert parse(await desk.document()).traffic_percentage == 0
