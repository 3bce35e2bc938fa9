"""The control plane of one cluster."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from e2e.cluster.binary import Slab
from e2e.cluster.child import Child

READY_S = 150.0


def users_flag(users: Mapping[str, Sequence[str]]) -> str:
    """Write users and their groups as slab wants them."""
    return ",".join(f"{name}={'+'.join(groups)}" for name, groups in users.items())


class Plane:
    """etcd, API server, controller manager and scheduler; data and tokens stay over a stop and a start."""

    def __init__(self, slab: Slab, folder: Path, users: Mapping[str, Sequence[str]]) -> None:
        self.folder = folder
        command: list[str | Path] = [slab.slab, "up", "-die-with-parent", "-users", users_flag(users), folder]
        self._child = Child("slab", command, folder)

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    @property
    def authority(self) -> Path:
        """The certificate that vouches for the API server."""
        return self.folder / "pki" / "ca.crt"

    @property
    def url(self) -> str:
        """The API server's own address."""
        config = yaml.safe_load(self.kubeconfig.read_text())
        return str(config["clusters"][0]["cluster"]["server"])

    def kubeconfig_of(self, user: str) -> Path:
        """Return the kubeconfig of one of the users."""
        return self.folder / f"{user.removeprefix('system:').replace(':', '-')}.kubeconfig"

    async def start(self) -> None:
        """Start it and wait until the API server is ready."""
        self._child.log.unlink(missing_ok=True)  # or the ready line of an earlier start would be taken for this one's
        self._child.start()
        await self._child.said(r"/.*/kubeconfig", within=READY_S)

    async def stop(self) -> None:
        """Stop it in order; everything stays on disk."""
        await self._child.stop(patience=15)
