"""What a Deployment, its ReplicaSets and pods say, and why one cannot be driven."""

import copy
from typing import Any

import pytest

from rollout_operator.adapters.workload import Family, fault_of, port_of, selector_of
from rollout_operator.model.spec import Target
from tests.support.schema import spec_body


def target(**changes: Any) -> Target:
    return Target.model_validate(spec_body()["target"] | changes)


def deployment(revision: int = 2, image: str = "detector:v2") -> dict[str, Any]:
    container = {
        "name": "detector",
        "image": image,
        "ports": [{"name": "http", "containerPort": 8080}],
        "volumeMounts": [{"name": "flags", "mountPath": "/etc/intelligence"}],
    }
    volumes = [{"name": "flags", "configMap": {"name": "detector-flags"}}]
    return {
        "metadata": {"uid": "d", "generation": 5, "annotations": {"deployment.kubernetes.io/revision": str(revision)}},
        "spec": {
            "selector": {"matchLabels": {"app": "detector"}},
            "template": {"spec": {"containers": [container], "volumes": volumes}},
        },
        "status": {"observedGeneration": 5, "conditions": [{"type": "Available", "status": "True"}]},
    }


def replica_set(revision: int, image: str, owner: str = "d") -> dict[str, Any]:
    body = deployment(revision, image)
    metadata = body["metadata"] | {"uid": f"rs{revision}", "ownerReferences": [{"uid": owner, "controller": True}]}
    return body | {"metadata": metadata}


def pod(name: str, owner: str = "rs2", phase: str = "Running", **metadata: Any) -> dict[str, Any]:
    own = {"name": name, "ownerReferences": [{"uid": owner, "controller": True}]}
    return {
        "metadata": own | metadata,
        "status": {"phase": phase, "conditions": [{"type": "Ready", "status": "True"}]},
    }


OLD, NEW = replica_set(1, "detector:v1"), replica_set(2, "detector:v2")


def container(body: dict[str, Any]) -> dict[str, Any]:
    return body["spec"]["template"]["spec"]["containers"][0]


def test_a_deployment_as_the_manual_wants_it_has_no_fault():
    assert fault_of(deployment(), target()) == ""


def test_a_projected_volume_of_the_map_is_as_good():
    body = deployment()
    body["spec"]["template"]["spec"]["volumes"] = [
        {"name": "flags", "projected": {"sources": [{"secret": {}}, {"configMap": {"name": "detector-flags"}}]}}
    ]
    assert fault_of(body, target()) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"deployment": {"name": "detector", "container": "web"}}, "has no container web; correct spec.target"),
        ({"health": {"port": "metrics", "path": "/health"}}, "has no port named metrics; name it, or correct"),
        ({"flags": {"configMap": "other", "key": "config.yaml"}}, "mounts no volume of ConfigMap other; mount it"),
    ],
)
def test_a_target_that_does_not_fit_is_told_with_its_cure(changes, said):
    assert said in fault_of(deployment(), target(**changes))


def test_a_mount_by_sub_path_would_never_see_a_change():
    body = deployment()
    container(body)["volumeMounts"][0]["subPath"] = "config.yaml"
    assert "by subPath and would never see a change; mount it as a directory" in fault_of(body, target())


def test_a_map_mounted_only_into_another_container_is_not_mounted():
    body = deployment()
    body["spec"]["template"]["spec"]["containers"].append(copy.deepcopy(container(body)) | {"name": "sidecar"})
    container(body)["volumeMounts"] = []
    assert "mounts no volume" in fault_of(body, target())


@pytest.mark.parametrize(("port", "number"), [("http", 8080), ("9090", 9090), (9090, 9090), ("grpc", None)])
def test_the_health_port_is_a_name_or_a_number(port, number):
    assert port_of(container(deployment()), target(health={"port": port, "path": "/health"})) == number


def test_a_selector_is_spelled_as_the_api_server_wants_it():
    selector = {
        "matchLabels": {"b": "2", "a": "1"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["x", "y"]},
            {"key": "old", "operator": "NotIn", "values": ["z"]},
            {"key": "here", "operator": "Exists"},
            {"key": "gone", "operator": "DoesNotExist"},
        ],
    }
    assert selector_of({"spec": {"selector": selector}}) == "a=1,b=2,tier in (x,y),old notin (z),here,!gone"


def test_only_pods_of_its_own_that_still_run_belong_to_the_family():
    strangers = [pod("stranger", owner="rs9"), pod("bare", ownerReferences=[])]
    ended = [pod("leaving", deletionTimestamp="now"), pod("evicted", phase="Failed")]
    family = Family.of(
        deployment(), [OLD, NEW, replica_set(9, "x", owner="other")], [pod("b"), pod("a"), *strangers, *ended]
    )
    assert [each["metadata"]["name"] for each in family.pods] == ["a", "b"]


def test_a_family_is_settled_when_no_pod_of_an_older_template_is_left():
    assert Family.of(deployment(), [OLD, NEW], [pod("a")]).settled
    assert not Family.of(deployment(), [OLD, NEW], [pod("a"), pod("b", owner="rs1")]).settled


def test_a_template_that_the_controller_has_not_seen_is_not_settled():
    unseen, fresh = deployment(), deployment(revision=3)
    unseen["metadata"]["generation"] = 6
    assert not Family.of(unseen, [NEW], [pod("a")]).settled
    assert not Family.of(fresh, [NEW], [pod("a")]).settled
    assert not Family.of(deployment() | {"status": {}}, [NEW], []).settled


def test_a_deployment_is_available_by_its_own_word_and_with_a_ready_pod():
    assert Family.of(deployment(), [NEW], [pod("a")]).available
    assert not Family.of(deployment(), [NEW], []).available
    assert not Family.of(deployment() | {"status": {}}, [NEW], [pod("a")]).available


def test_the_previous_image_is_the_newest_earlier_one_that_differs():
    sets = [
        replica_set(1, "detector:v0"),
        replica_set(2, "detector:v1"),
        replica_set(3, "detector:v2"),
        replica_set(4, "detector:v2"),
    ]
    family = Family.of(deployment(revision=4), sets, [])
    assert family.previous_image(target()) == "detector:v1"


def test_without_another_image_in_the_history_there_is_no_previous_one():
    family = Family.of(deployment(), [replica_set(1, "detector:v2"), NEW], [])
    assert family.previous_image(target()) == ""
