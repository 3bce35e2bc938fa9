"""The control plane's one binary, built once from the sources in slab/ and kept in the cache."""

import os
import subprocess
import tempfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from e2e.cluster.cache import cache_folder, content_hash, exclusive, made_whole, require_space
from e2e.cluster.child import dying_with_us
from e2e.cluster.errors import ClusterError
from e2e.cluster.golang import Go, find_go, installed
from e2e.cluster.progress import Advance, progress, say

SOURCES = Path(__file__).parent / "slab"
KUBERNETES = "1.36.4"
_VERSION = "k8s.io/component-base/version"
LINKER = (
    f"-s -w -X {_VERSION}.gitVersion=v{KUBERNETES} -X {_VERSION}.gitMajor=1 -X {_VERSION}.gitMinor=36"
    f" -X k8s.io/client-go/pkg/version.gitVersion=v{KUBERNETES}"
)
FLAGS = ("-trimpath", "-mod=readonly", "-buildvcs=false", "-ldflags", LINKER)
ENVIRONMENT = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": ""}
SPACE_GB = 4.5


@dataclass(frozen=True)
class Slab:
    """The programs of the control plane."""

    slab: Path
    kubectl: Path


def slab_folder(go: Go, cache: Path, sources: Path = SOURCES) -> Path:
    """Return where the binary of these sources, this Go and these flags belongs."""
    files = (file for file in sources.iterdir() if file.is_file())
    settings = (*FLAGS, *(f"{name}={value}" for name, value in ENVIRONMENT.items()))
    return cache / "slab" / content_hash(files, go.version, *settings)


def ensure_slab(cache: Path | None = None) -> Slab:
    """Return the control plane's programs; builds them first when they are not in the cache."""
    cache = cache or cache_folder()
    go = find_go()
    folder = slab_folder(go, cache)
    if not folder.exists():
        with exclusive(cache / "slab.lock"):
            if not folder.exists():
                _build(installed(go, cache), folder)
    return Slab(folder / "slab", folder / "kubectl")


def _build(go: Path, folder: Path) -> None:
    say(
        f"building the Kubernetes {KUBERNETES} control plane, once: about 5 minutes on two cores,"
        " 4 GB of disk for Go's caches; Ctrl-C keeps what is done"
    )
    require_space(folder.parent, SPACE_GB, "the control plane's build")
    stale = _stale_packages(go)
    with made_whole(folder) as unfinished:
        with progress("compiling packages", stale) as advance:
            _run([str(go), "build", "-v", *FLAGS, "-o", str(unfinished / "slab"), "."], advance, subprocess.DEVNULL)
        (unfinished / "kubectl").symlink_to("slab")


def _stale_packages(go: Path) -> int:
    """Count what has to be compiled; fetches the modules on the way."""
    with tempfile.TemporaryFile("w+") as listing:
        with progress("fetching Go modules", None) as advance:
            command = [str(go), "list", "-deps", *FLAGS, "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", "."]
            _run(command, advance, listing)
        listing.seek(0)
        return sum(1 for line in listing if line.strip())


def _run(command: list[str], advance: Advance, output: IO[str] | int) -> None:
    last: deque[str] = deque(maxlen=20)
    environment = {**os.environ, **ENVIRONMENT}
    with subprocess.Popen(
        dying_with_us(command), cwd=SOURCES, env=environment, stdout=output, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                last.append(line.strip())
                advance()
        except KeyboardInterrupt:
            process.terminate()  # a terminal's Ctrl-C reaches it too, a signal to this process alone does not
            raise
    if process.returncode:
        raise ClusterError(explain(list(last)))


def explain(lines: list[str]) -> str:
    """Turn the last lines of a failed `go` command into one line with the cure."""
    text = "\n".join(lines)
    if "no space left on device" in text:
        return "the disk is full: Go's caches need 4 GB; free some, or move them with GOCACHE and GOMODCACHE"
    reason = next((line for line in reversed(lines) if line), "no reason given")
    if any(sign in text for sign in ("dial tcp", "no such host", "proxyconnect", "i/o timeout", "disabled by GOPROXY")):
        return f"Go cannot fetch its modules ({reason}): set GOPROXY to a module proxy that this machine reaches"
    return f"the control plane does not build: {reason}"
