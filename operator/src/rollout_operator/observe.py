"""Facts into the status: verdicts, counters and clocks of this tick, before anything is decided."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from rollout_operator import ladder, render, soak
from rollout_operator.drift import Drift, classify
from rollout_operator.gates import assess
from rollout_operator.model.seen import Seen
from rollout_operator.model.spec import Spec
from rollout_operator.model.status import AlertStatus, GateStatus, Replicas, Rollback, Soak, State, Status, VerdictKind
from rollout_operator.signals import CLIMBING, Case, blind, earning, judging, scarce

SHORTEST: Final = timedelta(seconds=1)
"""No rollout is judged more often than this."""
FAST: Final = timedelta(milliseconds=250)
"""Between looks while pods still have to confirm a change."""
FAST_FOR: Final = timedelta(seconds=60)


def case(name: str, generation: int, spec: Spec, status: Status, seen: Seen) -> Case:
    """The tick's facts, with the status brought up to date."""
    status = _believed(status)
    wanted = render.wanted(name, spec, status, seen.flags)
    drift = classify(wanted, status.written_revision, seen.flags)
    current = status.model_copy(
        update={
            "observed_generation": generation,
            "written_revision": seen.flags.revision if drift is Drift.NONE else status.written_revision,
            "gates": _gates(spec, status, seen, edited=status.observed_generation != generation),
            "alerts": _alerts(status, seen),
            "unavailable_since": _since(status.unavailable_since, seen.now, holds=_unavailable(seen)),
        }
    )
    return _settle(Case(name, generation, spec, current, seen, wanted, drift))


def due(case: Case, *, moved: bool) -> datetime:
    """When to look again after this tick; `case` holds the status and flags that were decided."""
    now, status, interval = case.seen.now, case.status, max(SHORTEST, case.spec.interval)
    recent = status.changed_at is not None and now - status.changed_at < FAST_FOR
    if moved or (recent and not case.converged):
        return now + FAST
    decision = next_decision(case)
    return now + max(FAST, min(interval, decision - now)) if decision else now + interval


def next_decision(case: Case) -> datetime | None:
    """When the next move can be decided, if nothing else happens."""
    after, rollback = case.status, case.status.rollback
    if after.phase is State.ROLLING_BACK and rollback:
        verify = ladder.verify_of(case.spec, rollback)
        return (
            rollback.recovered_since + verify / ladder.STABLE_SHARE
            if rollback.recovered_since
            else rollback.at + verify
        )
    if after.phase is State.PROGRESSING and after.soak.as_of:
        return after.soak.as_of + after.soak.required - after.soak.earned
    return None


def _settle(case: Case) -> Case:
    """What follows from the verdicts: convergence, blindness, soak, and the recovery of a rollback's evidence."""
    status, seen = case.status, case.seen
    blinded = any(blind(gate) and not scarce(gate) for gate in judging(case))
    interval = max(SHORTEST, case.spec.interval)
    counted = status.phase in CLIMBING and status.soak.as_of is not None
    updates = {
        "replicas": Replicas(
            desired=seen.fleet.desired,
            ready=seen.fleet.ready,
            converged=seen.fleet.converged_on(case.revision),
        ),
        "effective_percent": status.traffic_percent if case.converged else status.effective_percent,
        "blind_since": _since(status.blind_since, seen.now, holds=blinded),
        "soak": soak.count(_soak(case), earning(case), seen.now, 2 * interval) if counted else status.soak,
        "rollback": _recovery(status.rollback, case) if status.phase is State.ROLLING_BACK else status.rollback,
    }
    settled = status.model_copy(update=updates)
    return replace(case, status=settled)


def _believed(status: Status) -> Status:
    """No more traffic than the last move led to: a hand in the status raises nothing."""
    led_to = status.history[-1].to if status.history else 0
    return status.model_copy(update={"traffic_percent": min(status.traffic_percent, led_to)})


def _soak(case: Case) -> Soak:
    """The soak, with the time that the spec asks for now: an edit of it counts at once."""
    phase = case.spec.phase(case.status.phase_name)
    return case.status.soak.model_copy(update={"required": phase.soak}) if phase else case.status.soak


def _gates(spec: Spec, status: Status, seen: Seen, *, edited: bool) -> tuple[GateStatus, ...]:
    """This look's verdicts, else the last ones; an edit may have mended a query that could not be parsed."""
    verdicts = []
    for gate in spec.gates_of(spec.phase(status.phase_name)):
        before, samples = status.gate(gate.name), seen.samples.get(gate.name)
        if edited and before and before.verdict is VerdictKind.CONFIG_ERROR:
            before = None
        verdict = assess(gate, samples, before, seen.now) if samples else before
        if verdict:
            verdicts.append(verdict)
    return tuple(verdicts)


def _alerts(status: Status, seen: Seen) -> tuple[AlertStatus, ...]:
    """Alerts that were acted on, with what is seen of them now; resolved once is resolved for ever."""
    fires = {alert.id for alert in seen.alerts if alert.firing}
    return tuple(known.model_copy(update={"firing": known.firing and known.id in fires}) for known in status.alerts)


def _unavailable(seen: Seen) -> bool:
    return seen.fleet.exists and seen.fleet.desired > 0 and not seen.fleet.available


def _since(before: datetime | None, now: datetime, *, holds: bool) -> datetime | None:
    return (before or now) if holds else None


def _recovery(rollback: Rollback | None, case: Case) -> Rollback | None:
    if rollback is None:
        return None
    well = case.converged and case.seen.fleet.available
    good = well and ladder.recovered(rollback, case.status, case.seen) is True
    since = _since(rollback.recovered_since, case.seen.now, holds=good)
    return rollback.model_copy(update={"recovered_since": since})
