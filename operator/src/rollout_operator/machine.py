"""decide(facts, now) -> Decision. The machine is the table MOVES; guards pick the row, the steps only look it up."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from rollout_contract.flagset import revision_of
from rollout_operator import conditions, moves, observe, render
from rollout_operator.drift import Drift
from rollout_operator.model.base import rfc3339
from rollout_operator.model.decision import Decision, Effect, Restart, RestoreImage
from rollout_operator.model.seen import Seen
from rollout_operator.model.spec import Action, Spec
from rollout_operator.model.status import State, Status
from rollout_operator.signals import Case, Signal, signal


class IllegalMove(Exception):  # noqa: N818 - the name says what it is
    """A signal that its state does not know."""


def decide(name: str, generation: int, spec: Spec, status: Status, seen: Seen) -> Decision:
    """One tick: facts in, the next status, flags, effects and due time out. Raises IllegalMove on a defect of ours."""
    case = observe.case(name, generation, spec, status, seen)
    found = signal(case)
    step = MOVES.get((case.status.phase, found))
    if step is None:
        raise IllegalMove(f"{case.status.phase} does not know {found}")
    after = step(case)
    writes = _may_write(case, after)
    after = moves.revert_drift(case, after) if writes else after
    flags = render.wanted(name, spec, after, seen.flags)
    after = after.model_copy(update={"flags_revision": revision_of(flags) if after.attempt else ""})
    told = replace(case, status=after, wanted=flags)
    return Decision(
        status=conditions.complete(told, found),
        flags=flags if writes else None,
        effects=_effects(after, seen),
        due=observe.due(told, moved=after.changed_at == seen.now),
    )


def _may_write(case: Case, after: Status) -> bool:
    """Flags are written once the climb began; a broken document or another's map only when rolling back our own."""
    if after.attempt == 0 or (after.phase is State.PENDING and not after.written_revision):
        return False
    return not case.seen.holder and (case.drift is not Drift.BROKEN or after.phase is State.ROLLING_BACK)


def _effects(after: Status, seen: Seen) -> tuple[Effect, ...]:
    """What the rung in use still wants of the Deployment; what is there already is not done twice."""
    rollback = after.rollback
    if after.phase is not State.ROLLING_BACK or rollback is None:
        return ()
    at = rfc3339(rollback.at)
    if rollback.action is Action.RESTART and seen.fleet.restarted_at != at:
        return (Restart(at),)
    if rollback.action is Action.PREVIOUS_IMAGE and seen.fleet.image_restored_at != at:
        return (RestoreImage(rollback.image, at),)
    return ()


Step = Callable[[Case], Status]

_IN_PHASE: Final[Mapping[Signal, Step]] = {
    Signal.NEW_REVISION: moves.reopen,
    Signal.BROKEN: moves.hold,
    Signal.BREACH: moves.roll_back,
    Signal.LOWERED: moves.stick,
    Signal.PAUSED: moves.pause,
    Signal.FAILED: moves.hold,
    Signal.BLIND: moves.hold,
    Signal.UNSURE: moves.resume,
    Signal.SOAKING: moves.resume,
    Signal.EARNED: moves.resume,
}
_AT_REST: Final[Mapping[Signal, Step]] = {
    Signal.NEW_REVISION: moves.reopen,
    Signal.BROKEN: moves.wait,
    Signal.BREACH: moves.roll_back,
    Signal.LOWERED: moves.stick,
    Signal.STEADY: moves.wait,
}
_TABLE: Final[Mapping[State, Mapping[Signal, Step]]] = {
    State.PENDING: {
        Signal.LOWERED: moves.stick,
        Signal.BROKEN: moves.wait,
        Signal.BREACH: moves.roll_back,
        Signal.UNREADY: moves.wait,
        Signal.READY: moves.start,
    },
    State.PROGRESSING: {**_IN_PHASE, Signal.UNSURE: moves.wait, Signal.SOAKING: moves.wait, Signal.EARNED: moves.climb},
    State.HELD: {**_IN_PHASE, **dict.fromkeys((Signal.BROKEN, Signal.FAILED, Signal.BLIND, Signal.UNSURE), moves.wait)},
    State.PAUSED: {**_IN_PHASE, Signal.PAUSED: moves.wait},
    State.ROLLING_BACK: {
        Signal.BREACH: moves.roll_back,
        Signal.LOWERED: moves.stick,
        Signal.VERIFYING: moves.wait,
        Signal.CURED: moves.cured,
        Signal.UNPROVEN: moves.unproven,
        Signal.UNCURED: moves.next_rung,
    },
    State.ROLLED_BACK: _AT_REST,
    State.COMPLETED: _AT_REST,
}
MOVES: Final[Mapping[tuple[State, Signal], Step]] = MappingProxyType(
    {(state, found): step for state, row in _TABLE.items() for found, step in row.items()}
)
