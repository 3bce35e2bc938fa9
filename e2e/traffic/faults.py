"""Faults that a story switches on in the treatment pipeline, carried by a mounted JSON file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with treatment: shares from 0 to 1, added milliseconds, a hang, a crash of the process."""

    errors: float = 0.0
    wrong: float = 0.0
    latency_ms: float = 0.0
    hang: bool = False
    crash: bool = False

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Read the JSON document; raises ValueError for JSON that is no object and TypeError for an unknown fault."""
        document = json.loads(text)
        if not isinstance(document, dict):
            raise TypeError("faults: must be a JSON object, for example {}")
        return cls(**document)

    def dump(self) -> str:
        """Write the JSON document with the faults that are on."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})


class FaultsFile:
    """The faults in force: the file is looked at no more often than `POLL_SECONDS`, and parsed only when it changed."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._looked = float("-inf")
        self._text = ""
        self._faults = Faults()

    def current(self) -> Faults:
        """Return the last readable faults; a missing or broken file changes nothing."""
        if self._clock() - self._looked >= POLL_SECONDS:
            self._looked = self._clock()
            self._reload()
        return self._faults

    def _reload(self) -> None:
        try:
            text = self._path.read_text(encoding="utf-8")
            if text != self._text:
                self._faults = Faults.parse(text)
                self._text = text
        except (OSError, ValueError, TypeError):
            return
