import subprocess

import pytest

from e2e.cluster.binary import ensure_slab
from e2e.cluster.errors import ClusterError
from e2e.cluster.kubectl import Kubectl
from e2e.cluster.plane import Plane

pytestmark = pytest.mark.cluster


async def test_data_addresses_and_tokens_stay_over_a_restart(tmp_path):
    slab = ensure_slab()
    plane = Plane(slab, tmp_path, {"eve": ["system:masters"]})
    eve = Kubectl(slab.kubectl, plane.kubeconfig_of("eve"))
    try:
        await plane.start()
        url, identity = plane.url, plane.kubeconfig_of("eve").read_text()
        await eve("create", "namespace", "kept")
        await plane.stop()
        with pytest.raises(ClusterError):
            await eve("get", "namespace", "kept")
        await plane.start()
        assert (plane.url, plane.kubeconfig_of("eve").read_text()) == (url, identity)
        assert "kept" in await eve("get", "namespace", "kept")
    finally:
        await plane.stop()


async def test_a_folder_in_use_by_another_instance_is_refused(cluster):
    result = subprocess.run(  # noqa: ASYNC221 - it ends at once
        [ensure_slab().slab, "up", cluster.folder], capture_output=True, text=True, timeout=30, check=False
    )
    assert result.returncode == 1
    assert "is in use by process" in result.stderr
    assert "choose another directory" in result.stderr


async def test_a_control_plane_that_cannot_start_says_why(tmp_path):
    (tmp_path / "state.json").write_text("not JSON")
    plane = Plane(ensure_slab(), tmp_path, {})
    with pytest.raises(ClusterError, match=r"state\.json.*remove the directory"):
        await plane.start()
    await plane.stop()
