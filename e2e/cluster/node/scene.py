"""What the parts of a pod share."""

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from e2e.cluster.node.api import Api
from e2e.cluster.node.events import Events
from e2e.cluster.node.facts import PodFacts
from e2e.cluster.node.images import ImageTable
from e2e.cluster.node.references import References


@dataclass(frozen=True)
class Shared:
    """What all pods of a node share; times in seconds; `sync_pause` is drawn anew for each pause."""

    api: Api
    http: aiohttp.ClientSession
    events: Events
    images: ImageTable
    api_server: str
    sync_pause: Callable[[], float]
    backoff: float


@dataclass(frozen=True)
class Scene:
    """What all containers of a pod share; `changed` says that the pod's status is another one now."""

    facts: PodFacts
    shared: Shared
    references: References
    changed: Callable[[], None]
