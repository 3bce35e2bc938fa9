"""(spec, status, seen) -> the one signal that counts this tick. Guards first, the climb last."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from rollout_contract.flagset import FlagSet, revision_of
from rollout_operator import ladder, soak
from rollout_operator.drift import Drift
from rollout_operator.model.seen import Lack, Seen
from rollout_operator.model.spec import Spec
from rollout_operator.model.status import GateStatus, State, Status, VerdictKind

BLIND_LOOKS: Final = 3
"""Intervals without usable evidence before the phase is held, and at least BLIND_FOR."""
BLIND_FOR: Final = timedelta(seconds=5)
CLIMBING: Final = frozenset({State.PROGRESSING, State.HELD, State.PAUSED})


class Signal(StrEnum):
    """What a tick found."""

    NEW_REVISION = "NewRevision"
    BROKEN = "Broken"
    """The target or the spec cannot be driven; a person must mend it."""
    UNREADY = "Unready"
    READY = "Ready"
    BREACH = "Breach"
    CURED = "Cured"
    UNPROVEN = "Unproven"
    UNCURED = "Uncured"
    VERIFYING = "Verifying"
    LOWERED = "Lowered"
    PAUSED = "Paused"
    FAILED = "Failed"
    """A gate without a ladder fails."""
    BLIND = "Blind"
    UNSURE = "Unsure"
    """Not good enough to earn soak, not bad enough to act."""
    EARNED = "Earned"
    SOAKING = "Soaking"
    STEADY = "Steady"
    """Nothing to do in a state that waits for a person."""


@dataclass(frozen=True, slots=True)
class Case:
    """One tick's facts; the status already holds this tick's verdicts and times."""

    name: str
    generation: int
    spec: Spec
    status: Status
    seen: Seen
    wanted: FlagSet
    drift: Drift

    @property
    def revision(self) -> str:
        """Revision of the wanted flags."""
        return revision_of(self.wanted)

    @property
    def converged(self) -> bool:
        """Whether every pod confirms the wanted flags."""
        pods = self.seen.fleet.pods
        enough = 0 < len(pods) >= self.seen.fleet.desired
        return enough and self.seen.fleet.converged_on(self.revision) == len(pods)


def signal(case: Case) -> Signal:
    """The signal that counts: first what must be taken back, then what stops the climb, then the climb."""
    state = case.status.phase
    if breaches(case):
        return Signal.BREACH
    if case.drift is Drift.LOWERED:
        return Signal.LOWERED
    if state in {State.ROLLING_BACK, State.PENDING}:
        return _rolling_back(case) if state is State.ROLLING_BACK else _pending(case)
    if case.spec.revision != case.status.revision:
        return Signal.NEW_REVISION
    if broken(case):
        return Signal.BROKEN
    return _climbing(case) if state in CLIMBING else Signal.STEADY


def breaches(case: Case) -> list[ladder.Breach]:
    """Evidence that starts a ladder now; there is nothing to take back without traffic, or on another's flag map.

    During a rollback only what lowers the traffic further comes between; all else shows that it is not cured.
    """
    status, spec = case.status, case.spec
    if status.traffic_percent == 0 or case.seen.holder:
        return []
    found = ladder.breaches(spec, status, case.seen)
    if status.phase is not State.ROLLING_BACK or status.rollback is None:
        return found
    others = [breach for breach in found if breach.ladder != status.rollback.ladder]
    return [breach for breach in others if ladder.lowers(spec, status, breach)]


def broken(case: Case) -> tuple[str, str] | None:
    """(reason, message with the cure) when nothing can be driven."""
    seen, status = case.seen, case.status
    if seen.holder:
        message = f"the ConfigMap {case.spec.target.flags.config_map} is driven by {seen.holder}; delete one of the two"
        return "TargetInUse", message
    if not seen.fleet.exists:
        name = case.spec.target.deployment.name
        return (
            "DeploymentMissing",
            seen.fleet.problem or f"there is no Deployment {name}; create it or mend spec.target",
        )
    if seen.fleet.problem:
        return "IncompatibleTarget", seen.fleet.problem
    if seen.flags.problem:
        return "InvalidFlagDocument", seen.flags.problem
    if status.phase in CLIMBING and status.phase_name and not case.spec.phase(status.phase_name):
        cure = f"restore the phase {status.phase_name} or set a new spec.revision"
        return "PhaseMissing", f"spec.phases no longer holds the phase in force; {cure}"
    wrong = next((gate for gate in judging(case) if gate.verdict is VerdictKind.CONFIG_ERROR), None)
    return ("InvalidQuery", f"gate {wrong.name}: {wrong.message}") if wrong else None


def judging(case: Case) -> list[GateStatus]:
    """The verdicts of the gates that judge the phase in force."""
    gates = case.spec.gates_of(case.spec.phase(case.status.phase_name))
    return [verdict for gate in gates if (verdict := case.status.gate(gate.name))]


def earning(case: Case) -> soak.Earning:
    """What the time since the last tick counts as."""
    if case.spec.paused or case.status.hold:
        return soak.Earning.PAUSED
    if broken(case) or not case.converged or not case.seen.fleet.available:
        return soak.Earning.UNHEALTHY
    verdicts = judging(case)
    if any(blind(gate) for gate in verdicts) or len(verdicts) < len(_gates(case)):
        return soak.Earning.BLIND
    passing = all(gate.verdict is VerdictKind.PASS for gate in verdicts)
    return soak.Earning.EARNED if passing else soak.Earning.UNHEALTHY


def blind(gate: GateStatus) -> bool:
    """Whether the gate lacks usable evidence: no answer is neither good nor bad."""
    if gate.verdict is VerdictKind.INCONCLUSIVE:
        return gate.reason in {Lack.NO_DATA, Lack.NAN, Lack.PARTIAL, Lack.TOO_FEW_SAMPLES}
    return gate.verdict is VerdictKind.PROVIDER_ERROR


def scarce(gate: GateStatus) -> bool:
    """Whether all that is wrong with the evidence is that there is too little of it yet: that holds nothing."""
    return gate.reason == Lack.TOO_FEW_SAMPLES


def too_long_blind(case: Case) -> bool:
    """Whether there has been no usable evidence for so long that the phase is held."""
    since = case.status.blind_since
    return since is not None and case.seen.now - since >= max(BLIND_FOR, BLIND_LOOKS * case.spec.interval)


def evidence_problem(case: Case) -> tuple[str, str] | None:
    """(reason, message) when the evidence holds the phase: a gate fails, or there has been none for too long."""
    failed = [gate for gate in judging(case) if gate.verdict is VerdictKind.FAIL]
    if failed:
        return "GateFailing", "; ".join(f"gate {gate.name}: {gate.message}" for gate in failed)
    if not too_long_blind(case):
        return None
    return "NoEvidence", "; ".join(f"gate {gate.name}: {gate.message}" for gate in judging(case) if blind(gate))


def unready(case: Case) -> tuple[str, str] | None:
    """(reason, message) when the climb cannot start yet."""
    alerts = ladder.firing(case.status, case.seen)
    if alerts:
        return "AlertFiring", f"alert {alerts[0].name} fires; the climb starts when it is resolved"
    if not case.seen.fleet.available:
        return "DeploymentUnavailable", f"{case.seen.fleet.ready} of {case.seen.fleet.desired} pods are ready"
    return ("Paused", "spec.paused is true") if case.spec.paused else None


def _gates(case: Case) -> tuple[object, ...]:
    return case.spec.gates_of(case.spec.phase(case.status.phase_name))


def _pending(case: Case) -> Signal:
    if broken(case):
        return Signal.BROKEN
    return Signal.UNREADY if unready(case) else Signal.READY


def _rolling_back(case: Case) -> Signal:
    rollback = case.status.rollback
    if rollback is None:
        return Signal.UNCURED
    if case.converged and ladder.proven(case.spec, rollback, case.seen.now):
        return Signal.CURED
    if not ladder.expired(case.spec, rollback, case.seen.now):
        return Signal.VERIFYING
    unknown = ladder.recovered(rollback, case.status, case.seen) is None
    return Signal.UNPROVEN if unknown and case.converged and case.status.traffic_percent == 0 else Signal.UNCURED


def _climbing(case: Case) -> Signal:
    if case.status.hold:
        return Signal.LOWERED
    if case.spec.paused:
        return Signal.PAUSED
    problem = evidence_problem(case)
    if problem:
        return Signal.FAILED if problem[0] == "GateFailing" else Signal.BLIND
    if earning(case) is not soak.Earning.EARNED:
        return Signal.UNSURE
    return Signal.EARNED if soak.done(case.status.soak) else Signal.SOAKING
