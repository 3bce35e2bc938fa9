"""Soak is earned: how one tick's time counts."""

from datetime import datetime, timedelta
from enum import StrEnum

from rollout_operator.durations import show
from rollout_operator.model.status import ZERO, Soak


class Earning(StrEnum):
    """What the time since the last tick counts as."""

    EARNED = "earned"
    UNHEALTHY = "unhealthy"
    BLIND = "blind"
    PAUSED = "paused"


def count(soak: Soak, earning: Earning, now: datetime, longest: timedelta) -> Soak:
    """Add the time since the last tick; what exceeds `longest` was seen by nobody and is blind."""
    passed = max(ZERO, now - soak.as_of) if soak.as_of else ZERO
    watched = min(passed, longest)
    lost = soak.lost.model_copy(update={"blind": soak.lost.blind + passed - watched})
    if earning is Earning.EARNED:
        earned = min(soak.required, soak.earned + watched)
        return soak.model_copy(update={"earned": earned, "lost": lost, "as_of": now})
    lost = lost.model_copy(update={earning.value: getattr(lost, earning.value) + watched})
    return soak.model_copy(update={"lost": lost, "as_of": now})


def done(soak: Soak) -> bool:
    """Whether the required time is earned."""
    return soak.earned >= soak.required


def progress(soak: Soak) -> str:
    """`9s/12s`, in whole seconds."""
    whole = timedelta(seconds=soak.earned // timedelta(seconds=1))
    return f"{show(whole)}/{show(soak.required)}"
