"""One honest in-memory twin for each port. Set `outage` to a text and everything raises ApiBusy with it."""

import asyncio
import copy
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from rollout_contract.flagset import FlagDocumentError, parse
from rollout_operator.model.decision import Effect, Restart
from rollout_operator.model.seen import Answer, FlagsSeen, FleetSeen
from rollout_operator.model.spec import Target
from rollout_operator.model.status import Move
from rollout_operator.ports import ApiBusy, ApiConflict, ApiGone, Key, Listing
from tests.support.schema import spec_body


@dataclass
class Flaky:
    outage: str = ""
    asked: int = 0
    """How often the twin was asked for anything."""

    def answer(self) -> None:
        """Answer, or not."""
        self.asked += 1
        if self.outage:
            raise ApiBusy(self.outage)


@dataclass
class FakeMetrics:
    """MetricSource: answers by query, and one for all others; `hang` never answers."""

    answers: dict[str, Answer] = field(default_factory=dict)
    default: Answer = field(default_factory=lambda: Answer(0.0))
    asked: list[tuple[str, str]] = field(default_factory=list)
    hang: bool = False
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once somebody waits for the answer that never comes."""

    async def ask(self, address: str, query: str) -> Answer:
        self.asked.append((address, query))
        if self.hang:
            self.hanging.set()
            await asyncio.Event().wait()
        return self.answers.get(query, self.default)


@dataclass
class FakeFlags(Flaky):
    """FlagStore: texts by namespace, map and key."""

    texts: dict[tuple[str, str, str], str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)

    async def read(self, namespace: str, target: Target) -> FlagsSeen:
        self.answer()
        text = self.texts.get((namespace, target.flags.config_map, target.flags.key))
        if text is None:
            return FlagsSeen()
        try:
            return FlagsSeen(parse(text), text, exists=True)
        except FlagDocumentError as error:
            return FlagsSeen(text=text, problem=str(error), exists=True)

    async def write(self, namespace: str, target: Target, text: str) -> None:
        self.answer()
        self.texts[namespace, target.flags.config_map, target.flags.key] = text
        self.written.append(text)


@dataclass
class FakeFleet(Flaky):
    """Fleet: pods take over what `flags` holds when they are asked, unless they are `stuck`."""

    flags: FakeFlags = field(default_factory=FakeFlags)
    seen: FleetSeen = field(default_factory=FleetSeen)
    stuck: bool = False
    touched: list[tuple[str, str]] = field(default_factory=list)
    acted: list[Effect] = field(default_factory=list)

    async def observe(self, namespace: str, target: Target, *, ask_pods: bool) -> FleetSeen:
        self.answer()
        if not ask_pods:
            return replace(self.seen, pods=tuple(replace(pod, revision=None) for pod in self.seen.pods))
        if not self.stuck:
            revision = (await self.flags.read(namespace, target)).revision or None
            pods = tuple(replace(pod, revision=revision) for pod in self.seen.pods)
            self.seen = replace(self.seen, pods=pods)
        return self.seen

    async def touch(self, namespace: str, pod: str, text: str) -> None:  # noqa: ARG002 - the port's signature
        self.answer()
        self.touched.append((pod, text))

    async def act(self, namespace: str, target: Target, effect: Effect) -> None:  # noqa: ARG002 - the port's signature
        self.answer()
        if isinstance(effect, Restart):
            news = replace(self.seen, restarted_at=effect.at)
        else:
            news = replace(self.seen, image=effect.image, previous_image=self.seen.image, image_restored_at=effect.at)
        if effect.at not in {self.seen.restarted_at, self.seen.image_restored_at}:
            self.seen = news
            self.acted.append(effect)


@dataclass
class FakeRollouts(Flaky):
    """Rollouts: bodies with resourceVersions that count up, as etcd's do."""

    bodies: dict[Key, dict[str, Any]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    patches: int = 0
    _versions: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def add(self, name: str = "phase-1", namespace: str = "intelligence", **spec: Any) -> dict[str, Any]:
        """Create a rollout, defaults included."""
        version = next(self._versions)
        body = {
            "apiVersion": "rollouts.intelligence.dev/v1alpha1",
            "kind": "IntelligenceRollout",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": f"uid-{version}",
                "resourceVersion": str(version),
                "generation": 1,
                "creationTimestamp": f"2026-01-05T09:00:{version % 60:02}Z",
            },
            "spec": spec_body(**spec),
        }
        self.bodies[Key(namespace, name)] = body
        return copy.deepcopy(body)

    def change(self, key: Key, **spec: Any) -> dict[str, Any]:
        """A user edits the spec."""
        body = self._at(key)
        body["spec"] |= spec
        body["metadata"]["generation"] += 1
        return self._stored(key, body)

    async def write_status(self, body: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
        self.answer()
        key = Key(body["metadata"]["namespace"], body["metadata"]["name"])
        stored = self._at(key)
        if stored["metadata"]["resourceVersion"] != body["metadata"]["resourceVersion"]:
            raise ApiConflict(stored)
        self.statuses.append(copy.deepcopy(status))
        return self._stored(key, stored | {"status": copy.deepcopy(status)})

    async def leave_alert(self, key: Key, annotations: Mapping[str, str | None]) -> dict[str, Any]:
        self.answer()
        self.patches += 1
        body = self._at(key)
        merged = (body["metadata"].get("annotations") or {}) | dict(annotations)
        body["metadata"]["annotations"] = {name: text for name, text in merged.items() if text is not None}
        return self._stored(key, body)

    async def list_all(self) -> Listing:
        self.answer()
        return Listing(tuple(copy.deepcopy(body) for body in self.bodies.values()), next(self._versions))

    def _at(self, key: Key) -> dict[str, Any]:
        if key not in self.bodies:
            raise ApiGone(str(key))
        return copy.deepcopy(self.bodies[key])

    def _stored(self, key: Key, body: dict[str, Any]) -> dict[str, Any]:
        body["metadata"]["resourceVersion"] = str(next(self._versions))
        self.bodies[key] = body
        return copy.deepcopy(body)


@dataclass
class FakeRecorder(Flaky):
    """Recorder: one event a move."""

    moves: dict[tuple[str, datetime, str], Move] = field(default_factory=dict)

    async def record(self, body: dict[str, Any], move: Move) -> None:
        self.answer()
        self.moves.setdefault((body["metadata"]["uid"], move.at, move.reason), move)
