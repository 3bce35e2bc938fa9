"""Expansion of variables, mount paths, log tails and downward fields."""

from pathlib import Path

import pytest
import yaml

from e2e.cluster.node.environment import expand
from e2e.cluster.node.facts import PodFacts
from e2e.cluster.node.kubeconfig import kubeconfig_of, write_kubeconfig
from e2e.cluster.node.logs import last_lines
from e2e.cluster.node.paths import localise, mounts_of

MOUNTS = {"/etc/app": Path("/pod/flags"), "/etc/app/inner": Path("/pod/inner")}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$(A)-$(B)", "1-2"),
        ("$(UNKNOWN)", "$(UNKNOWN)"),
        ("$$(A)", "$(A)"),
        ("$A costs 5$$", "$A costs 5$"),
        ("$(A", "$(A"),
    ],
)
def test_variables_are_expanded_as_kubernetes_does(text, result):
    assert expand(text, {"A": "1", "B": "2"}) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("/etc/app", "/pod/flags"),
        ("--file=/etc/app/x.yaml", "--file=/pod/flags/x.yaml"),
        ("/etc/app/inner/x:/etc/app/y", "/pod/inner/x:/pod/flags/y"),
        ("cat '/etc/app'; ls", "cat '/pod/flags'; ls"),
        ("/etc/application", "/etc/application"),
        ("/home/etc/app", "/home/etc/app"),
    ],
)
def test_mount_paths_become_the_pods_folders(text, result):
    assert localise(text, MOUNTS) == result


def test_a_text_without_mounts_stays():
    assert localise("/etc/app", {}) == "/etc/app"


def facts(**metadata):
    pod = {"metadata": {"name": "p", "namespace": "n", "uid": "u", **metadata}, "spec": {"serviceAccountName": "robot"}}
    return PodFacts(pod, "127.9.0.1", "sandbox", Path("/node/u"))


def test_a_mount_with_a_sub_path_is_that_part_of_the_volume():
    container = {"volumeMounts": [{"name": "v", "mountPath": "/a/b/", "subPath": "c.yaml"}]}
    assert mounts_of(container, facts()) == {"/a/b": Path("/node/u/volumes/v/c.yaml")}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "p"),
        ("spec.nodeName", "sandbox"),
        ("spec.serviceAccountName", "robot"),
        ("status.podIP", "127.9.0.1"),
        ("metadata.labels['app/x']", "y"),
        ("metadata.labels['none']", ""),
        ("metadata.labels", 'app/x="y"\nb="c"\n'),
        ("metadata.annotations", ""),
    ],
)
def test_downward_fields_come_from_the_pod(path, value):
    assert facts(labels={"b": "c", "app/x": "y"}).field(path) == value


def test_an_unknown_downward_field_is_named():
    with pytest.raises(KeyError, match=r"status\.phase"):
        facts().field("status.phase")


def test_a_pods_kubeconfig_points_to_its_token_and_the_given_server(tmp_path):
    pod = facts()
    pod.folder = tmp_path
    pod.pod["spec"]["volumes"] = [{"name": "kube-api-access-x1y2z", "projected": {}}]
    write_kubeconfig(pod, "https://127.0.0.1:1")
    content = yaml.safe_load((tmp_path / "kubeconfig").read_text())
    folder = tmp_path / "volumes" / "kube-api-access-x1y2z"
    assert content["clusters"][0]["cluster"] == {
        "server": "https://127.0.0.1:1",
        "certificate-authority": str(folder / "ca.crt"),
    }
    assert content["users"][0]["user"] == {"tokenFile": str(folder / "token")}
    assert content["contexts"][0]["context"]["namespace"] == "n"


def test_a_pod_without_a_token_has_no_kubeconfig(tmp_path):
    pod = facts()
    pod.folder = tmp_path
    write_kubeconfig(pod, "https://127.0.0.1:1")
    assert list(tmp_path.iterdir()) == []
    assert kubeconfig_of({"volumeMounts": [{"name": "flags", "mountPath": "/etc"}]}, pod) is None


@pytest.mark.parametrize(("tail", "result"), [(None, b"a\nb\nc"), ("2", b"b\nc"), ("0", b""), ("9", b"a\nb\nc")])
def test_a_log_is_cut_to_its_last_lines(tail, result):
    assert last_lines(b"a\nb\nc", tail) == result
