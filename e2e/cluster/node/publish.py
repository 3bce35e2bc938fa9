"""Writing a volume so that all its files change at the same moment, in the way of the kubelet."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

CURRENT = "..data"


def publish(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace a volume's content: `..data` points to a folder with all files, each name points through it."""
    previous = (folder / CURRENT).resolve() if (folder / CURRENT).is_symlink() else None
    fresh = Path(tempfile.mkdtemp(prefix="..", dir=folder))
    for name, content in files.items():
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    _point(folder / CURRENT, fresh.name)
    _link_names(folder, {Path(name).parts[0] for name in files})
    if previous is not None:
        shutil.rmtree(previous)


def _point(link: Path, target: str) -> None:
    beside = link.with_name(f"{link.name}_tmp")
    beside.unlink(missing_ok=True)  # left by a node that ended just here
    beside.symlink_to(target)
    beside.replace(link)


def _link_names(folder: Path, names: set[str]) -> None:
    there = {entry.name for entry in folder.iterdir() if not entry.name.startswith("..")}
    for name in names - there:
        (folder / name).symlink_to(Path(CURRENT) / name)
    for name in there - names:
        (folder / name).unlink()
