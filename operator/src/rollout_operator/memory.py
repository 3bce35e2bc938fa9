"""What one process remembers of a rollout between two writes of its status; losing it loses no move."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from rollout_operator import crd
from rollout_operator.model.status import Move, State, Status

LONGEST: Final = timedelta(minutes=5)
"""The status is written at least this often while the soak is earned."""
SHARE: Final = 100
"""Or after this share of the soak, if that is shorter."""
EVENT_LIFE: Final = timedelta(hours=1)
"""The API server forgets events after an hour; older moves are not told again after a restart."""
TOUCH_AGAIN: Final = timedelta(seconds=5)


@dataclass(slots=True)
class Memory:
    """The status as decided last, and what was written and told of it."""

    status: Status | None = None
    written: dict[str, Any] = field(default_factory=dict)
    written_at: datetime | None = None
    looked_at: datetime | None = None
    trouble: str = ""
    """Why the last decision could not be carried out; empty when it was."""
    told: set[tuple[datetime, str]] = field(default_factory=set)
    touched: dict[str, tuple[str, int, datetime]] = field(default_factory=dict)

    def worth_writing(self, status: Status, stored: dict[str, Any], interval: timedelta, now: datetime) -> bool:
        """Whether users would see a change, the stored status is not ours, or the soak has gone on for long enough."""
        if self.written_at is None or stored != self.written or visible(crd.dump(status)) != visible(stored):
            return True
        return now - self.written_at >= _checkpoint(status, interval)

    def untold(self, status: Status, now: datetime) -> list[Move]:
        """Moves without an event yet."""
        return [
            move for move in status.history if (move.at, move.reason) not in self.told and now - move.at < EVENT_LIFE
        ]

    def touch(self, pod: str, revision: str, now: datetime) -> str | None:
        """Text for the pod's annotation when it must be touched (again), else None."""
        last = self.touched.get(pod)
        if last is None or last[0] != revision:
            self.touched[pod] = (revision, 1, now)
            return revision
        if now - last[2] < TOUCH_AGAIN:
            return None
        self.touched[pod] = (revision, last[1] + 1, now)
        return f"{revision}.{last[1] + 1}"


def visible(document: dict[str, Any]) -> dict[str, Any]:
    """The status without what changes at every look."""
    shown = {k: v for k, v in document.items() if k not in {"soak", "soakProgress", "nextDecisionTime"}}
    shown["gates"] = [{k: g.get(k) for k in ("name", "verdict", "reason")} for g in document.get("gates", [])]
    shown["conditions"] = [
        {k: v for k, v in condition.items() if k != "message"} for condition in document.get("conditions", [])
    ]
    return shown


def _checkpoint(status: Status, interval: timedelta) -> timedelta:
    if status.phase is State.ROLLING_BACK:
        return interval
    return max(interval, min(LONGEST, status.soak.required / SHARE))
