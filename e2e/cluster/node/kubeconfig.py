"""How a pod's program finds the API server: the token's fixed path cannot be had without a mount namespace."""

import json
from pathlib import Path

from e2e.cluster.node.api import Json
from e2e.cluster.node.facts import PodFacts

TOKEN_VOLUME = "kube-api-access-"  # noqa: S105 - the name that the API server gives to the volume


def kubeconfig_of(container: Json, facts: PodFacts) -> Path | None:
    """Return the container's kubeconfig, if a ServiceAccount token is mounted in it."""
    mounted = any(mount["name"].startswith(TOKEN_VOLUME) for mount in container.get("volumeMounts", []))
    return facts.folder / "kubeconfig" if mounted else None


def write_kubeconfig(facts: PodFacts, server: str) -> None:
    """Write the kubeconfig that points to the pod's token, if it has one."""
    names = [volume["name"] for volume in facts.spec.get("volumes", []) if volume["name"].startswith(TOKEN_VOLUME)]
    if not names:
        return
    folder = facts.volume_folder(names[0])
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "pod",
        "clusters": [{"name": "pod", "cluster": {"server": server, "certificate-authority": str(folder / "ca.crt")}}],
        "users": [{"name": "pod", "user": {"tokenFile": str(folder / "token")}}],
        "contexts": [{"name": "pod", "context": {"cluster": "pod", "user": "pod", "namespace": facts.namespace}}],
    }
    (facts.folder / "kubeconfig").write_text(json.dumps(content, indent=1))
