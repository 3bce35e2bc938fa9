from pathlib import Path

import pytest

from e2e.cluster import golang
from e2e.cluster.binary import SOURCES, ensure_slab, explain, slab_folder
from e2e.cluster.errors import ClusterError
from e2e.cluster.golang import Go, find_go, is_new_enough, pinned_version

GO = Go("1.26.8", Path("go"))


@pytest.fixture
def sources(tmp_path):
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "main.go").write_text("package main\n")
    return folder


def test_the_same_sources_have_the_same_place_in_the_cache(sources, tmp_path):
    assert slab_folder(GO, tmp_path, sources) == slab_folder(GO, tmp_path, sources)


def test_a_changed_source_has_another_place(sources, tmp_path):
    before = slab_folder(GO, tmp_path, sources)
    (sources / "main.go").write_text("package main // changed\n")
    assert slab_folder(GO, tmp_path, sources) != before


def test_another_go_has_another_place(sources, tmp_path):
    assert slab_folder(GO, tmp_path, sources) != slab_folder(Go("1.27.0", None), tmp_path, sources)


def test_a_binary_in_the_cache_needs_no_build(tmp_path):
    folder = slab_folder(find_go(), tmp_path)
    folder.mkdir(parents=True)
    assert ensure_slab(tmp_path).slab == folder / "slab"


def test_the_modules_are_locked():
    assert {"go.mod", "go.sum"} <= {file.name for file in SOURCES.iterdir()}


@pytest.mark.parametrize(
    ("version", "enough"), [("1.26", True), ("1.27.3", True), ("2.0", True), ("1.25.9", False), ("", False)]
)
def test_only_go_1_26_and_newer_can_build(version, enough):
    assert is_new_enough(version) is enough


def test_without_go_on_path_the_pinned_one_is_named_and_not_yet_installed(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert find_go() == Go(pinned_version(golang.REQUIREMENTS.read_text()), None)


def test_a_lock_file_without_go_says_how_to_lock():
    with pytest.raises(ClusterError, match="make lock"):
        pinned_version("something-else==1\n")


@pytest.mark.parametrize(
    ("lines", "cure"),
    [
        (["write /x: no space left on device"], "GOCACHE"),
        (["main.go:3: k8s.io/api: dial tcp: lookup proxy: no such host"], "GOPROXY"),
        (["./main.go:3:1: syntax error"], "syntax error"),
        ([], "no reason given"),
    ],
)
def test_a_failed_build_is_one_line_with_the_cure(lines, cure):
    explained = explain(lines)
    assert cure in explained
    assert "\n" not in explained
