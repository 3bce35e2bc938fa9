import subprocess
import sys
from pathlib import Path

import pytest

from e2e.cluster.cache import ROOT, cache_folder, content_hash, exclusive, made_whole, require_space
from e2e.cluster.errors import ClusterError

TAKE_LOCK = """
import sys
from pathlib import Path
from e2e.cluster.cache import exclusive
with exclusive(Path(sys.argv[1])):
    print("mine")
"""


def test_the_cache_is_where_the_user_says():
    assert cache_folder({"ROLLOUT_CACHE": "/a", "XDG_CACHE_HOME": "/b"}) == Path("/a")
    assert cache_folder({"XDG_CACHE_HOME": "/b"}) == Path("/b/intelligence-rollout")
    assert cache_folder({}) == Path.home() / ".cache" / "intelligence-rollout"


def test_the_hash_does_not_depend_on_the_order_of_files(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("1")
    second.write_text("2")
    assert content_hash([first, second]) == content_hash([second, first])


def test_the_hash_tells_contents_names_and_settings_apart(tmp_path):
    file = tmp_path / "a"
    file.write_text("1")
    other = tmp_path / "b"
    other.write_text("1")
    assert (
        len({content_hash([file]), content_hash([other]), content_hash([file], "x"), content_hash([file], "x", "")})
        == 4
    )


def test_a_second_process_says_that_it_waits_and_goes_on_when_the_first_is_done(tmp_path):
    lock = tmp_path / "lock"
    command = [sys.executable, "-c", TAKE_LOCK, str(lock)]
    with exclusive(lock):
        second = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert "waiting for another process" in second.stderr.readline()
        assert second.poll() is None
    assert second.communicate(timeout=30)[0] == "mine\n"


def test_what_fails_half_way_leaves_nothing(tmp_path):
    def fail():
        with made_whole(tmp_path / "target") as folder:
            (folder / "half").touch()
            raise ClusterError("stopped")

    with pytest.raises(ClusterError, match="stopped"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_succeeds_appears_as_a_whole(tmp_path):
    with made_whole(tmp_path / "target") as folder:
        (folder / "file").touch()
        assert not (tmp_path / "target").exists()
    assert [path.name for path in (tmp_path / "target").iterdir()] == ["file"]


def test_too_small_a_disk_is_refused_before_the_work(tmp_path):
    with pytest.raises(ClusterError, match="ROLLOUT_CACHE"):
        require_space(tmp_path, 10**9, "everything")


def test_a_lock_can_be_taken_again(tmp_path):
    for _ in range(2):
        with exclusive(tmp_path / "lock"):
            pass
