"""The newest body of every rollout. Newer resourceVersions win, whoever brings them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from rollout_operator.crd import flag_map
from rollout_operator.ports import Key, Listing

Body = dict[str, Any]


def key_of(body: Body) -> Key:
    """Namespace and name of a body."""
    return Key(body["metadata"]["namespace"], body["metadata"]["name"])


class Cache:
    """Bodies by key."""

    def __init__(self) -> None:
        self._bodies: dict[Key, Body] = {}
        self._on_map: defaultdict[tuple[str, str], set[Key]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._bodies)

    def get(self, key: Key) -> Body | None:
        """The newest body; None when the rollout is not known or gone."""
        return self._bodies.get(key)

    def all(self) -> Iterable[Body]:
        """Every body."""
        return tuple(self._bodies.values())

    def put(self, body: Body) -> bool:
        """Keep the body unless a newer one is known; True when a user or a webhook wants something else now.

        Our own status writes come back as events, too: they are no news, and must not start the next tick.
        """
        key = key_of(body)
        known = self._bodies.get(key)
        if known is not None and _version(known) >= _version(body):
            return False
        if known is not None:
            self._drop(key, known)
        self._bodies[key] = body
        self._on_map[_map_of(body)].add(key)
        return known is None or _wish(known) != _wish(body)

    def remove(self, body: Body) -> bool:
        """Forget a deleted rollout; False when one of the same name has been created since."""
        key = key_of(body)
        known = self._bodies.get(key)
        if known is None or known["metadata"]["uid"] != body["metadata"]["uid"]:
            return False
        self._drop(key, known)
        return True

    def holder(self, body: Body) -> str:
        """Name of the oldest rollout on the same flag map; empty when that is this one."""
        rivals = (self._bodies[key] for key in self._on_map.get(_map_of(body), ()))
        oldest = min(rivals, key=_seniority, default=body)
        return "" if key_of(oldest) == key_of(body) else str(oldest["metadata"]["name"])

    def _drop(self, key: Key, body: Body) -> None:
        del self._bodies[key]
        where = _map_of(body)
        self._on_map[where].discard(key)
        if not self._on_map[where]:
            del self._on_map[where]

    def vanished(self, listing: Listing) -> list[Body]:
        """What is known here, is no younger than the list and is not in it: its deletion was missed."""
        listed = {body["metadata"]["uid"] for body in listing.bodies}
        known = self._bodies.values()
        return [body for body in known if body["metadata"]["uid"] not in listed and _version(body) <= listing.version]


def _map_of(body: Body) -> tuple[str, str]:
    return body["metadata"]["namespace"], flag_map(body)


def _seniority(body: Body) -> tuple[str, str]:
    return body["metadata"].get("creationTimestamp", ""), body["metadata"]["name"]


def _version(body: Body) -> int:
    return int(body["metadata"]["resourceVersion"])


def _wish(body: Body) -> tuple[Any, ...]:
    metadata = body["metadata"]
    fields = ("uid", "generation", "annotations", "deletionTimestamp")
    return tuple(metadata.get(field) for field in fields)
