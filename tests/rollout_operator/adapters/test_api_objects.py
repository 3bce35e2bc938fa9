"""Flag maps, rollouts and events on the real API server."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
import yaml

from rollout_contract import names
from rollout_operator.adapters.cluster import Cluster, Place, Resource, connect
from rollout_operator.adapters.events import EventRecorder
from rollout_operator.adapters.flags import ConfigMapFlags
from rollout_operator.adapters.rollouts import ApiRollouts
from rollout_operator.model.status import Move, Reason
from rollout_operator.ports import ApiBusy, ApiConflict, ApiGone, Key
from tests.support.schema import spec_body

pytestmark = pytest.mark.cluster

DOCUMENT = "feature_flags: {traffic_percentage: 20}\n"
MOVE = Move(at=datetime(2026, 1, 5, 9, tzinfo=UTC), from_=20, to=0, reason=Reason.ROLLBACK_STARTED, message="errors")


@pytest.fixture
def kubectl(cluster, namespace):
    """The administrator's kubectl in the test's namespace."""

    async def call(*arguments: str, **options: str) -> str:
        return await cluster.kubectl("-n", namespace, *arguments, **options)

    return call


@pytest.fixture
def read(kubectl):
    """One object as JSON."""

    async def call(*what: str) -> dict:
        return json.loads(await kubectl("get", *what, "-o", "json", "--show-managed-fields"))

    return call


@pytest.fixture
async def rollout(kubectl, account):  # noqa: ARG001 - the account brings the CRD
    """A rollout as the API server stores it."""
    manifest = {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"name": "phase-1"},
        "spec": {"target": spec_body()["target"]},
    }
    return json.loads(await kubectl("apply", "-o", "json", "-f", "-", input=yaml.safe_dump(manifest)))


async def test_a_missing_map_is_no_problem_and_writing_creates_it(api, namespace, target, read):
    flags = ConfigMapFlags(api)
    seen = await flags.read(namespace, target)
    assert (seen.exists, seen.flagset, seen.problem) == (False, None, "")
    await flags.write(namespace, target, DOCUMENT)
    seen = await flags.read(namespace, target)
    assert (seen.text, seen.flagset.traffic_percentage) == (DOCUMENT, 20)
    stored = await read("configmap", "detector-flags")
    assert stored["metadata"]["labels"][names.MANAGED_BY_LABEL] == names.FIELD_MANAGER


async def test_writing_takes_our_key_and_leaves_those_of_others(api, namespace, target, kubectl, read):
    await kubectl("create", "configmap", "detector-flags", "--from-literal=config.yaml=old", "--from-literal=other=1")
    await ConfigMapFlags(api).write(namespace, target, DOCUMENT)
    stored = await read("configmap", "detector-flags")
    assert stored["data"] == {"config.yaml": DOCUMENT, "other": "1"}
    owned = {each["manager"]: each["fieldsV1"].get("f:data", {}) for each in stored["metadata"]["managedFields"]}
    assert "f:config.yaml" in owned[names.FIELD_MANAGER]
    assert "f:other" not in owned[names.FIELD_MANAGER]


async def test_a_map_without_our_key_exists_and_holds_nothing(api, namespace, target, kubectl):
    await kubectl("create", "configmap", "detector-flags", "--from-literal=other=1")
    seen = await ConfigMapFlags(api).read(namespace, target)
    assert (seen.exists, seen.flagset, seen.problem) == (True, None, "")


async def test_a_broken_document_is_a_problem_that_names_the_field(api, namespace, target, kubectl):
    text = "feature_flags: {traffic_percentage: many}"
    await kubectl("create", "configmap", "detector-flags", f"--from-literal=config.yaml={text}")
    seen = await ConfigMapFlags(api).read(namespace, target)
    assert (seen.exists, seen.flagset, seen.text) == (True, None, text)
    assert "traffic_percentage" in seen.problem


async def test_an_immutable_map_is_a_problem_with_its_cure(api, namespace, target, kubectl):
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "detector-flags"}, "immutable": True}
    await kubectl("apply", "-f", "-", input=yaml.safe_dump(manifest | {"data": {"config.yaml": DOCUMENT}}))
    seen = await ConfigMapFlags(api).read(namespace, target)
    assert seen.flagset is None
    assert "is immutable; delete it and create it again" in seen.problem
    with pytest.raises(ApiBusy, match="immutable"):
        await ConfigMapFlags(api).write(namespace, target, "feature_flags: {traffic_percentage: 50}\n")


async def test_a_status_is_stored_and_the_spec_is_not_touched(api, rollout, read):
    body = await ApiRollouts(api).write_status(rollout, {"phase": "Progressing", "trafficPercent": 20})
    assert body["status"]["phase"] == "Progressing"
    stored = await read("irol", "phase-1")
    assert stored["status"] == {"phase": "Progressing", "trafficPercent": 20}
    assert stored["spec"] == rollout["spec"]
    assert stored["metadata"]["generation"] == rollout["metadata"]["generation"]


async def test_a_status_computed_from_an_old_body_is_refused_with_the_new_one(api, rollout, kubectl):
    await kubectl("patch", "irol", "phase-1", "--type=merge", "-p", '{"spec": {"paused": true}}')
    with pytest.raises(ApiConflict) as conflict:
        await ApiRollouts(api).write_status(rollout, {"phase": "Progressing"})
    assert conflict.value.body["spec"]["paused"] is True
    again = await ApiRollouts(api).write_status(conflict.value.body, {"phase": "Paused"})
    assert again["status"] == {"phase": "Paused"}


async def test_a_deleted_rollout_is_gone_for_every_write(api, rollout, kubectl, namespace):
    await kubectl("delete", "irol", "phase-1")
    with pytest.raises(ApiGone):
        await ApiRollouts(api).write_status(rollout, {"phase": "Progressing"})
    with pytest.raises(ApiGone):
        await ApiRollouts(api).leave_alert(Key(namespace, "phase-1"), {"alert.rollouts.intelligence.dev/a1": "{}"})


async def test_an_alert_is_left_and_taken_away_again(api, rollout, namespace):
    name = f"{names.ALERT_ANNOTATION_PREFIX}ab12"
    rollouts, key = ApiRollouts(api), Key(namespace, "phase-1")
    body = await rollouts.leave_alert(key, {name: '{"status":"firing"}'})
    assert body["metadata"]["annotations"][name] == '{"status":"firing"}'
    assert body["metadata"]["generation"] == rollout["metadata"]["generation"]
    body = await rollouts.leave_alert(key, {name: None})
    assert name not in body["metadata"].get("annotations", {})


@pytest.mark.usefixtures("rollout")
async def test_a_list_holds_whole_bodies_and_its_own_version(api, namespace):
    for rollouts in (ApiRollouts(api), ApiRollouts(api, [namespace])):
        listing = await rollouts.list_all()
        (body,) = [each for each in listing.bodies if each["metadata"]["namespace"] == namespace]
        assert (body["apiVersion"], body["kind"]) == (names.API_VERSION, names.KIND)
        assert listing.version >= int(body["metadata"]["resourceVersion"])


async def test_a_list_of_other_namespaces_does_not_hold_it(api, rollout):
    assert (await ApiRollouts(api, ["default"]).list_all()).bodies == ()
    assert rollout["metadata"]["namespace"] != "default"


async def test_a_move_is_one_event_however_often_it_is_recorded(api, rollout, read):
    recorder = EventRecorder(api, "pod-1", lambda: datetime.now(UTC))
    for _ in range(3):
        await recorder.record(rollout, MOVE)
    (event,) = (await read("events"))["items"]
    assert (event["type"], event["reason"], event["message"]) == ("Warning", "RollbackStarted", "errors")
    assert (event["involvedObject"]["kind"], event["involvedObject"]["name"]) == (names.KIND, "phase-1")
    assert event["source"]["component"] == "intelligence-rollout"


async def test_kubectl_describe_shows_the_events_of_a_rollout(api, rollout, kubectl):
    await EventRecorder(api, "pod-1", lambda: datetime.now(UTC)).record(rollout, MOVE)
    assert "RollbackStarted" in await kubectl("describe", "irol", "phase-1")


async def test_an_api_server_that_cannot_be_reached_is_busy(account, cluster, calls):
    config = yaml.safe_load(account.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    path = cluster.folder / "nowhere.kubeconfig"
    await asyncio.to_thread(path.write_text, yaml.safe_dump(config))
    client = await connect(str(path))
    with pytest.raises(ApiBusy, match="cannot reach the API server"):
        await ApiRollouts(Cluster(client, lambda *call: calls.append(call))).list_all()
    await client.close()
    assert calls == [("list", "intelligencerollouts", 0)]


async def test_an_account_that_may_not_is_told_what_it_may_not(api):
    with pytest.raises(ApiBusy, match=r"403 .*cannot list resource"):
        await api.list(Place(Resource("v1", "secrets"), "default"))
