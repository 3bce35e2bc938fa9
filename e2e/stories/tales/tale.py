"""What every story has, and the steps that many of them share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from e2e.stories.environment import Can
from e2e.stories.stage import Stage

ROLLOUT_MANIFEST = Path(__file__).resolve().parents[2] / "manifests" / "rollout.yaml"


@dataclass(frozen=True, slots=True)
class Tale:
    """A story: what it shows, what the environment must be able to do, and how it goes."""

    name: str
    shows: str
    tell: Callable[[Stage], Awaitable[None]]
    needs: frozenset[Can] = frozenset()


async def begin(stage: Stage) -> None:
    """Create the rollout."""
    stage.say("creating the rollout phase-1-2")
    await stage.environment.kubectl("apply", "-f", str(ROLLOUT_MANIFEST))


async def reach(stage: Stage, percent: int, within: float = 45) -> None:
    """Wait until every pod confirms a percentage."""
    await stage.until(f"{percent} % confirmed by every pod", lambda b: b.confirmed == percent and b.converged, within)


async def end_off(stage: Stage, within: float) -> None:
    """Wait until everything is off, confirmed, and the rollout says that it was rolled back."""
    await stage.until(
        "all off, confirmed", lambda b: b.phase == "RolledBack" and b.confirmed == 0 and b.converged, within
    )
    stage.figures["fault_to_cured_seconds"] = round(stage.clock() - stage.faulty_since, 3)
    stage.expect(stage.board.document_traffic == 0, "the flag document must say 0 %")
    stage.expect("support_channel" in stage.board.document, "a key that the operator does not know was lost")


def went(stage: Stage, *percentages: int) -> bool:
    """Tell whether the flag document went through these percentages and no others, each written once."""
    written = [write.traffic for write in stage.board.writes]
    return written == list(percentages)
