"""What the session, the project and the files at hand say, as log-odds per label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.model import Hints
from intelligence_detector.tiers.habits import LATELY, Habits, Past

Vector = NDArray[np.floating[Any]]

WITNESSES: Final = ("session", "last", "project", "files", "habits")
_BY_NAME: Final = MappingProxyType({"dockerfile": "devops", "makefile": "devops", "jenkinsfile": "devops"})
_BY_SUFFIX: Final = MappingProxyType(
    dict.fromkeys((".tsx", ".jsx", ".vue", ".svelte", ".css", ".scss", ".html"), "frontend")
    | dict.fromkeys((".sql", ".proto"), "backend")
    | dict.fromkeys((".tf", ".yaml", ".yml"), "devops")
    | dict.fromkeys((".md", ".rst"), "scribe")
)


def kinds_of(path: str) -> tuple[str, ...]:
    """What a path is known by: a test, a name, an ending, its folders."""
    file = PurePosixPath(path.lower())
    test = file.name.startswith("test_") or ".test." in file.name or ".spec." in file.name
    return (
        *(("test",) if test else ()),
        f"name {file.name}",
        f"end {file.suffix}",
        *(f"in {p}" for p in file.parts[:-1]),
    )


@dataclass(frozen=True)
class Surroundings:
    """Log-odds learned for projects and kinds of files; a habit of the trade where nothing was learned."""

    labels: Sequence[str]
    projects: Mapping[str, Vector]
    kinds: Mapping[str, Vector]
    habits: Habits | None = None

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {label: place for place, label in enumerate(self.labels)}

    def witnesses(self, hints: Hints) -> Vector:
        """One row per name in WITNESSES; a row of 0 says nothing."""
        rows = np.zeros((len(WITNESSES), len(self.labels)))
        places = [place for name in hints.previous if (place := self._places.get(name)) is not None]
        if (project := self.projects.get(hints.project)) is not None:
            rows[2] = project
        for path in hints.files:
            rows[3] += self._file(path) / len(hints.files)
        if places or (self.habits is not None and hints.project in self.habits.projects):
            self._hear_past(rows, places, hints.project)
        return rows

    def _hear_past(self, rows: Vector, places: Sequence[int], project: str) -> None:
        past = Past.of(places, len(self.labels))
        if places:
            rows[0], rows[1] = past.shares[LATELY], past.steps[0]
        if self.habits is not None:
            rows[4] = self.habits.log_odds(past, project)

    def _file(self, path: str) -> Vector:
        learned = [self.kinds[kind] for kind in kinds_of(path) if kind in self.kinds]
        if learned:
            return np.asarray(np.mean(learned, axis=0))
        odds = np.zeros(len(self.labels))
        if (owner := self._places.get(_owner(path))) is not None:
            odds[owner] = 1.0
        return odds


def _owner(path: str) -> str:
    file = PurePosixPath(path.lower())
    if kinds_of(path)[0] == "test":
        return "qa"
    return _BY_NAME.get(file.name) or _BY_SUFFIX.get(file.suffix) or ""
