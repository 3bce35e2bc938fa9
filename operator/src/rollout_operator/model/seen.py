"""What was seen in one tick. Absence is data: nothing here raises, everything says what is missing and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from rollout_contract.flagset import FlagSet, revision_of


@dataclass(frozen=True, slots=True)
class FlagsSeen:
    """The flag document in the cluster; `flagset` is None when the map or key is missing or the text is broken."""

    flagset: FlagSet | None = None
    text: str = ""
    problem: str = ""
    """Why `flagset` is None although there is a text; empty when the map or the key is simply missing."""
    exists: bool = False

    @property
    def revision(self) -> str:
        """Revision of the document, empty when there is none."""
        return revision_of(self.flagset) if self.flagset else ""


@dataclass(frozen=True, slots=True)
class PodSeen:
    """One pod of the target; `revision` is None when it was not asked or did not answer."""

    name: str
    ready: bool
    revision: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FleetSeen:
    """The target Deployment and its pods."""

    exists: bool = False
    problem: str = ""
    """Why the Deployment cannot be driven or read, with the cure."""
    desired: int = 0
    ready: int = 0
    available: bool = False
    """The Deployment's own Available condition."""
    settled: bool = True
    """No pod of an older template is left."""
    pods: tuple[PodSeen, ...] = ()
    image: str = ""
    previous_image: str = ""
    """Image of the newest earlier ReplicaSet that ran another image; empty when there is none."""
    restarted_at: str = ""
    """Our own annotation on the pod template, the moment of the last restart we asked for."""
    image_restored_at: str = ""

    def converged_on(self, revision: str) -> int:
        """How many pods report that revision."""
        return sum(pod.revision == revision for pod in self.pods)


class Lack(StrEnum):
    """Why there is no usable value."""

    NO_DATA = "NoData"
    NAN = "NaN"
    PARTIAL = "Partial"
    TOO_FEW_SAMPLES = "TooFewSamples"
    UNREACHABLE = "Unreachable"
    TIMEOUT = "Timeout"
    BAD_ANSWER = "BadAnswer"
    BAD_QUERY = "BadQuery"
    SEVERAL_SERIES = "SeveralSeries"


@dataclass(frozen=True, slots=True)
class Answer:
    """One query's answer: a finite or infinite value, or the lack of one."""

    value: float | None = None
    lack: Lack | None = None
    message: str = ""

    @classmethod
    def missing(cls, lack: Lack, message: str = "") -> "Answer":
        """No value, and why."""
        return cls(lack=lack, message=message)


@dataclass(frozen=True, slots=True)
class Samples:
    """What a gate's queries answered; `count` is None when the gate asks for none."""

    value: Answer
    count: Answer | None = None


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """An alert that concerns this rollout, as the webhook left it on the object."""

    fingerprint: str
    starts_at: str
    name: str
    ladder: str
    firing: bool

    @property
    def id(self) -> str:
        """The same alert, fired anew, is another id."""
        return f"{self.fingerprint}@{self.starts_at}"


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything one tick knows."""

    now: datetime
    flags: FlagsSeen = FlagsSeen()
    fleet: FleetSeen = FleetSeen()
    samples: Mapping[str, Samples] = field(default_factory=lambda: MappingProxyType({}))
    alerts: tuple[AlertSeen, ...] = ()
    holder: str = ""
    """Name of an older rollout on the same flag map; empty when the map is ours."""
    trouble: str = ""
    """Why the last decision could not be carried out; empty when it was."""
