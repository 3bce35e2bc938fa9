import base64
import json
import time
from pathlib import Path

import pytest

from tests.cluster.node.lab import ask, container_status, eventually
from tests.cluster.node.manifests import flags, job, service

pytestmark = pytest.mark.cluster


def traffic_seen(namespace):
    return ask(namespace.pod(), "/health")["config"]


def test_a_changed_config_map_reaches_a_pod_at_once_when_the_pod_is_touched_and_not_before(namespace):
    namespace.apply(flags(20), service())
    namespace.rolled_out("service")
    assert traffic_seen(namespace) == "traffic: 20"
    namespace.apply(flags(50))
    time.sleep(2)  # the node runs with a sync of 60 s: nothing may have happened
    assert traffic_seen(namespace) == "traffic: 20"
    namespace.kubectl("annotate", "pod", namespace.pod()["metadata"]["name"], "touched=1")
    eventually(lambda: traffic_seen(namespace) == "traffic: 50", "the new content")
    assert container_status(namespace.pod())["restartCount"] == 0


def test_a_pod_waits_for_its_config_map_and_says_so(namespace):
    namespace.apply(service())
    eventually(lambda: "FailedMount" in {reason for reason, _ in namespace.events()}, "FailedMount")
    assert any('configmaps "flags" not found' in message for _, message in namespace.events())
    namespace.apply(flags(20))
    namespace.rolled_out("service")


def test_the_environment_comes_from_values_fields_config_maps_and_secrets(namespace):
    colours = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}, "data": {"SKY": "blue"}}
    password = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "password"},
        "stringData": {"word": "sesame"},
    }
    env = [
        {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "CONFIG", "value": "/etc/service/config.yaml"},
        {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
        {"name": "SKY", "valueFrom": {"configMapKeyRef": {"name": "colours", "key": "SKY"}}},
        {"name": "WORD", "valueFrom": {"secretKeyRef": {"name": "password", "key": "word"}}},
        {"name": "NONE", "valueFrom": {"secretKeyRef": {"name": "password", "key": "none", "optional": True}}},
        {"name": "SENTENCE", "value": "$(APP) is $(SKY), not $$(SKY) or $(GREEN)"},
    ]
    more = {
        "envFrom": [{"prefix": "ALL_", "configMapRef": {"name": "colours"}}],
        "args": ["--file=/etc/service/x", "$(SKY)"],
    }
    namespace.apply(flags(20), colours, password, service(env=env, **more))
    namespace.rolled_out("service")
    pod = namespace.pod()
    seen = ask(pod, "/surroundings")
    wanted = {"SKY": "blue", "WORD": "sesame", "APP": "service", "ALL_SKY": "blue", "HOSTNAME": pod["metadata"]["name"]}
    assert {name: seen["env"].get(name) for name in wanted} == wanted
    assert seen["env"]["SENTENCE"] == "service is blue, not $(SKY) or $(GREEN)"
    assert "NONE" not in seen["env"]
    folder = Path(seen["env"]["CONFIG"]).parent
    assert (folder / "config.yaml").read_text() == "traffic: 20\n"
    assert seen["arguments"] == [f"--file={folder}/x", "blue"]


def test_a_missing_key_keeps_the_container_waiting(namespace):
    env = [{"name": "HOST", "valueFrom": {"configMapKeyRef": {"name": "flags", "key": "host"}}}]
    namespace.apply(flags(20), service(env=env))
    eventually(lambda: "CreateContainerConfigError" in namespace.kubectl("get", "pods"), "CreateContainerConfigError")


def test_a_program_that_does_not_exist_keeps_the_container_waiting(namespace):
    namespace.apply(flags(20), service(command=["no-such-program"]))
    eventually(lambda: "CreateContainerError" in namespace.kubectl("get", "pods"), "CreateContainerError")


def test_a_job_runs_its_init_container_first_and_completes_as_its_service_account(namespace):
    init = {"name": "first", "image": "lab/tools:v1", "command": ["sh", "-c", "echo first > /shared/file"]}
    main = {
        "name": "job",
        "image": "lab/tools:v1",
        "command": ["sh", "-c", "cat /shared/file; kubectl auth whoami -o json"],
    }
    mounts = [{"name": "shared", "mountPath": "/shared"}]
    init["volumeMounts"] = main["volumeMounts"] = mounts
    volumes = [{"name": "shared", "emptyDir": {}}]
    namespace.apply(job([], initContainers=[init], containers=[main], volumes=volumes))
    namespace.kubectl("wait", "--for=condition=complete", "job/job", "--timeout=60s")
    first, user = namespace.kubectl("logs", "job/job").split("\n", 1)
    assert first == "first"
    assert json.loads(user)["status"]["userInfo"]["username"] == f"system:serviceaccount:{namespace.name}:default"


def test_a_failed_job_is_not_started_again(namespace):
    namespace.apply(job(["sh", "-c", "exit 7"]))
    namespace.kubectl("wait", "--for=condition=failed", "job/job", "--timeout=60s")
    assert container_status(namespace.pod())["state"]["terminated"]["exitCode"] == 7
    assert namespace.pod()["status"]["phase"] == "Failed"


def test_projected_volumes_hold_keys_fields_and_secrets(namespace):
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "secret"},
        "data": {"key": base64.b64encode(b"\x00\xff").decode()},
    }
    sources = [
        {"configMap": {"name": "flags", "items": [{"key": "config.yaml", "path": "deep/flags.yaml"}]}},
        {"secret": {"name": "secret"}},
        {"configMap": {"name": "absent", "optional": True}},
        {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
    ]
    script = "cat /all/deep/flags.yaml /all/name; od -An -tx1 /all/key"
    container = {
        "name": "job",
        "image": "lab/tools:v1",
        "command": ["sh", "-c", script],
        "volumeMounts": [{"name": "all", "mountPath": "/all"}],
    }
    volumes = [{"name": "all", "projected": {"sources": sources}}]
    namespace.apply(flags(20), secret, job([], containers=[container], volumes=volumes))
    namespace.kubectl("wait", "--for=condition=complete", "job/job", "--timeout=60s")
    name = namespace.pod()["metadata"]["name"]
    assert namespace.kubectl("logs", "job/job") == f"traffic: 20\n{name} 00 ff\n"


@pytest.mark.parametrize(
    "probe",
    [{"tcpSocket": {"port": "http"}}, {"exec": {"command": ["cat", "/etc/service/config.yaml"]}}],
    ids=["tcp", "exec"],
)
def test_other_kinds_of_probes_make_a_pod_ready(namespace, probe):
    namespace.apply(flags(20), service(startupProbe={**probe, "periodSeconds": 1}, readinessProbe=probe))
    namespace.rolled_out("service")
