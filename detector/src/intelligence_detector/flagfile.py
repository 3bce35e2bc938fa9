"""The mounted flag document: read again a few times a second, swapped whole, and never trusted when broken."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from intelligence_detector.model import InForce
from rollout_contract import flagset

Source = Literal["document", "defaults"]

LOG = logging.getLogger(__name__)


class FlagFile:
    """Holds the snapshot in force. Reading the small file each time sees every change, a kubelet's swap too."""

    def __init__(self, path: Path | None, defaults: Mapping[str, bool], on_change: Callable[[InForce], None]) -> None:
        self._path, self._on_change = path, on_change
        self._defaults = dict.fromkeys(flagset.DETECTOR_FLAGS, False) | dict(defaults)
        self._seen: bytes | OSError | None = None
        self.in_force = self._snapshot(flagset.FlagSet(flags=self._defaults), "defaults")
        self.refresh()
        on_change(self.in_force)

    async def watch(self, every: float) -> None:
        """Refresh for ever, `every` seconds; reading and parsing happen in a thread, off the request path."""
        while True:
            await asyncio.sleep(every)
            before = self.in_force
            await asyncio.to_thread(self.refresh)
            if self.in_force != before:
                self._on_change(self.in_force)

    def refresh(self) -> None:
        """Look at the file once and swap the snapshot when its content changed."""
        if self._path is None:
            return
        found = _read(self._path)
        if _same(found, self._seen):
            return
        self._seen = found
        try:
            self.in_force = self._snapshot(flagset.parse(_text(found)), "document")
            LOG.info("flags in force: revision %s, %d %%", self.in_force.revision, self.in_force.traffic_percentage)
        except flagset.FlagDocumentError as error:
            self._keep(str(error))

    def _keep(self, problem: str) -> None:
        self.in_force = replace(self.in_force, error=problem)
        LOG.warning("flag document not used, revision %s stays: %s", self.in_force.revision, problem)

    def _snapshot(self, flags: flagset.FlagSet, source: Source) -> InForce:
        return InForce(
            features=MappingProxyType(self._defaults | dict(flags.flags)),
            traffic_percentage=flags.traffic_percentage,
            revision=flagset.revision_of(flags),
            source=source,
        )


def _read(path: Path) -> bytes | OSError:
    try:
        with path.open("rb") as file:
            return file.read(flagset.MAX_BYTES + 1)
    except OSError as error:
        return error


def _same(found: bytes | OSError, seen: bytes | OSError | None) -> bool:
    if isinstance(found, OSError):
        return isinstance(seen, OSError) and found.errno == seen.errno
    return found == seen


def _text(found: bytes | OSError) -> str:
    if isinstance(found, OSError):
        raise flagset.FlagDocumentError("document", f"cannot be read ({found.strerror}); mount it or mend FLAGS_FILE")
    try:
        return found.decode()
    except UnicodeDecodeError as error:
        raise flagset.FlagDocumentError("document", f"not UTF-8 at byte {error.start}; save it as UTF-8") from error
