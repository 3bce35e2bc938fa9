import os

import pytest

from e2e.cluster.__main__ import main
from e2e.cluster.state import OWNER


@pytest.fixture
def left_behind(tmp_path):
    folder = tmp_path / "left"
    folder.mkdir()
    (folder / OWNER).write_text(f"{os.getpid()}\n")
    return folder


def test_down_removes_what_an_ended_cluster_left_behind_and_signals_nobody(left_behind):
    assert main(["down", "--dir", str(left_behind)]) == 0
    assert not left_behind.exists()


def test_down_does_not_remove_a_folder_that_is_no_cluster(tmp_path, capsys):
    (tmp_path / "precious").touch()
    assert main(["down", "--dir", str(tmp_path)]) == 1
    assert "no cluster" in capsys.readouterr().err
    assert (tmp_path / "precious").exists()


def test_kubectl_without_a_running_cluster_says_how_to_get_one(tmp_path, capsys):
    assert main(["kubectl", "--dir", str(tmp_path), "get", "pods"]) == 1
    assert "start one" in capsys.readouterr().err
