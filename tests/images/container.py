"""An image's files as a container would see them: its own user, environment and command, a root that is read-only."""

import asyncio
import shutil
from pathlib import Path

from e2e.cluster.child import dying_with_us
from e2e.images.workshop import OWN_NAMESPACES
from tests.support.programs import running

ENTER = """set -e
mount --bind "$2" "$2"
mount --rbind /dev "$2/dev"
mount -t proc proc "$2/proc"
mount -o remount,bind,ro "$2"
"$CHROOT" "$@"
exit
"""
"""The shell stays, as process 1: becoming another user forgets the signal by which it would end with the test."""


class Container:
    """What was built: the unpacked root and the OCI configuration."""

    def __init__(self, rootfs: Path, config: dict) -> None:
        self.rootfs, self.config = rootfs, config

    @property
    def environment(self):
        return dict(line.split("=", 1) for line in self.config["Env"])

    def started(self, *command, **env):
        """The image's own command unless another is given; killed when a test leaves it behind."""
        words = command or (*self.config["Entrypoint"], *self.config["Cmd"])
        user = f"--userspec={self.config['User']}"
        shell = [*OWN_NAMESPACES, shutil.which("sh"), "-c", ENTER, "enter", user, self.rootfs, *words]
        all_of_it = self.environment | {"CHROOT": shutil.which("chroot")} | env
        return running(*dying_with_us(shell), env=all_of_it, stderr=asyncio.subprocess.STDOUT)
