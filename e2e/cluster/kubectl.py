"""The real kubectl, as the cluster's administrator."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.errors import ClusterError


class KubectlError(ClusterError):
    """A kubectl command that failed; the message is what it said."""


@dataclass(frozen=True)
class Kubectl:
    """Runs kubectl against the API server itself, past the fault proxy."""

    program: Path
    kubeconfig: Path

    async def __call__(self, *arguments: str, input: str | None = None) -> str:  # noqa: A002 - as subprocess calls it
        """Run one command and return what it printed; raises KubectlError when it fails."""
        process = await asyncio.create_subprocess_exec(
            self.program,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL if input is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "KUBECONFIG": str(self.kubeconfig)},
        )
        try:
            out, err = await process.communicate(None if input is None else input.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {err.decode(errors='replace').strip()}")
        return out.decode()
