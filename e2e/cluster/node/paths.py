"""Mount paths: without a mount namespace a path in a pod's texts must become the path of the pod's folder."""

import re
from collections.abc import Mapping
from pathlib import Path

from e2e.cluster.node.api import Json
from e2e.cluster.node.facts import PodFacts

BEFORE = r"(?<![\w./-])"
AFTER = r"(?=$|[/\s,:;\"'])"


def mounts_of(container: Json, facts: PodFacts) -> dict[str, Path]:
    """Return where each mount path of a container really is."""
    return {
        mount["mountPath"].rstrip("/"): facts.volume_folder(mount["name"]) / mount.get("subPath", "")
        for mount in container.get("volumeMounts", [])
    }


def localise(text: str, mounts: Mapping[str, Path]) -> str:
    """Rewrite every mount path in a text; of nested mounts the innermost counts."""
    if not mounts:
        return text
    longest_first = sorted(mounts, key=len, reverse=True)
    pattern = f"{BEFORE}({'|'.join(map(re.escape, longest_first))}){AFTER}"
    return re.sub(pattern, lambda match: str(mounts[match[1]]), text)
