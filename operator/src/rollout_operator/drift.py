"""What the seen flag document is, measured against the wanted one."""

from enum import StrEnum

from rollout_contract.flagset import FlagSet, revision_of
from rollout_operator.model.seen import FlagsSeen


class Drift(StrEnum):
    """The difference between the wanted and the seen document."""

    NONE = "None"
    PENDING = "Pending"
    """An earlier document of ours, or one from before we came: not yet overwritten."""
    LOWERED = "Lowered"
    """A hand lowered the traffic."""
    CHANGED = "Changed"
    """A hand raised the traffic or changed flags of ours."""
    MISSING = "Missing"
    """A hand deleted the map or the key."""
    BROKEN = "Broken"
    """A hand left something that is no document."""


def classify(wanted: FlagSet, written: str, seen: FlagsSeen) -> Drift:
    """Compare; `written` is the revision that was last in force there (empty when we never wrote)."""
    if seen.problem:
        return Drift.BROKEN
    if seen.flagset is None:
        return Drift.MISSING if written else Drift.PENDING
    if seen.revision == revision_of(wanted):
        return Drift.NONE
    if seen.revision == written or not written:
        return Drift.PENDING
    if seen.flagset.traffic_percentage < wanted.traffic_percentage:
        return Drift.LOWERED
    return Drift.CHANGED
