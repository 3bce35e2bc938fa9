"""Session and project hints as log-odds per specialist."""

from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.catalogue import INDEX, SPECIALISTS
from intelligence_detector.model import Hints

SESSION: Final = 0.6
"""Log-odds for the last specialist; the one before it counts half, and so on."""
PROJECT: Final = 0.4
"""Log-odds for the specialist whose files are at hand, shared among the files."""

_BY_NAME: Final = MappingProxyType({"dockerfile": "devops", "makefile": "devops", "jenkinsfile": "devops"})
_BY_SUFFIX: Final = MappingProxyType(
    {
        ".tsx": "frontend",
        ".jsx": "frontend",
        ".vue": "frontend",
        ".svelte": "frontend",
        ".css": "frontend",
        ".scss": "frontend",
        ".html": "frontend",
        ".sql": "backend",
        ".proto": "backend",
        ".tf": "devops",
        ".yaml": "devops",
        ".yml": "devops",
        ".md": "scribe",
        ".rst": "scribe",
    }
)


def odds_of(hints: Hints) -> NDArray[np.floating[Any]]:
    """Add up what the hints say; names and files that mean nothing here add nothing."""
    odds = np.zeros(len(SPECIALISTS))
    for age, name in enumerate(reversed(hints.previous)):
        if name in INDEX:
            odds[INDEX[name]] += SESSION * 0.5**age
    for path in hints.files:
        if owner := _owner(path):
            odds[INDEX[owner]] += PROJECT / len(hints.files)
    return odds


def _owner(path: str) -> str | None:
    file = PurePosixPath(path.lower())
    if file.name.startswith("test_") or ".test." in file.name or ".spec." in file.name:
        return "qa"
    return _BY_NAME.get(file.name) or _BY_SUFFIX.get(file.suffix)
