"""What to do: the next status, the flag document the cluster should hold, and what is done to the Deployment."""

from dataclasses import dataclass
from datetime import datetime

from rollout_contract.flagset import FlagSet
from rollout_operator.model.status import Status


@dataclass(frozen=True, slots=True)
class Restart:
    """Restart the pods, once: `at` identifies this restart."""

    at: str


@dataclass(frozen=True, slots=True)
class RestoreImage:
    """Set the container's image back, once: `at` identifies this change."""

    image: str
    at: str


Effect = Restart | RestoreImage


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one tick; `flags` is None when the document must not be touched."""

    status: Status
    flags: FlagSet | None
    effects: tuple[Effect, ...]
    due: datetime
