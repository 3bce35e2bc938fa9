"""The image table: what stands for a container image on this machine."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

KEYS = {"path", "cwd", "env", "command"}


@dataclass(frozen=True)
class Image:
    """What an image brings: folders in front of PATH, a working folder, variables and a default command."""

    path: str = ""
    cwd: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()

    @classmethod
    def parse(cls, name: str, entry: Mapping[str, Any]) -> Self:
        """Read one entry; relative folders are relative to the node's own working folder."""
        if unknown := entry.keys() - KEYS:
            raise ValueError(f"image {name}: unknown {', '.join(sorted(unknown))}; use {', '.join(sorted(KEYS))}")
        folders = [str(Path(folder).absolute()) for folder in entry.get("path", "").split(os.pathsep) if folder]
        cwd = str(Path(entry["cwd"]).absolute()) if entry.get("cwd") else ""
        return cls(os.pathsep.join(folders), cwd, dict(entry.get("env", {})), tuple(entry.get("command", ())))


class ImageTable:
    """Images by name, from a JSON file that is read anew for every look-up, so that images can be added."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read()

    def find(self, name: str) -> Image | None:
        """Return the image, or nothing when the table does not have it."""
        return self._read().get(name)

    def _read(self) -> dict[str, Image]:
        return {name: Image.parse(name, entry) for name, entry in json.loads(self._file.read_text()).items()}
