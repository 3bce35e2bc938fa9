"""Which evidence starts which ladder, which rung comes next, and whether the last one cured it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rollout_operator.gates.threshold import FAILING
from rollout_operator.model.seen import AlertSeen, FleetSeen, Seen
from rollout_operator.model.spec import Action, Rung, Spec
from rollout_operator.model.status import Rollback, Status, VerdictKind

UNAVAILABLE: Final = "unavailable"
"""The ladder of a Deployment below its minimum availability."""
AVAILABILITY: Final = "availability"
STABLE_SHARE: Final = 4
"""Recovered evidence must last a quarter of the verify window: a crash loop looks well for a moment."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Evidence that starts a ladder; `kind` is the same when the same trouble comes again."""

    ladder: str
    kind: str
    evidence: str
    cause: str


def breaches(spec: Spec, status: Status, seen: Seen) -> list[Breach]:
    """All evidence that asks for a ladder now, the one that lowers traffic most first."""
    found = [b for b in _breaches(spec, status, seen) if b.ladder in spec.ladders and not _given_up(status, spec, b)]
    return sorted(found, key=lambda breach: traffic_after(spec, status, spec.ladders[breach.ladder][0].do))


def traffic_after(spec: Spec, status: Status, action: Action) -> int:
    """Traffic in force after the action; never more than now."""
    now = status.traffic_percent
    if action is Action.ALL_OFF:
        return 0
    if action is Action.PREVIOUS_SAFE:
        return max(
            (p.traffic for p in spec.phases if p.traffic < now and p.traffic <= status.last_safe_percent), default=0
        )
    return now


def lowers(spec: Spec, status: Status, breach: Breach) -> bool:
    """Whether the first rung against the breach lowers the traffic."""
    return traffic_after(spec, status, spec.ladders[breach.ladder][0].do) < status.traffic_percent


def next_rung(spec: Spec, fleet: FleetSeen, ladder: str, start: int) -> tuple[int, Rung] | None:
    """The first rung from `start` that can be done: PreviousImage needs a previous image."""
    for index, rung in enumerate(spec.ladders.get(ladder, ())):
        if index >= start and (rung.do is not Action.PREVIOUS_IMAGE or fleet.previous_image):
            return index, rung
    return None


def first_rung(status: Status, breach: Breach) -> int:
    """0, or the next rung when the same trouble comes again: a relapse was no cure."""
    last = status.rollback
    relapse = last is not None and last.ladder == breach.ladder and kind_of(last.evidence) == breach.kind
    return last.rung + 1 if last and relapse else 0


def kind_of(evidence: str) -> str:
    """`alert/NAME/FINGERPRINT@START` -> `alert/NAME`; other evidence is its own kind."""
    return "/".join(evidence.split("/")[:2])


def recovered(rollback: Rollback, status: Status, seen: Seen) -> bool | None:
    """Whether the evidence that fired is good again; None when nothing can be said."""
    subject, _, rest = rollback.evidence.partition("/")
    if subject == "gate":
        return _gate_recovered(status, rest)
    if subject == "alert":
        return not any(alert.id in rest for alert in firing(status, seen))
    return seen.fleet.available and seen.fleet.settled


def verify_of(spec: Spec, rollback: Rollback) -> timedelta:
    """The verify window of the rung in use; zero when an edit took the rung away."""
    rungs = spec.ladders.get(rollback.ladder, ())
    return rungs[rollback.rung].verify if rollback.rung < len(rungs) else timedelta()


def proven(spec: Spec, rollback: Rollback, now: datetime) -> bool:
    """Whether the evidence has been good for long enough."""
    since = rollback.recovered_since
    return since is not None and now - since >= verify_of(spec, rollback) / STABLE_SHARE


def expired(spec: Spec, rollback: Rollback, now: datetime) -> bool:
    """Whether the verify window is over and no cure is under way."""
    return rollback.recovered_since is None and now - rollback.at >= verify_of(spec, rollback)


def firing(status: Status, seen: Seen) -> list[AlertSeen]:
    """Alerts that fire; one that was seen resolved stays resolved, whatever is replayed."""
    over = {alert.id for alert in status.alerts if not alert.firing}
    return [alert for alert in seen.alerts if alert.firing and alert.id not in over]


def urgent(spec: Spec, status: Status, alerts: tuple[AlertSeen, ...]) -> bool:
    """Whether an alert waits to be acted on: nothing that may be slow is asked before that is done."""
    handled = {alert.id for alert in status.alerts}
    waiting = any(alert.firing and alert.id not in handled and alert.ladder in spec.ladders for alert in alerts)
    return waiting and status.traffic_percent > 0


def _breaches(spec: Spec, status: Status, seen: Seen) -> Iterator[Breach]:
    handled = {alert.id for alert in status.alerts}
    for alert in firing(status, seen):
        if alert.id not in handled:
            kind = f"alert/{alert.name}"
            yield Breach(alert.ladder, kind, f"{kind}/{alert.id}", f"alert {alert.name} fires")
    for gate in spec.gates_of(spec.phase(status.phase_name)):
        verdict = status.gate(gate.name)
        if gate.on_fail and verdict and verdict.verdict is VerdictKind.FAIL:
            yield Breach(gate.on_fail, f"gate/{gate.name}", f"gate/{gate.name}", f"gate {gate.name}: {verdict.message}")
    since = status.unavailable_since
    if since and seen.now - since >= spec.target.unavailable_after:
        cause = f"{seen.fleet.ready} of {seen.fleet.desired} pods are ready"
        yield Breach(UNAVAILABLE, AVAILABILITY, AVAILABILITY, cause)


def _given_up(status: Status, spec: Spec, breach: Breach) -> bool:
    start = first_rung(status, breach)
    return start > 0 and start >= len(spec.ladders[breach.ladder])


def _gate_recovered(status: Status, name: str) -> bool | None:
    gate = status.gate(name)
    if gate is None:
        return None
    if gate.verdict is VerdictKind.PASS:
        return True
    return False if gate.verdict is VerdictKind.FAIL or gate.reason == FAILING else None
