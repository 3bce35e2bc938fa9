"""The official releases of Prometheus and Alertmanager, pinned by their SHA-256."""

import hashlib
import platform
import tarfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from e2e.cluster.cache import exclusive, made_whole
from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import progress, say

CHUNK = 1 << 20
TIMEOUT_S = 30


@dataclass(frozen=True)
class Release:
    """One archive and the program in it."""

    name: str
    version: str
    url: str
    sha256: str


def _official(name: str, version: str, sha256: str) -> Release:
    archive = f"{name}-{version}.linux-amd64.tar.gz"
    return Release(
        name, version, f"https://github.com/prometheus/{name}/releases/download/v{version}/{archive}", sha256
    )


PROMETHEUS = _official("prometheus", "3.5.0", "e811827af26d822afb09a4f28314f61b618b12cff5369835a67f674d8b46f39a")
ALERTMANAGER = _official("alertmanager", "0.28.1", "5ac7ab5e4b8ee5ce4d8fb0988f9cb275efcc3f181b4b408179fafee121693311")


def is_available() -> bool:
    """Tell whether the pinned archives are for this machine."""
    return (platform.system(), platform.machine()) == ("Linux", "x86_64")


def ensure_release(release: Release, cache: Path) -> Path:
    """Return the program of a release; fetches and verifies it first when it is not in the cache."""
    folder = cache / "release" / f"{release.name}-{release.version}-{release.sha256[:12]}"
    with exclusive(cache / "release.lock"):
        if not folder.exists():
            with made_whole(folder) as unfinished:
                _fetch(release, unfinished)
    return folder / release.name


def _fetch(release: Release, folder: Path) -> None:
    say(f"fetching {release.name} {release.version} from the project's releases (about 100 MB)")
    archive = folder / "archive.tar.gz"
    try:
        with urllib.request.urlopen(release.url, timeout=TIMEOUT_S) as response, archive.open("wb") as file:  # noqa: S310 - a constant
            found = _copy(response, file, release.name)
    except (urllib.error.URLError, OSError) as error:
        raise ClusterError(f"{release.url} cannot be fetched ({error}): put {release.name} on PATH") from error
    if found != release.sha256:
        raise ClusterError(
            f"{release.url} has SHA-256 {found}, expected {release.sha256}: do not use it; put {release.name} on PATH"
        )
    _extract(archive, release.name, folder)
    archive.unlink()


def _copy(source: IO[bytes], target: IO[bytes], name: str) -> str:
    digest = hashlib.sha256()
    with progress(f"{name}, megabytes", None) as advance:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
            advance()
    return digest.hexdigest()


def _extract(archive: Path, program: str, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and Path(member.name).name == program:
                member.name = program
                tar.extract(member, folder, filter="data")
                return
    raise ClusterError(f"the archive of {program} does not hold it: put {program} on PATH")
