import threading
import time

import pytest

from tests.cluster.node.lab import answers, ask, container_status, eventually, is_ready
from tests.cluster.node.manifests import PROBE, flags, service

pytestmark = pytest.mark.cluster


class Client:
    """Asks the ready pods in turn, in a thread, and keeps what failed."""

    def __init__(self, namespace):
        self._namespace = namespace
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.failures = []
        self.requests = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _work(self):
        while not self._done.is_set():
            pods = [pod for pod in self._namespace.pods() if is_ready(pod)]
            began = time.monotonic()
            while pods and time.monotonic() - began < 0.3:  # pods stay up 1 s after they leave the list
                for pod in pods:
                    self._ask(pod)

    def _ask(self, pod):
        self.requests += 1
        try:
            ask(pod, "/health")
        except OSError as error:
            self.failures.append(repr(error))


def test_a_deployment_becomes_ready_and_restarts_and_changes_its_image_without_a_failed_request(namespace):
    namespace.apply(flags(20), service(replicas=3))
    namespace.rolled_out("service")
    assert [is_ready(pod) for pod in namespace.pods()] == [True] * 3
    assert len({pod["status"]["podIP"] for pod in namespace.pods()}) == 3
    with Client(namespace) as client:
        namespace.kubectl("rollout", "restart", "deployment/service")
        namespace.rolled_out("service")
        namespace.kubectl("set", "image", "deployment/service", "service=lab/service:v2")
        namespace.rolled_out("service")
    assert {ask(pod, "/health")["version"] for pod in namespace.pods()} == {"v2"}
    assert client.requests > 0
    assert client.failures == []


def test_a_deployment_scales_up_and_down_and_leaves_no_folder(namespace, lab):
    namespace.apply(flags(20), service(replicas=1))
    namespace.kubectl("scale", "deployment/service", "--replicas=4")
    namespace.rolled_out("service")
    pods = namespace.pods()
    assert [lab.pod_folder(pod).is_dir() for pod in pods] == [True] * 4
    namespace.kubectl("scale", "deployment/service", "--replicas=0")
    eventually(lambda: "No resources" in namespace.kubectl("get", "pods", check=False), "no pods")
    assert not [pod for pod in pods if answers(pod)]
    eventually(lambda: not any(lab.pod_folder(pod).exists() for pod in pods), "no folders")


def test_a_crashed_container_starts_again_and_its_last_words_are_kept(namespace):
    namespace.apply(flags(20), service())
    namespace.rolled_out("service")
    pod = namespace.pod()
    ask(pod, "/crash", "POST")
    again = eventually(
        lambda: next((p for p in namespace.pods() if container_status(p)["restartCount"]), None), "restart"
    )
    assert container_status(again)["lastState"]["terminated"]["exitCode"] == 3
    assert again["status"]["podIP"] == pod["status"]["podIP"]
    namespace.rolled_out("service")
    assert "last words" in namespace.kubectl("logs", "deploy/service", "--previous")
    assert namespace.kubectl("logs", "deploy/service") == "starting v1\n"
    ask(pod, "/crash", "POST")
    eventually(lambda: "CrashLoopBackOff" in namespace.kubectl("get", "pods"), "back-off after the second crash")
    eventually(lambda: is_ready(namespace.pod()) and container_status(namespace.pod())["restartCount"] == 2, "cured")


def test_logs_can_be_followed_and_cut(namespace):
    namespace.apply(flags(20), service())
    namespace.rolled_out("service")
    ask(namespace.pod(), "/crash", "POST")
    eventually(lambda: namespace.kubectl("logs", "deploy/service", "--previous", check=False).count("\n") == 2, "a run")
    assert namespace.kubectl("logs", "deploy/service", "--previous", "--tail=1") == "last words\n"
    followed = []
    thread = threading.Thread(target=lambda: followed.append(namespace.kubectl("logs", "-f", "deploy/service")))
    eventually(lambda: is_ready(namespace.pod()), "ready again")
    thread.start()
    time.sleep(0.5)  # let the follower begin; the rule holds without it too
    ask(namespace.pod(), "/crash", "POST")
    thread.join(30)
    assert followed == ["starting v1\nlast words\n"]


def test_an_unready_container_takes_no_part_and_a_dead_one_is_killed(namespace):
    liveness = {**PROBE, "periodSeconds": 1, "failureThreshold": 6}
    namespace.apply(flags(20), service(livenessProbe=liveness))
    namespace.rolled_out("service")
    ask(namespace.pod(), "/sicken", "POST")
    eventually(lambda: not is_ready(namespace.pod()), "unready")
    eventually(lambda: is_ready(namespace.pod()), "ready after the restart")
    assert container_status(namespace.pod())["restartCount"] == 1
    assert {"Unhealthy", "Killing"} <= {reason for reason, _ in namespace.events()}


def test_a_missing_image_is_reported_while_old_pods_serve_and_undo_cures(namespace):
    namespace.apply(flags(20), service())
    namespace.rolled_out("service")
    namespace.kubectl("set", "image", "deployment/service", "service=lab/service:v9")
    eventually(lambda: "ErrImagePull" in namespace.kubectl("get", "pods"), "ErrImagePull")
    assert [is_ready(pod) for pod in namespace.pods()].count(True) == 1
    namespace.kubectl("rollout", "undo", "deployment/service")
    namespace.rolled_out("service")
    assert ask(eventually(lambda: namespace.pods()[0], "pod"), "/health")["version"] == "v1"
    eventually(lambda: len(namespace.pods()) == 1, "only the old pod is left")
