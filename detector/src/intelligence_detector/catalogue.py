"""The eleven specialists and the flags each of them works with."""

from types import MappingProxyType
from typing import Final

FLAGS_OF: Final = MappingProxyType(
    {
        "architect": ("--seq", "--c7", "--think-hard"),
        "frontend": ("--magic", "--c7"),
        "backend": ("--c7", "--seq"),
        "security": ("--seq", "--think-hard", "--validate"),
        "performance": ("--play", "--seq", "--think"),
        "analyzer": ("--seq", "--think"),
        "qa": ("--play", "--seq"),
        "refactorer": ("--seq", "--loop"),
        "devops": ("--seq", "--validate"),
        "mentor": ("--c7", "--seq"),
        "scribe": ("--c7",),
    }
)
SPECIALISTS: Final = tuple(FLAGS_OF)
"""Their order is the order of every score vector."""
INDEX: Final = MappingProxyType({name: place for place, name in enumerate(SPECIALISTS)})
