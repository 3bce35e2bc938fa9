import json
import os
from contextlib import suppress

import pytest

from tests.cluster.node.lab import answers, ask, container_status, eventually, is_ready
from tests.cluster.node.manifests import flags, service

pytestmark = pytest.mark.cluster


def lives(process_id: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process_id, 0)
        return True
    return False


def process_ids(namespace):
    return [ask(pod, "/surroundings")["pid"] for pod in namespace.pods()]


def test_pods_die_with_a_killed_node_and_the_next_one_takes_them_over(namespace, lab):
    namespace.apply(flags(20), service(replicas=2))
    namespace.rolled_out("service")
    before = {pod["metadata"]["name"]: pod["status"]["podIP"] for pod in namespace.pods()}
    processes = process_ids(namespace)
    lab.kill_node()
    eventually(lambda: not any(map(lives, processes)), "the pods' processes are gone")
    lab.start_node()
    eventually(lambda: all(container_status(pod)["restartCount"] == 1 for pod in namespace.pods()), "taken over")
    eventually(lambda: all(map(is_ready, namespace.pods())), "ready again")
    assert {pod["metadata"]["name"]: pod["status"]["podIP"] for pod in namespace.pods()} == before
    assert {container_status(pod)["lastState"]["terminated"]["exitCode"] for pod in namespace.pods()} == {137}
    assert namespace.kubectl("logs", "deploy/service", "--previous").endswith("starting v1\n")


def test_a_stopped_node_leaves_no_process_no_folder_and_no_node_object(namespace, lab):
    namespace.apply(flags(20), service(replicas=2))
    namespace.rolled_out("service")
    pods, processes = namespace.pods(), process_ids(namespace)
    assert lab.stop_node() == 0
    try:
        assert not any(map(lives, processes))
        assert not any(lab.pod_folder(pod).exists() for pod in pods)
        assert json.loads(lab.kubectl("get", "nodes", "-o", "json"))["items"] == []
    finally:
        lab.start_node()
    eventually(lambda: len(namespace.pods()) == 2 and all(map(is_ready, namespace.pods())), "the next node goes on")


def test_pods_run_on_while_the_control_plane_is_away(namespace, lab):
    namespace.apply(flags(20), service(replicas=2))
    namespace.rolled_out("service")
    pods, processes = namespace.pods(), process_ids(namespace)
    lab.stop_plane()
    try:
        ask(pods[0], "/crash", "POST")  # what happens meanwhile is reported later
        eventually(lambda: answers(pods[0]), "the container runs again without a control plane")
        assert lives(processes[1])
    finally:
        lab.start_plane()
    crashed = pods[0]["metadata"]["name"]
    again = lambda: {pod["metadata"]["name"]: container_status(pod)["restartCount"] for pod in namespace.pods()}  # noqa: E731 - read twice
    eventually(lambda: again()[crashed] == 1, "the restart is reported")
    namespace.kubectl("scale", "deployment/service", "--replicas=3")
    namespace.rolled_out("service")
    assert processes[1] in process_ids(namespace)


def test_the_node_is_ready_and_holds_a_lease(lab):
    (node,) = json.loads(lab.kubectl("get", "nodes", "-o", "json"))["items"]
    assert {entry["type"]: entry["status"] for entry in node["status"]["conditions"]}["Ready"] == "True"
    lease = json.loads(lab.kubectl("-n", "kube-node-lease", "get", "lease", "sandbox", "-o", "json"))
    assert lease["spec"]["holderIdentity"] == "sandbox"
    renewed = lease["spec"]["renewTime"]
    path = "jsonpath={.spec.renewTime}"
    eventually(
        lambda: lab.kubectl("-n", "kube-node-lease", "get", "lease", "sandbox", "-o", path) != renewed, "renewal"
    )
