"""What volumes, environment, probes and status need to know about a pod."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.node.api import Json

HOST_ADDRESS = "127.0.0.1"
MAP_FIELD = re.compile(r"metadata\.(labels|annotations)(?:\['(.+)'\])?")


@dataclass
class PodFacts:
    """The newest version of a pod and its place on this node."""

    pod: Json
    address: str
    node: str
    folder: Path

    @property
    def name(self) -> str:
        """The pod's name."""
        return str(self.pod["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """The pod's namespace."""
        return str(self.pod["metadata"]["namespace"])

    @property
    def uid(self) -> str:
        """The pod's UID."""
        return str(self.pod["metadata"]["uid"])

    @property
    def spec(self) -> Json:
        """The pod's specification."""
        spec: Json = self.pod["spec"]
        return spec

    @property
    def path(self) -> str:
        """The pod's path in the API."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"

    @property
    def service_account(self) -> str:
        """The name of the pod's ServiceAccount."""
        return str(self.spec.get("serviceAccountName", "default"))

    def volume_folder(self, volume: str) -> Path:
        """Return the folder that stands for a volume."""
        return self.folder / "volumes" / volume

    def field(self, path: str) -> str:
        """Return the value of a downward API field; KeyError names one that is not there."""
        if match := MAP_FIELD.fullmatch(path):
            values: dict[str, str] = self.pod["metadata"].get(match[1], {})
            return values.get(match[2], "") if match[2] else _lines(values)
        return self._simple_fields()[path]

    def _simple_fields(self) -> dict[str, str]:
        return {
            "metadata.name": self.name,
            "metadata.namespace": self.namespace,
            "metadata.uid": self.uid,
            "spec.nodeName": self.node,
            "spec.serviceAccountName": self.service_account,
            "status.podIP": self.address,
            "status.podIPs": self.address,
            "status.hostIP": HOST_ADDRESS,
            "status.hostIPs": HOST_ADDRESS,
        }


def _lines(values: dict[str, str]) -> str:
    return "".join(f"{key}={json.dumps(value)}\n" for key, value in sorted(values.items()))
