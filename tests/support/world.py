"""A small world around `decide`: a service that takes over its flags at once, and evidence that can be switched."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rollout_contract.flagset import FlagSet, dump, parse, revision_of
from rollout_operator.machine import decide
from rollout_operator.model.decision import Decision
from rollout_operator.model.seen import AlertSeen, Answer, FlagsSeen, FleetSeen, PodSeen, Samples, Seen
from rollout_operator.model.spec import Spec
from rollout_operator.model.status import Reason, Status
from tests.support.schema import spec_body

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
GATE = {"query": "q", "pass": "< 0.01", "fail": "> 0.01", "failFor": "2 of 3"}
SHORT = {
    "interval": "10s",
    "phases": [
        {"name": "canary", "traffic": 20, "soak": "60s", "flags": {"learning_mode": False}},
        {"name": "half", "traffic": 50, "soak": "60s", "flags": {"learning_mode": True}},
        {"name": "full", "traffic": 100, "soak": "60s"},
    ],
    "gates": [{"name": "error-rate", "onFail": "errors", "threshold": GATE}],
}


def spec(**changes: Any) -> Spec:
    """The short rollout, with changes."""
    return Spec.model_validate(spec_body(**(SHORT | changes)))


@dataclass
class World:
    """Ticks `decide` and plays the cluster."""

    spec: Spec = field(default_factory=spec)
    status: Status = field(default_factory=Status)
    now: datetime = START
    document: str = "feature_flags: {traffic_percentage: 0, theirs: true}\nkeep: me\n"
    problem: str = ""
    answer: Answer = field(default_factory=lambda: Answer(0.0))
    alerts: tuple[AlertSeen, ...] = ()
    holder: str = ""
    fleet: FleetSeen = field(
        default_factory=lambda: FleetSeen(
            exists=True,
            desired=3,
            ready=3,
            available=True,
            image="detector:v2",
            previous_image="detector:v1",
            pods=tuple(PodSeen(f"pod-{n}", ready=True) for n in range(3)),
        )
    )
    frozen_pods: bool = False
    unasked: bool = False
    generation: int = 1
    last: Decision | None = None

    @property
    def flagset(self) -> FlagSet | None:
        return parse(self.document) if self.document and not self.problem else None

    def seen(self) -> Seen:
        """What a tick sees now."""
        flagset = self.flagset
        revision = revision_of(flagset) if flagset else None
        if not self.frozen_pods:
            pods = tuple(PodSeen(pod.name, pod.ready, revision) for pod in self.fleet.pods)
            self.fleet = FleetSeen(**{name: getattr(self.fleet, name) for name in FleetSeen.__slots__} | {"pods": pods})
        samples = {} if self.unasked else {gate.name: Samples(self.answer) for gate in self.spec.gates}
        flags = FlagsSeen(flagset, self.document, self.problem, exists=bool(self.document))
        return Seen(self.now, flags, self.fleet, samples, self.alerts, self.holder)

    def tick(self, seconds: float = 10) -> Status:
        """One tick after some seconds; what is decided is done."""
        self.now += timedelta(seconds=seconds)
        self.last = decide("phase-1", self.generation, self.spec, self.status, self.seen())
        self.status = self.last.status
        if self.last.flags:
            self.document = dump(self.last.flags, self.document if not self.problem else "")
            self.problem = ""
        return self.status

    def ticks(self, count: int, seconds: float = 10) -> Status:
        """Several ticks."""
        for _ in range(count):
            self.tick(seconds)
        return self.status

    def until(self, reason: Reason, limit: int = 60) -> Status:
        """Tick until a new move with that reason was made."""
        seen_moves = {move.at for move in self.status.history}
        for _ in range(limit):
            self.tick()
            if any(move.reason is reason and move.at not in seen_moves for move in self.status.history):
                return self.status
        raise AssertionError(f"no {reason} within {limit} ticks: {self.status.history}")

    def change(self, **fleet: Any) -> None:
        """Change the fleet."""
        kept = {name: getattr(self.fleet, name) for name in FleetSeen.__slots__}
        self.fleet = FleetSeen(**kept | fleet)

    def reasons(self) -> list[str]:
        """Reasons of the moves so far."""
        return [move.reason for move in self.status.history]


def alert(
    name: str = "DetectorErrorRateHigh", ladder: str = "errors", start: str = "t1", *, firing: bool = True
) -> AlertSeen:
    """An alert as the webhook leaves it."""
    return AlertSeen(name.encode().hex()[:16], start, name, ladder, firing)
