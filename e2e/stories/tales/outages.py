"""Parts that fail around the rollout: Prometheus, and the operator itself."""

from __future__ import annotations

from contextlib import AsyncExitStack

from e2e.stories.board import CONFIG_MAPS, FLAGS, ROLLOUTS, Board
from e2e.stories.environment import Can
from e2e.stories.stage import ROLLOUT, Stage
from e2e.stories.tales.tale import Tale, begin, reach, went
from rollout_operator import durations

MOVES = ["RolloutStarted", "PhaseAdvanced", "PhaseAdvanced", "RolloutCompleted"]
WRITE_FLAGS = ("PATCH", f"{CONFIG_MAPS}/{FLAGS}")
WRITE_STATUS = ("PUT", f"{ROLLOUTS}/{ROLLOUT}/status")


def _blind(board: Board) -> bool:
    return board.condition("MetricsAvailable").get("status") == "False"


async def _blind_tale(stage: Stage) -> None:
    await begin(stage)
    await reach(stage, 20)
    await reach(stage, 50)
    stage.say("killing Prometheus")
    await stage.environment.stop_prometheus()
    await stage.until("the operator to say that it is blind", _blind, 20)
    held = "50 % is held, neither promoted nor rolled back"
    await stage.stays(held, lambda b: b.document_traffic == 50 and b.phase not in {"RollingBack", "RolledBack"}, 15)
    stage.say("starting Prometheus again")
    await stage.environment.start_prometheus()
    await stage.until("the metrics to be back", lambda b: not _blind(b), 30)
    lost = stage.board.status.get("soak", {}).get("lost", {}).get("blind", "0s")
    stage.expect(lost not in {"0s", "0", ""}, "the blind time must be counted")
    stage.figures["blind_counted"] = lost
    await stage.until("the end of the last phase", lambda b: b.phase == "Completed", 75)


async def _restart(stage: Stage) -> None:
    await begin(stage)
    await reach(stage, 20)
    await stage.until("some soak", lambda b: _earned(b) > 0, 30)
    await _kill(stage, "in the middle of a phase")
    await _soak_goes_on(stage)
    await _kill_before_flags(stage, 50)
    await reach(stage, 50)
    await _kill_after_flags(stage, 100)
    await reach(stage, 100)
    await stage.until("the end of the last phase", lambda b: b.phase == "Completed", 60)
    stage.expect(went(stage, 0, 20, 50, 100), "no step may be lost or written twice")
    reasons = [move["reason"] for move in stage.board.history]
    stage.expect(reasons == MOVES, f"every move must be in the history once: {reasons}")
    await stage.until("one event for every move", lambda b: _told(b) == MOVES, 10)


def _told(board: Board) -> list[str]:
    """Reasons of the events about moves, oldest first, each as often as it was told."""
    moves = [event for event in board.events if event["reason"] in MOVES]
    return [event["reason"] for event in moves for _ in range(event.get("count") or 1)]


async def _soak_goes_on(stage: Stage) -> None:
    """What was earned before the kill must not be lost."""
    before = _earned(stage.board)
    took = await stage.until("the soak to go on where it stood", lambda b: _earned(b) > before, 20)
    stage.figures["restart_to_soak_seconds"] = round(took, 3)


def _earned(board: Board) -> float:
    """Seconds of soak in the phase in force."""
    return durations.parse(board.status.get("soak", {}).get("earned", "0s")).total_seconds()


async def _kill(stage: Stage, when: str) -> None:
    stage.say(f"killing the operator with SIGKILL {when}")
    pod = stage.board.operator()
    stage.expect(stage.environment.process_of(pod), "there must be an operator to kill")
    await stage.environment.kill(pod)


async def _kill_before_flags(stage: Stage, percent: int) -> None:
    """Kill the operator after it decided a move and before the flag document is written."""
    async with stage.environment.hold_write(*WRITE_FLAGS) as flags:
        await stage.soon(f"the write of {percent} %, which is held", flags.reached(), 45)
        await _kill(stage, f"before {percent} % is written")


async def _kill_after_flags(stage: Stage, percent: int) -> None:
    """Kill the operator after the flag document is written and before the status says so."""
    async with AsyncExitStack() as later:
        async with stage.environment.hold_write(*WRITE_FLAGS) as flags:
            await stage.soon(f"the write of {percent} %, which is held", flags.reached(), 75)
            status = await later.enter_async_context(stage.environment.hold_write(*WRITE_STATUS))
        await stage.soon("the status write after it, which is held", status.reached(), 15)
        await _kill(stage, f"after {percent} % is written, before the status says so")


BLIND = Tale(
    "blind", "Prometheus killed and back: held, counted, no rollback", _blind_tale, frozenset({Can.STOP_PROMETHEUS})
)
RESTART = Tale(
    "restart",
    "operator killed in a phase and between two writes: nothing lost, nothing twice",
    _restart,
    frozenset({Can.KILL_PROCESS, Can.HOLD_WRITES}),
)
