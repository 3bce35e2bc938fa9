import hashlib
import tarfile
from dataclasses import replace

import pytest

from e2e.cluster.errors import ClusterError
from e2e.cluster.release import ALERTMANAGER, PROMETHEUS, Release, ensure_release


@pytest.fixture
def published(tmp_path):
    """A release with a program that says hello, published in a folder."""
    program = tmp_path / "tool"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    archive = tmp_path / "tool.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(program, "tool-1.0/tool")
    return Release("tool", "1.0", archive.as_uri(), hashlib.sha256(archive.read_bytes()).hexdigest())


def test_a_release_with_the_pinned_checksum_is_unpacked_and_may_be_run(published, tmp_path):
    program = ensure_release(published, tmp_path / "cache")
    assert program.read_text().endswith("echo hello\n")
    assert program.stat().st_mode & 0o100


def test_a_release_in_the_cache_is_not_fetched_again(published, tmp_path):
    ensure_release(published, tmp_path / "cache")
    gone = replace(published, url="file:///nowhere")
    assert ensure_release(gone, tmp_path / "cache").exists()


def test_a_release_with_another_checksum_is_refused_and_not_kept(published, tmp_path):
    forged = replace(published, sha256="0" * 64)
    with pytest.raises(ClusterError, match="do not use it"):
        ensure_release(forged, tmp_path / "cache")
    assert list((tmp_path / "cache" / "release").iterdir()) == []


def test_a_release_that_cannot_be_fetched_says_what_to_do(published, tmp_path):
    with pytest.raises(ClusterError, match="put tool on PATH"):
        ensure_release(replace(published, url="file:///nowhere"), tmp_path / "cache")


def test_an_archive_without_the_program_is_refused(published, tmp_path):
    with pytest.raises(ClusterError, match="does not hold it"):
        ensure_release(replace(published, name="other"), tmp_path / "cache")


@pytest.mark.parametrize("release", [PROMETHEUS, ALERTMANAGER])
def test_official_releases_are_pinned_by_a_whole_sha_256(release):
    assert len(bytes.fromhex(release.sha256)) == 32
    assert release.version in release.url
