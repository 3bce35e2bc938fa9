import asyncio
import signal
import subprocess
import sys

import pytest

from e2e.cluster import reaper
from e2e.cluster.cache import ROOT
from e2e.cluster.child import Child
from e2e.cluster.errors import ClusterError
from e2e.cluster.state import StateFolder, owner_of
from tests.cluster.polling import eventually

pytestmark = pytest.mark.process

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
OWNER = """
import asyncio, sys
from pathlib import Path
from e2e.cluster.child import Child
from e2e.cluster.state import StateFolder

async def main():
    state = StateFolder(Path(sys.argv[1]))
    state.open()
    program = "import time; print('up', flush=True); time.sleep(600)"
    child = Child("sleeper", [sys.executable, "-c", program], state.path)
    child.start()
    await child.said("up", within=30)
    print(child.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_child_that_ignores_the_polite_way_is_ended_all_the_same(tmp_path):
    child = Child("stubborn", [sys.executable, "-c", STUBBORN], tmp_path)
    child.start()
    await child.said("up", within=30)
    await child.stop(patience=0.1)
    assert not child.running


async def test_a_child_that_ends_early_is_reported_with_its_last_words(tmp_path):
    child = Child("broken", [sys.executable, "-c", "raise SystemExit('out of luck')"], tmp_path)
    child.start()
    with pytest.raises(ClusterError, match=r"broken ended.*out of luck"):
        await child.said("up", within=30)
    await child.stop()


async def test_a_child_that_never_started_can_be_stopped(tmp_path):
    await Child("never", ["true"], tmp_path).stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_owner_leaves_neither_process_nor_folder(tmp_path, number):
    folder = tmp_path / "state"
    with subprocess.Popen([sys.executable, "-c", OWNER, folder], cwd=ROOT, stdout=subprocess.PIPE) as owner:
        pid = int(owner.stdout.readline())
        assert owner_of(folder) == owner.pid
        owner.send_signal(number)
        owner.wait()

    async def gone():
        return not folder.exists() and not is_alive(pid)

    asyncio.run(eventually(gone))


async def test_a_folder_with_something_in_it_is_not_taken(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(ClusterError, match="not empty"):
        StateFolder(tmp_path).open()
    assert (tmp_path / "mine").exists()


async def test_a_closed_folder_is_gone_and_has_no_owner(tmp_path):
    state = StateFolder(tmp_path / "state")
    state.open()
    await state.close()
    assert not state.path.exists()
    assert owner_of(state.path) is None


def test_the_reaper_removes_a_folder_that_is_full(tmp_path):
    folder = tmp_path / "full"
    (folder / "deep" / "deeper").mkdir(parents=True)
    assert reaper.remove(folder)
    assert not folder.exists()


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - a zombie waiting for its new parent is dead
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
