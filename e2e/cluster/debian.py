"""Debian packages unpacked into the cache: no root, no maintainer scripts, the machine's own packages untouched."""

import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.cache import exclusive, made_whole, require_space
from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import say

SUITE = "trixie"
"""The oldest suite whose Prometheus finds pods through the Kubernetes API, whatever this machine itself runs."""

KEYRINGS = ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")


@dataclass(frozen=True)
class Packages:
    """What is unpacked into one folder of the cache; `whole` takes along everything the packages depend on."""

    folder: str
    names: tuple[str, ...]
    megabytes: int
    space_gb: float
    whole: bool = False


MONITORING = Packages(f"debian-{SUITE}", ("prometheus", "prometheus-alertmanager"), megabytes=60, space_gb=0.6)


def is_available() -> bool:
    """Tell whether this machine is a Debian with its tools."""
    return shutil.which("apt-get") is not None and platform.freedesktop_os_release().get("ID") == "debian"


def ensure_packages(cache: Path, packages: Packages = MONITORING) -> Path:
    """Return the folder with the unpacked packages; fetches them from the machine's own mirror first."""
    folder = cache / packages.folder
    with exclusive(cache / "debian.lock"):
        if not folder.exists():
            require_space(cache, packages.space_gb, " and ".join(packages.names))
            with made_whole(folder) as unfinished:
                _fetch(unfinished, packages)
    return folder


def choose_mirror(targets: str, codename: str) -> str | None:
    """Return the mirror of the machine's own suite from lines of `URI SUITE COMPONENT`."""
    for line in targets.splitlines():
        uri, suite, component = line.split()
        if component == "main" and suite in (codename, "stable"):
            return uri
    return None


def _fetch(folder: Path, packages: Packages) -> None:
    work = folder / "work"
    for part in ("lists/partial", "cache/archives/partial"):
        (work / part).mkdir(parents=True)
    (work / "status").touch()
    (work / "sources.list").write_text(_source())
    say(f"fetching the package lists of Debian {SUITE} from this machine's mirror (10 s)")
    _apt(work, "update")
    say(f"fetching {' and '.join(packages.names)} ({packages.megabytes} MB)")
    if packages.whole:
        _apt(work, "install", "--yes", "--download-only", "--no-install-recommends", *packages.names)
    else:
        _apt(work, "download", *packages.names)
    for package in work.rglob("*.deb"):
        _run(["dpkg-deb", "-x", str(package), str(folder)], work)
    shutil.rmtree(work)


def _source() -> str:
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    targets = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    mirror = choose_mirror(targets, codename)
    if mirror is None:
        raise ClusterError("apt knows no Debian mirror: add one to its sources")
    folder = Path("/usr/share/keyrings")
    key = next((folder / name for name in KEYRINGS if (folder / name).exists()), None)
    if key is None:
        raise ClusterError("Debian's keys are missing: apt-get install debian-archive-keyring")
    return f"deb [signed-by={key}] {mirror} {SUITE} main\n"


def _apt(work: Path, *arguments: str) -> None:
    options = {
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": work / "lists",
        # an empty list of installed packages: with the machine's own, an installed version could shadow the mirror's
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "true",  # nothing is installed, so the machine's own dpkg need not stand still
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
    }
    flags = [flag for name, value in options.items() for flag in ("-o", f"{name}={value}")]
    _run(["apt-get", "-qq", *flags, *arguments], work)


def _run(command: list[str], work: Path) -> None:
    result = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ClusterError(
            f"{command[0]} cannot get the packages of Debian {SUITE} ({reason}):"
            " see whether this machine's mirror answers and its disk has room"
        )
