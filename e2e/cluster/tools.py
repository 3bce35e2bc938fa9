"""The real Prometheus and Alertmanager: from PATH, else from Debian, else the official release."""

import mmap
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster import debian, release
from e2e.cluster.cache import cache_folder
from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import say

TEMPLATES = Path("/usr/share/prometheus/alertmanager/default.tmpl")
"""Compiled into Debian's Alertmanager, which does not start without it."""

DISCOVERY = b"prometheus/discovery/kubernetes."
"""In the table of function names, which every Go program keeps."""

SHOW_SHARE = ("sh", "-c", 'mount --bind "$0" /usr/share && exec "$@"')
"""Shows another folder as /usr/share to one process, in a mount namespace of its own."""


@dataclass(frozen=True)
class Tool:
    """A program, and what has to stand in front of its command line."""

    path: Path
    prefix: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tools:
    """The monitoring programs."""

    prometheus: Tool
    alertmanager: Tool


def ensure_tools(cache: Path | None = None) -> Tools:
    """Return the monitoring programs; fetches those first that the machine does not have."""
    cache = cache or cache_folder()
    return Tools(
        _first("prometheus", (_prometheus_on_path, _prometheus_of_debian, _prometheus_release), cache),
        _first("alertmanager", (_alertmanager_on_path, _alertmanager_of_debian, _alertmanager_release), cache),
    )


Source = Callable[[Path], Tool | None]


def _first(name: str, sources: tuple[Source, ...], cache: Path) -> Tool:
    reasons = []
    for source in sources:
        try:
            if tool := source(cache):
                return tool
        except ClusterError as error:
            say(f"{name}: {error}")
            reasons.append(str(error))
    why = "; ".join(reasons) or "no Debian tools, no release for this machine"
    raise ClusterError(f"no {name} for this machine ({why}): install it so that it is on PATH")


def _on_path(*names: str) -> Path | None:
    return next((Path(path) for name in names if (path := shutil.which(name))), None)


def _prometheus_on_path(_cache: Path) -> Tool | None:
    path = _on_path("prometheus")
    return Tool(path) if path and finds_pods(path) else None


def finds_pods(prometheus: Path) -> bool:
    """Tell whether a build of Prometheus holds the discovery of pods; some distributions leave it out."""
    with prometheus.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(DISCOVERY) >= 0


def _prometheus_of_debian(cache: Path) -> Tool | None:
    return Tool(debian.ensure_packages(cache) / "usr/bin/prometheus") if debian.is_available() else None


def _prometheus_release(cache: Path) -> Tool | None:
    return Tool(release.ensure_release(release.PROMETHEUS, cache)) if release.is_available() else None


def _alertmanager_on_path(_cache: Path) -> Tool | None:
    path = _on_path("alertmanager", "prometheus-alertmanager")
    return Tool(path) if path else None


def _alertmanager_of_debian(cache: Path) -> Tool | None:
    if not debian.is_available():
        return None
    root = debian.ensure_packages(cache)
    program = root / "usr/bin/prometheus-alertmanager"
    return Tool(program) if TEMPLATES.exists() else Tool(program, _with_share(root / "usr/share"))


def _alertmanager_release(cache: Path) -> Tool | None:
    return Tool(release.ensure_release(release.ALERTMANAGER, cache)) if release.is_available() else None


def _with_share(share: Path) -> tuple[str, ...]:
    """Return the prefix under which /usr/share is the unpacked package's, nothing on the machine being changed."""
    for flags in ("-rm", "-m"):
        prefix = ("unshare", flags, *SHOW_SHARE, str(share))
        if _works((*prefix, "test", "-e", str(TEMPLATES))):
            return prefix
    who = "root here lacks CAP_SYS_ADMIN" if os.geteuid() == 0 else "user namespaces are switched off"
    raise ClusterError(
        f"Debian's Alertmanager needs {TEMPLATES} and no mount namespace can be made ({who}):"
        " apt-get install prometheus-alertmanager, or allow user namespaces"
    )


def _works(command: tuple[str, ...]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
