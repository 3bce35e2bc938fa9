import pytest

from e2e.stories.embedded import Embedded, images
from e2e.stories.environment import Can


def pod(state: dict, container_id: str = "process://42") -> dict:
    return {"status": {"containerStatuses": [{"containerID": container_id, "state": state}]}}


@pytest.fixture
def environment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Embedded()


def test_the_embedded_cluster_can_do_all_harm(environment):
    assert environment.can == frozenset(Can)


def test_the_process_of_a_running_pod_is_in_its_container_id(environment):
    assert environment.process_of(pod({"running": {}})) == 42


@pytest.mark.parametrize(
    "seen",
    [{}, pod({"waiting": {}}), pod({"running": {}}, "containerd://abc")],
    ids=["no pod", "between two starts", "another runtime"],
)
def test_a_pod_without_a_process_here_has_none(environment, seen):
    assert environment.process_of(seen) is None


async def test_down_without_up_does_nothing(environment):
    await environment.down()


def test_logs_are_kept_by_the_place_they_came_from(environment, tmp_path, monkeypatch):
    monkeypatch.setattr(environment._cluster, "folder", tmp_path / "cluster")
    log = tmp_path / "cluster" / "pods" / "uid" / "logs" / "detector.0.log"
    log.parent.mkdir(parents=True)
    log.write_text("hello")
    environment.keep_logs(tmp_path / "kept")
    assert (tmp_path / "kept" / "pods-uid-logs-detector.0.log").read_text() == "hello"


def test_there_is_a_previous_detector_image_to_go_back_to():
    table = images()
    assert table["intelligence-detector:v1"] == table["intelligence-detector:v2"]
