from dataclasses import dataclass, field
from pathlib import Path

import pytest

from e2e.cluster.node.facts import PodFacts
from e2e.cluster.node.status import PodView, exit_code, pod_status, running, runs_again, terminated, waiting


@dataclass
class View:
    ready: bool = True
    started: bool = True
    restarts: int = 0
    process_id: int = 7
    spec: dict = field(default_factory=lambda: {"name": "c", "image": "i:v1"})
    state: dict = field(default_factory=lambda: running("then"))
    last: dict = field(default_factory=dict)


def status(phase="Running", containers=None, previous=(), time="now"):
    pod = {"metadata": {"name": "p", "namespace": "n", "uid": "u", "generation": 4}, "spec": {}}
    view = PodView(PodFacts(pod, "127.9.0.1", "sandbox", Path("/x")), phase, "begun", containers or (View(),), ())
    return pod_status(view, previous, time)


def truths(full):
    return {entry["type"]: entry["status"] for entry in full["conditions"]}


def test_a_running_pod_with_ready_containers_is_ready():
    full = status()
    assert set(truths(full).values()) == {"True"}
    assert (full["podIP"], full["podIPs"], full["startTime"]) == ("127.9.0.1", [{"ip": "127.9.0.1"}], "begun")
    assert full["observedGeneration"] == 4


def test_one_unready_container_makes_the_pod_unready():
    full = status(containers=(View(), View(ready=False)))
    assert truths(full)["Ready"] == truths(full)["ContainersReady"] == "False"
    assert truths(full)["Initialized"] == "True"


def test_a_pending_pod_is_not_initialized():
    assert truths(status(phase="Pending"))["Initialized"] == "False"


@pytest.mark.parametrize(
    ("last", "phase"), [({}, "Pending"), (terminated(1, "a", "b"), "Running")], ids=["never ran", "ran before"]
)
def test_a_pod_is_pending_until_every_container_has_run(last, phase):
    full = status(containers=(View(), View(ready=False, state=waiting("ErrImagePull"), last=last)))
    assert full["phase"] == phase
    assert truths(full)["Initialized"] == "True"


def test_a_condition_keeps_the_time_of_its_last_change():
    before = status(time="early")["conditions"]
    after = status(containers=(View(ready=False),), previous=before, time="late")["conditions"]
    times = {entry["type"]: entry["lastTransitionTime"] for entry in after}
    assert (times["Initialized"], times["Ready"]) == ("early", "late")


def test_a_container_status_says_what_runs():
    (full,) = status(containers=(View(restarts=2, last=terminated(3, "a", "b")),))["containerStatuses"]
    assert (full["name"], full["image"], full["restartCount"]) == ("c", "i:v1", 2)
    assert full["state"] == {"running": {"startedAt": "then"}}
    assert full["lastState"]["terminated"]["exitCode"] == 3
    assert full["containerID"] == "process://7"


@pytest.mark.parametrize(("code", "reason"), [(0, "Completed"), (1, "Error")])
def test_an_end_is_named_by_its_exit_code(code, reason):
    assert terminated(code, "a", "b")["terminated"]["reason"] == reason


def test_only_an_ended_container_has_an_exit_code():
    assert [exit_code(state) for state in (waiting("x"), running("a"), terminated(0, "a", "b"))] == [None, None, 0]


@pytest.mark.parametrize(
    ("policy", "code", "again"),
    [("Always", 0, True), ("Always", 1, True), ("OnFailure", 0, False), ("OnFailure", 1, True), ("Never", 1, False)],
)
def test_the_restart_policy_decides(policy, code, again):
    assert runs_again(policy, code) is again
