"""(spec, status) -> the flag document that the cluster should hold."""

from types import MappingProxyType

from rollout_contract.flagset import ABTest, FlagSet, Stamp, dump
from rollout_operator.model.base import rfc3339
from rollout_operator.model.seen import FlagsSeen
from rollout_operator.model.spec import Spec
from rollout_operator.model.status import Status


def wanted(name: str, spec: Spec, status: Status, seen: FlagsSeen) -> FlagSet:
    """Our flags for the traffic in force, beside those flags of the document that are not ours."""
    foreign = seen.flagset.flags if seen.flagset else {}
    return FlagSet(
        flags=MappingProxyType({**foreign, **_own(spec, status)}),
        traffic_percentage=status.traffic_percent,
        ab_test=ABTest(spec.experiment.control, spec.experiment.treatment),
        stamp=Stamp(
            name=name,
            attempt=status.attempt,
            phase=status.phase_name or "off",
            issued_at=rfc3339(status.changed_at) if status.changed_at else "",
        ),
    )


def text(flags: FlagSet, seen: FlagsSeen) -> str:
    """The document with every key of the seen one that is not ours; a broken one is written anew."""
    return dump(flags, seen.text if seen.flagset else "")


def _own(spec: Spec, status: Status) -> dict[str, bool]:
    off = dict.fromkeys([*spec.flags, *(name for phase in spec.phases for name in phase.flags)], False)
    if status.traffic_percent == 0:
        return off
    phase = spec.phase(status.phase_name)
    return off | spec.flags | (phase.flags if phase else {})
