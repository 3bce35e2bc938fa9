"""The fault proxy of a cluster, as its owner sees it."""

import sys
from pathlib import Path

from e2e.cluster.cache import ROOT
from e2e.cluster.child import Child
from e2e.cluster.faults import FaultControl

READY_S = 60.0


class FaultProxy:
    """A fault proxy in a process of its own, so that a blocked test does not block the cluster."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name, self._folder = name, folder
        self._child: Child | None = None
        self.url = ""
        self.faults = FaultControl("")

    async def start(self, upstream: str, pki: Path | None = None) -> None:
        """Start it in front of a server and learn its addresses."""
        command: list[str | Path] = [sys.executable, "-m", "e2e.cluster.proxy", upstream]
        if pki:
            command += ["--pki", pki]
        self._child = Child(self._name, command, self._folder, cwd=ROOT)
        self._child.start()
        match = await self._child.said(r"listening on (\S+), control on (\S+)", within=READY_S)
        self.url, self.faults = match[1], FaultControl(match[2])

    async def stop(self) -> None:
        """End it."""
        if self._child:
            await self._child.stop()
