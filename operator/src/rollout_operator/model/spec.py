"""What users want: the spec of an IntelligenceRollout. Defaults live in the CRD's schema, not here."""

from enum import StrEnum

from pydantic import Field

from rollout_operator.model.base import Duration, Value


class Action(StrEnum):
    """What a rung of a ladder does."""

    ALL_OFF = "AllOff"
    PREVIOUS_SAFE = "PreviousSafe"
    RESTART = "Restart"
    PREVIOUS_IMAGE = "PreviousImage"


class DeploymentRef(Value):
    """The Deployment whose pods read the flags; `container` defaults to its first one."""

    name: str
    container: str | None = None


class FlagsRef(Value):
    """Where the flag document is kept."""

    config_map: str
    key: str


class Health(Value):
    """Where each pod tells the revision it runs; `port` is a name or a number."""

    port: str | int
    path: str


class Target(Value):
    """The service that is driven."""

    deployment: DeploymentRef
    flags: FlagsRef
    health: Health
    touch_pods: bool
    unavailable_after: Duration


class Prometheus(Value):
    """The metrics provider of this rollout."""

    address: str


class Experiment(Value):
    """Names of the two pipelines in the flag document."""

    control: str
    treatment: str


class Phase(Value):
    """One step of the climb; `gates=None` means all of them."""

    name: str
    traffic: int
    soak: Duration
    flags: dict[str, bool] = Field(default_factory=dict)
    gates: tuple[str, ...] | None = None


class Threshold(Value):
    """A query with the bounds that pass and fail it; between them lies no verdict."""

    query: str
    pass_: str = Field(alias="pass")
    fail: str
    fail_for: str
    samples: str | None = None
    min_samples: int = 0


class Gate(Value):
    """One piece of evidence; without `on_fail` a failure only holds the phase."""

    name: str
    threshold: Threshold
    on_fail: str | None = None


class Rung(Value):
    """One step of a ladder, with the time in which it must prove the cure."""

    do: Action
    verify: Duration


class AlertRule(Value):
    """Alerts that start a ladder: every label of `match` must be equal."""

    match: dict[str, str]
    ladder: str


class Spec(Value):
    """The whole wish."""

    revision: str
    paused: bool
    target: Target
    prometheus: Prometheus | None = None
    interval: Duration
    experiment: Experiment
    flags: dict[str, bool]
    phases: tuple[Phase, ...]
    gates: tuple[Gate, ...]
    ladders: dict[str, tuple[Rung, ...]]
    alerts: tuple[AlertRule, ...]

    def phase(self, name: str) -> Phase | None:
        """The phase of that name."""
        return next((phase for phase in self.phases if phase.name == name), None)

    def after(self, name: str) -> Phase | None:
        """The phase that follows the named one."""
        names = [phase.name for phase in self.phases]
        return self.phases[names.index(name) + 1] if name in names[:-1] else None

    def gates_of(self, phase: Phase | None) -> tuple[Gate, ...]:
        """The gates that judge a phase; all of them when it names none or is not known."""
        if phase is None or phase.gates is None:
            return self.gates
        return tuple(gate for gate in self.gates if gate.name in phase.gates)
