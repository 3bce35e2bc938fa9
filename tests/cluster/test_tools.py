import pytest

from e2e.cluster import tools
from e2e.cluster.debian import choose_mirror
from e2e.cluster.errors import ClusterError
from e2e.cluster.tools import DISCOVERY, finds_pods

TARGETS = """\
https://mirror.example/third-party/ nodistro main
https://mirror.example/debian-security/ bookworm-security main
https://mirror.example/debian/ bookworm contrib
https://mirror.example/debian/ bookworm main
"""


def test_the_mirror_is_the_one_of_the_machines_own_suite():
    assert choose_mirror(TARGETS, "bookworm") == "https://mirror.example/debian/"


def test_a_machine_without_a_debian_mirror_has_none():
    assert choose_mirror(TARGETS, "noble") is None


def test_a_prometheus_without_discovery_of_pods_is_not_taken(tmp_path, monkeypatch):
    program = tmp_path / "prometheus"
    program.write_bytes(b"a build without it")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not finds_pods(program)
    program.write_bytes(b"..." + DISCOVERY + b"...")
    assert finds_pods(program)


def test_without_any_source_the_error_says_to_install_it(tmp_path):
    def broken(_cache):
        raise ClusterError("the mirror is away")

    with pytest.raises(ClusterError, match=r"the mirror is away.*on PATH"):
        tools._first("prometheus", (broken, lambda _cache: None), tmp_path)


def test_the_share_prefix_shows_the_given_folder_to_one_process_only(tmp_path):
    with pytest.raises(ClusterError, match="apt-get install prometheus-alertmanager"):
        tools._with_share(tmp_path)  # a folder without the template, so that every way is seen to fail
