"""Debian packages unpacked into the cache: no root, no maintainer scripts, the machine's own packages untouched."""

import shutil
import subprocess
from pathlib import Path

from e2e.cluster.cache import exclusive, made_whole, require_space
from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import say

PACKAGES = ("prometheus", "prometheus-alertmanager")
SPACE_GB = 0.6


def is_available() -> bool:
    """Tell whether this machine has Debian's tools."""
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb"))


def ensure_packages(cache: Path) -> Path:
    """Return the folder with the unpacked packages; fetches them from the machine's own mirror first."""
    folder = cache / "debian"
    with exclusive(cache / "debian.lock"):
        if not folder.exists():
            require_space(cache, SPACE_GB, "the monitoring tools")
            with made_whole(folder) as unfinished:
                _fetch(unfinished)
    return folder


def _fetch(folder: Path) -> None:
    work = folder / "work"
    for part in ("lists/partial", "cache/archives/partial"):
        (work / part).mkdir(parents=True)
    (work / "status").touch()
    say("fetching the package lists of this machine's Debian mirror (10 s)")
    # a third-party source may fail here and not matter; if it does, the download fails with it
    doubts = _apt(work, "update")
    say(f"fetching {' and '.join(PACKAGES)} from it (35 MB)")
    if reason := _apt(work, "download", *PACKAGES):
        raise ClusterError(f"the Debian mirror does not give {' and '.join(PACKAGES)} ({doubts or reason})")
    for package in work.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True)
    shutil.rmtree(work)


def _apt(work: Path, *arguments: str) -> str:
    """Run apt-get with its state in `work`; return why it failed, nothing when it did not."""
    options = {
        "Dir::State::lists": work / "lists",
        # an empty list of installed packages: with the machine's own, an installed version could shadow the mirror's
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
    }
    flags = [flag for name, value in options.items() for flag in ("-o", f"{name}={value}")]
    command = ["apt-get", "-qq", *flags, *arguments]
    result = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    return (result.stderr.strip().splitlines() or ["no reason given"])[-1] if result.returncode else ""
