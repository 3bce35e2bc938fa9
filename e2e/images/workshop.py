"""Debian's buildah in a root of its own: builds images as root, without a daemon and with nothing installed."""

import json
import os
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Any

from e2e.cluster import debian
from e2e.cluster.cache import ROOT, cache_folder, content_hash
from e2e.cluster.child import dying_with_us
from e2e.cluster.debian import Packages
from e2e.images.errors import ImageError
from e2e.images.pipsettings import pip_secrets
from e2e.images.recipe import Recipe, arguments


def _packages(purpose: str, megabytes: int, *names: str) -> Packages:
    folder = f"debian-{debian.SUITE}-{purpose}-{content_hash([], *names)}"
    return Packages(folder, names, megabytes, space_gb=0.5, whole=True)


BUILDAH = _packages("buildah", 60, "buildah", "netavark", "base-files")
BASE = _packages("base", 25, "python3", "libstdc++6", "base-files")
BUILDER = _packages("builder", 32, "python3-venv", "dash", "coreutils", "libstdc++6", "base-files")

CERTIFICATES = "RUN cat /usr/share/ca-certificates/mozilla/*.crt > /etc/ssl/certs/ca-certificates.crt"
"""What the package's own script would have done; Debian's pip does not start without them."""

OWN_NAMESPACES = (shutil.which("unshare") or "/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child")
"""Mounts and processes end with the command, however it ends."""

ENTER = """set -e
mkdir -p "$1/host"
mount --bind "$1" "$1"
mount --rbind / "$1/host"
mount --rbind /dev "$1/dev"
mount --rbind /sys "$1/sys"
mount -t proc proc "$1/proc"
for file in hosts resolv.conf passwd group; do
  touch "$1/etc/$file"
  mount --bind "/etc/$file" "$1/etc/$file"
done
exec chroot "$@"
"""
"""Shows this machine below /host, and lends its names: unpacked packages know no users and no name servers."""


def obstacle() -> str:
    """Say why this machine cannot build images so; empty when it can."""
    if os.geteuid() != 0:
        return "it needs root: run the tests as root"
    if not debian.is_available() or not Path(OWN_NAMESPACES[0]).exists():
        return "it needs a Debian with apt-get and unshare"
    probe = subprocess.run([*OWN_NAMESPACES, "true"], capture_output=True, check=False)
    return "root here may not make mount namespaces: allow CAP_SYS_ADMIN" if probe.returncode else ""


class Workshop:
    """Bases made of Debian's packages, and images upon them, stored below one folder."""

    def __init__(self, folder: Path, cache: Path | None = None) -> None:
        self._folder, self._cache = folder, cache or cache_folder()
        self._root = debian.ensure_packages(self._cache, BUILDAH)
        (folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')

    def add_base(self, packages: Packages, *steps: str) -> str:
        """Make an image of packages and all they depend on; return its name."""
        tag = f"localhost/{packages.folder}"
        content = debian.ensure_packages(self._cache, packages)
        dockerfile = self._folder / f"{packages.folder}.dockerfile"
        dockerfile.write_text("\n".join(("FROM scratch", "COPY . /", *steps, "")))
        self._buildah("build", "--file", _inside(dockerfile), "--tag", tag, _inside(content))
        return tag

    def build(self, recipe: Recipe, rootfs: Path) -> dict[str, Any]:
        """Build an image and unpack it into `rootfs`; return its OCI configuration."""
        with pip_secrets() as secrets:
            inside = {name: Path(_inside(path)) for name, path in secrets.items()}
            verb, *rest = arguments(recipe, Path(_inside(ROOT)), inside)
            self._buildah(verb, "--output", _inside(rootfs), *rest)
        rootfs.chmod(0o755)  # buildah makes the folder for root alone
        found = json.loads(self._buildah("inspect", "--type", "image", recipe.tag))
        config: dict[str, Any] = found["OCIv1"]["config"]
        return config

    def clean(self) -> None:
        """Give back the room that images take; the packages stay in the cache."""
        shutil.rmtree(self._folder)

    def _buildah(self, verb: str, *words: str) -> str:
        store = [f"--{name}={_inside(self._folder / name)}" for name in ("root", "runroot")]
        policy = ["--signature-policy", _inside(self._folder / "policy.json")]
        options = ["--isolation", "chroot", *policy, *_limits()] if verb == "build" else []
        command = ["buildah", *store, verb, *options, *words]
        enter = dying_with_us([*OWN_NAMESPACES, "sh", "-c", ENTER, "enter", self._root, *command])
        result = subprocess.run(enter, capture_output=True, text=True, check=False)
        if result.returncode:
            last = "\n".join((result.stdout + result.stderr).splitlines()[-20:])
            raise ImageError(f"buildah {verb} failed, see whether pip reaches its index and the disk has room:\n{last}")
        return result.stdout


def _limits() -> list[str]:
    """Keep the limits of this process: buildah would raise them, which not every root may."""
    known = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
    return [
        f"--ulimit={name}={soft}:{hard}" for name, kind in known.items() for soft, hard in [resource.getrlimit(kind)]
    ]


def _inside(path: Path) -> str:
    """How buildah sees a path of this machine."""
    return f"/host{path.absolute()}"
