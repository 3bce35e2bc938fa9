"""What is so: the status of an IntelligenceRollout. Everything a restarted operator must know is in it."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from pydantic import Field

from rollout_operator.model.base import Duration, PreciseDuration, Time, Value
from rollout_operator.model.spec import Action

ZERO: Final = timedelta()
HISTORY_LIMIT: Final = 10
ALERTS_LIMIT: Final = 20


class State(StrEnum):
    """States of the machine, printed as `status.phase`."""

    PENDING = "Pending"
    PROGRESSING = "Progressing"
    PAUSED = "Paused"
    HELD = "Held"
    ROLLING_BACK = "RollingBack"
    ROLLED_BACK = "RolledBack"
    COMPLETED = "Completed"


class Reason(StrEnum):
    """Why a move was made; also the reason of its Kubernetes event."""

    STARTED = "RolloutStarted"
    ADVANCED = "PhaseAdvanced"
    COMPLETED = "RolloutCompleted"
    PAUSED = "RolloutPaused"
    RESUMED = "RolloutResumed"
    HELD = "RolloutHeld"
    ROLLBACK_STARTED = "RollbackStarted"
    ROLLBACK_ESCALATED = "RollbackEscalated"
    ROLLBACK_CURED = "RollbackCured"
    ROLLBACK_UNPROVEN = "RollbackUnproven"
    LOWERED_BY_HAND = "LoweredByHand"
    DRIFT_REVERTED = "DriftReverted"

    @property
    def warning(self) -> bool:
        """Whether the event is a Warning."""
        return self not in {Reason.STARTED, Reason.ADVANCED, Reason.COMPLETED, Reason.PAUSED, Reason.RESUMED}


class VerdictKind(StrEnum):
    """Only Pass earns soak, only Fail starts a ladder."""

    PASS = "Pass"  # noqa: S105 - a verdict, no password
    FAIL = "Fail"
    INCONCLUSIVE = "Inconclusive"
    PROVIDER_ERROR = "ProviderError"
    CONFIG_ERROR = "ConfigError"


class Lost(Value):
    """Time that did not count, by cause."""

    unhealthy: PreciseDuration = ZERO
    blind: PreciseDuration = ZERO
    paused: PreciseDuration = ZERO


class Soak(Value):
    """Earned time of the phase; `as_of` is the tick it was last counted at."""

    earned: PreciseDuration = ZERO
    required: Duration = ZERO
    lost: Lost = Lost()
    as_of: Time | None = None


class Replicas(Value):
    """Pods of the target."""

    desired: int = 0
    ready: int = 0
    converged: int = 0


class GateStatus(Value):
    """The last verdict of a gate; `recent` holds its last verdicts, newest last (P, F or -)."""

    name: str
    verdict: VerdictKind
    reason: str = ""
    value: str = ""
    bound: str = ""
    samples: str = ""
    message: str = ""
    since: Time | None = None
    recent: str = ""


class Cured(StrEnum):
    """What is known of the cure."""

    PENDING = "Pending"
    YES = "Yes"
    NO = "No"
    UNPROVEN = "Unproven"


class Rollback(Value):
    """The ladder in use: `rung` counts from 0, `at` is the moment its action was decided."""

    ladder: str
    rung: int
    action: Action
    cause: str
    evidence: str
    at: Time
    cured: Cured = Cured.PENDING
    recovered_since: Time | None = None
    before: State = State.PROGRESSING
    image: str = ""


class AlertStatus(Value):
    """An alert that was acted on, so that a replay does nothing; id is `fingerprint@startsAt`."""

    id: str
    name: str = ""
    firing: bool = True


class Move(Value):
    """One move: traffic from -> to, and why."""

    at: Time
    from_: int = Field(alias="from")
    to: int
    reason: Reason
    message: str = ""


class Condition(Value):
    """A Kubernetes condition."""

    type: str
    status: str
    reason: str
    message: str
    last_transition_time: Time
    observed_generation: int


class Hold(Value):
    """A lasting hold that only a new `spec.revision` ends."""

    reason: str
    message: str


class Status(Value):
    """The whole status."""

    observed_generation: int = 0
    phase: State = State.PENDING
    phase_name: str = ""
    traffic_percent: int = 0
    effective_percent: int = 0
    last_safe_percent: int = 0
    attempt: int = 0
    revision: str = ""
    flags_revision: str = ""
    written_revision: str = ""
    changed_at: Time | None = None
    soak: Soak = Soak()
    replicas: Replicas = Replicas()
    gates: tuple[GateStatus, ...] = ()
    gates_passing: str = ""
    soak_progress: str = ""
    blind_since: Time | None = None
    unavailable_since: Time | None = None
    hold: Hold | None = None
    rollback: Rollback | None = None
    alerts: tuple[AlertStatus, ...] = ()
    next_decision_time: Time | None = None
    history: tuple[Move, ...] = ()
    conditions: tuple[Condition, ...] = ()

    def gate(self, name: str) -> GateStatus | None:
        """The last verdict of the named gate."""
        return next((gate for gate in self.gates if gate.name == name), None)
