"""The status as users and kstatus read it: conditions, and the strings that are printed in columns."""

from collections.abc import Iterator
from dataclasses import dataclass

from rollout_operator import observe, soak
from rollout_operator.drift import Drift
from rollout_operator.model.status import Condition, State, Status, VerdictKind
from rollout_operator.signals import (
    CLIMBING,
    Case,
    Signal,
    blind,
    broken,
    evidence_problem,
    judging,
    unready,
)


@dataclass(frozen=True, slots=True)
class _Said:
    type: str
    status: str
    reason: str
    message: str


def complete(case: Case, found: Signal) -> Status:
    """The decided status with conditions and columns; a condition's time moves only when its status does."""
    said = [*_kstatus(case, found), *_details(case)]
    verdicts = judging(case)
    passing = sum(gate.verdict is VerdictKind.PASS for gate in verdicts)
    columns = {
        "conditions": tuple(_condition(one, case) for one in said),
        "gates_passing": f"{passing}/{len(verdicts)}" if verdicts else "",
        "soak_progress": soak.progress(case.status.soak) if case.status.soak.as_of else "",
        "next_decision_time": observe.next_decision(case),
    }
    return case.status.model_copy(update=columns)


def _truth(value: bool) -> str:  # noqa: FBT001 - the value is what it is about
    return "True" if value else "False"


def _condition(said: _Said, case: Case) -> Condition:
    before = next((c for c in case.status.conditions if c.type == said.type), None)
    since = before.last_transition_time if before and before.status == said.status else case.seen.now
    return Condition(
        type=said.type,
        status=said.status,
        reason=said.reason,
        message=said.message[:1024],
        last_transition_time=since.replace(microsecond=0),
        observed_generation=case.generation,
    )


def _kstatus(case: Case, found: Signal) -> Iterator[_Said]:
    """Ready always; Reconciling and Stalled only while true."""
    state = case.status.phase
    reason, message = _why(case, found)
    yield _Said("Ready", _truth(state is State.COMPLETED and case.converged), reason, message)
    stuck = broken(case) or case.status.hold or state is State.ROLLED_BACK
    if stuck and state is not State.ROLLING_BACK:
        yield _Said("Stalled", "True", reason, message)
    elif state is not State.COMPLETED or not case.converged:
        yield _Said("Reconciling", "True", reason, message)


def _why(case: Case, found: Signal) -> tuple[str, str]:
    """The reason of the day: what stops it, else the state and its last move."""
    status = case.status
    last = status.history[-1].message if status.history else ""
    if status.phase in {State.ROLLING_BACK, State.ROLLED_BACK}:
        return status.phase, last
    stopped = broken(case) or (status.phase is State.PENDING and found is Signal.UNREADY and unready(case))
    if stopped:
        return stopped
    if status.hold:
        return status.hold.reason, status.hold.message
    held = evidence_problem(case) if status.phase in CLIMBING else None
    return held or (status.phase, last or "waiting for the first look")


def _details(case: Case) -> Iterator[_Said]:
    yield _converged(case)
    yield _gates_passing(case)
    yield _metrics_available(case)
    yield _drift(case)
    rolled_back = case.status.phase is State.ROLLED_BACK
    cause = case.status.rollback.cause if case.status.rollback else "no rollback in this attempt"
    yield _Said("RolledBack", _truth(rolled_back), "RolledBack" if rolled_back else "NotRolledBack", cause)
    wrong = broken(case)
    yield _Said("Compatible", _truth(wrong is None), *(wrong or ("Compatible", "the target can be driven")))


def _converged(case: Case) -> _Said:
    pods = case.seen.fleet.pods
    confirmed = (
        f"{case.seen.fleet.converged_on(case.revision)} of {max(len(pods), case.seen.fleet.desired)} pods confirm"
    )
    if case.converged:
        return _Said("Converged", "True", "AllPodsConfirm", f"{confirmed} revision {case.revision}")
    if case.seen.trouble:
        return _Said("Converged", "False", "NotWritten", f"{confirmed}; the last change failed: {case.seen.trouble}")
    silent = [f"{pod.name} {pod.problem or 'runs other flags'}" for pod in pods if pod.revision != case.revision]
    return _Said(
        "Converged", "False", "WaitingForPods", "; ".join([f"{confirmed} revision {case.revision}", *silent[:5]])
    )


def _gates_passing(case: Case) -> _Said:
    verdicts = judging(case)
    if not verdicts:
        return _Said("GatesPassing", "Unknown", "NotJudged", "no gate has been judged in this phase")
    bad = [f"{gate.name} {gate.verdict}: {gate.message}" for gate in verdicts if gate.verdict is not VerdictKind.PASS]
    reason = "NotPassing" if bad else "Passing"
    return _Said("GatesPassing", _truth(not bad), reason, "; ".join(bad) or f"all {len(verdicts)} gates pass")


def _metrics_available(case: Case) -> _Said:
    verdicts = judging(case)
    if not verdicts:
        return _Said("MetricsAvailable", "Unknown", "NotAsked", "no query has been asked in this phase")
    lacking = [gate for gate in verdicts if blind(gate)]
    if not lacking:
        return _Said("MetricsAvailable", "True", "Answered", "every query has an answer")
    return _Said("MetricsAvailable", "False", lacking[0].reason, "; ".join(f"{g.name}: {g.message}" for g in lacking))


def _drift(case: Case) -> _Said:
    if case.status.hold:
        return _Said("DriftDetected", "True", case.status.hold.reason, case.status.hold.message)
    drifted = case.drift not in {Drift.NONE, Drift.PENDING}
    message = "somebody else changed the flag document" if drifted else "the flag document is as written"
    return _Said("DriftDetected", _truth(drifted), case.drift if drifted else "NoDrift", message)
