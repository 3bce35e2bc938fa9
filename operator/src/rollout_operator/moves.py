"""The steps of the machine: each takes the tick's facts and returns the status after the step."""

from datetime import timedelta
from typing import Final

from rollout_operator import ladder
from rollout_operator.drift import Drift
from rollout_operator.model.spec import Action, Phase, Spec
from rollout_operator.model.status import (
    ALERTS_LIMIT,
    HISTORY_LIMIT,
    AlertStatus,
    Cured,
    Hold,
    Move,
    Reason,
    Rollback,
    Soak,
    State,
    Status,
)
from rollout_operator.signals import CLIMBING, Case, breaches, broken, evidence_problem

FIGHT: Final = timedelta(minutes=1)
"""Within this time a document changed again is written again without another word."""


def wait(case: Case) -> Status:
    """Nothing changes."""
    return case.status


def reopen(case: Case) -> Status:
    """A new attempt waits at the traffic in force, still guarded, until it may start with clean counters."""
    fresh = {"phase": State.PENDING, "hold": None, "soak": Soak()}
    return case.status.model_copy(update=fresh)


def start(case: Case) -> Status:
    """Enter the first phase with clean counters."""
    first = case.spec.phases[0]
    opened = {
        "attempt": case.status.attempt + 1,
        "revision": case.spec.revision,
        "last_safe_percent": 0,
        "rollback": None,
        "hold": None,
        "written_revision": case.status.written_revision or case.seen.flags.revision,
    }
    begun = case.status.model_copy(update=opened)
    return _enter(begun, case, first, Reason.STARTED)


def climb(case: Case) -> Status:
    """The phase has soaked: enter the next one, or complete."""
    safe = case.status.model_copy(update={"last_safe_percent": case.status.traffic_percent})
    following = case.spec.after(safe.phase_name)
    if following:
        return _enter(safe, case, following, Reason.ADVANCED)
    return _move(safe, case, State.COMPLETED, Reason.COMPLETED, "every phase has soaked")


def _enter(status: Status, case: Case, phase: Phase, reason: Reason) -> Status:
    message = f"phase {phase.name}: {status.traffic_percent} -> {phase.traffic} %"
    entered = {
        "phase_name": phase.name,
        "soak": Soak(required=phase.soak, as_of=case.seen.now),
        "gates": (),
        "blind_since": None,
    }
    return _move(status.model_copy(update=entered), case, State.PROGRESSING, reason, message, phase.traffic)


def hold(case: Case) -> Status:
    """Stay, and say why."""
    why = broken(case) or evidence_problem(case)
    return _move(case.status, case, State.HELD, Reason.HELD, why[1] if why else "held")


def pause(case: Case) -> Status:
    """Stay until spec.paused is false."""
    return _move(case.status, case, State.PAUSED, Reason.PAUSED, "spec.paused is true")


def resume(case: Case) -> Status:
    """Go on."""
    why = "spec.paused is false" if case.status.phase is State.PAUSED else "the evidence is good again"
    return _move(case.status, case, State.PROGRESSING, Reason.RESUMED, why)


def stick(case: Case) -> Status:
    """A decrease by hand is the users' word: it becomes the wanted traffic, and the climb is held."""
    flagset = case.seen.flags.flagset
    if case.drift is not Drift.LOWERED or flagset is None:
        return case.status
    lowered = flagset.traffic_percentage
    message = f"somebody lowered the traffic in the ConfigMap to {lowered} %; set a new spec.revision to climb again"
    state = case.status.phase
    if state in {State.PENDING, State.ROLLED_BACK}:
        return _move(case.status, case, state, Reason.LOWERED_BY_HAND, message, lowered)
    held = case.status.model_copy(update={"hold": Hold(reason=Reason.LOWERED_BY_HAND, message=message)})
    return _move(held, case, _with_hold(held, state), Reason.LOWERED_BY_HAND, message, lowered)


def roll_back(case: Case) -> Status:
    """Take the first rung against the breach."""
    breach = breaches(case)[0]
    handled = [
        AlertStatus(id=alert.id, name=alert.name)
        for alert in ladder.firing(case.status, case.seen)
        if alert.ladder == breach.ladder and alert.id not in {known.id for known in case.status.alerts}
    ]
    noted = case.status.model_copy(update={"alerts": (*case.status.alerts, *handled)[-ALERTS_LIMIT:]})
    start = ladder.first_rung(case.status, breach)
    return _take_rung(noted, case, start, breach, Reason.ROLLBACK_STARTED)


def next_rung(case: Case) -> Status:
    """The last rung did not cure it."""
    last = case.status.rollback
    if last is None:
        return _move(case.status, case, State.ROLLED_BACK, Reason.ROLLBACK_UNPROVEN, "the ladder in use is unknown")
    breach = ladder.Breach(last.ladder, ladder.kind_of(last.evidence), last.evidence, last.cause)
    return _take_rung(case.status, case, last.rung + 1, breach, Reason.ROLLBACK_ESCALATED)


def _take_rung(status: Status, case: Case, start: int, breach: ladder.Breach, reason: Reason) -> Status:
    chosen = ladder.next_rung(case.spec, case.seen.fleet, breach.ladder, start)
    if chosen is None:
        return _settle(status, case, Cured.NO)
    index, rung = chosen
    traffic = ladder.traffic_after(case.spec, status, rung.do)
    rollback = Rollback(
        ladder=breach.ladder,
        rung=index,
        action=rung.do,
        cause=breach.cause[:512],
        evidence=breach.evidence[:256],
        at=case.seen.now,
        before=_before(case.status),
        image=case.seen.fleet.previous_image if rung.do is Action.PREVIOUS_IMAGE else "",
    )
    begun = {"rollback": rollback, "phase_name": _phase_at(case.spec, status, traffic)}
    message = f"{breach.cause}; ladder {breach.ladder}, rung {index + 1}: {rung.do}"
    return _move(status.model_copy(update=begun), case, State.ROLLING_BACK, reason, message, traffic)


def _before(status: Status) -> State:
    """The state that a restart puts back; a rung that follows another keeps what stood before the first."""
    if status.phase is not State.ROLLING_BACK:
        return status.phase
    restarting = status.rollback and status.rollback.action is Action.RESTART
    return status.rollback.before if status.rollback and restarting else State.ROLLED_BACK


def _with_hold(status: Status, state: State) -> State:
    """A hold outlasts everything but a new attempt: what would climb, or stand at the top, is held."""
    return State.HELD if status.hold and state in CLIMBING | {State.COMPLETED} else state


def _phase_at(spec: Spec, status: Status, traffic: int) -> str:
    """Name of the phase with that traffic; none when everything is off."""
    if traffic == status.traffic_percent:
        return status.phase_name
    return next((phase.name for phase in spec.phases if phase.traffic == traffic), "")


def cured(case: Case) -> Status:
    """The rollback ends; after a mere restart everything is as it was before."""
    rollback = case.status.rollback
    if rollback is None or rollback.action is not Action.RESTART:
        return _settle(case.status, case, Cured.YES)
    status = case.status.model_copy(update={"rollback": rollback.model_copy(update={"cured": Cured.YES})})
    state = _with_hold(status, rollback.before)
    return _move(status, case, state, Reason.ROLLBACK_CURED, f"the restart cured it; {state} again")


def unproven(case: Case) -> Status:
    """The rollback ends without evidence either way."""
    return _settle(case.status, case, Cured.UNPROVEN)


def _settle(status: Status, case: Case, cured: Cured) -> Status:
    ended = status.rollback.model_copy(update={"cured": cured}) if status.rollback else None
    reason = Reason.ROLLBACK_CURED if cured is Cured.YES else Reason.ROLLBACK_UNPROVEN
    message = {
        Cured.YES: "the evidence is good again and every pod confirms the flags",
        Cured.UNPROVEN: "everything is off; without traffic there is no evidence either way",
    }.get(cured, "the last rung did not cure it: what was switched off is not guilty, look elsewhere")
    settled = status.model_copy(update={"rollback": ended, "hold": None})
    return _move(settled, case, State.ROLLED_BACK, reason, message)


def _move(status: Status, case: Case, state: State, reason: Reason, message: str, traffic: int | None = None) -> Status:
    """Enter a state and write it into the history; the traffic stays unless a new one is given."""
    to = status.traffic_percent if traffic is None else traffic
    made = Move(at=case.seen.now, from_=status.traffic_percent, to=to, reason=reason, message=message[:1024])
    changed = {"changed_at": case.seen.now} if reason not in {Reason.PAUSED, Reason.RESUMED, Reason.HELD} else {}
    entered = {"phase": state, "traffic_percent": to, "history": (*status.history, made)[-HISTORY_LIMIT:]}
    return status.model_copy(update=entered | changed)


def revert_drift(case: Case, after: Status) -> Status:
    """Tell that a document changed by hand is written again, once a minute in a fight over it."""
    last = after.history[-1] if after.history else None
    told = last and last.reason is Reason.DRIFT_REVERTED and case.seen.now - last.at < FIGHT
    if told or case.drift not in {Drift.CHANGED, Drift.MISSING}:
        return after
    seen = case.seen.flags.flagset.traffic_percentage if case.seen.flags.flagset else 0
    what = "changed" if case.drift is Drift.CHANGED else "deleted"
    message = f"somebody {what} the flag document ({seen} %); it is written again with {after.traffic_percent} %"
    made = Move(at=case.seen.now, from_=seen, to=after.traffic_percent, reason=Reason.DRIFT_REVERTED, message=message)
    return after.model_copy(update={"history": (*after.history, made)[-HISTORY_LIMIT:]})
