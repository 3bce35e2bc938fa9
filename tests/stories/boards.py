"""Boards and objects for the tests of the stories."""

from typing import Any

from e2e.stories.board import Board
from rollout_contract import flagset, names


class Clock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def rollout(traffic: int, confirmed: int, **status: Any) -> dict[str, Any]:
    converged = {"type": "Converged", "status": "True" if traffic == confirmed else "False"}
    base = {"phase": "Progressing", "trafficPercent": traffic, "effectivePercent": confirmed, "conditions": [converged]}
    return {"status": base | status}


def flags(traffic: int, version: str = "1") -> dict[str, Any]:
    text = flagset.dump(flagset.FlagSet(traffic_percentage=traffic))
    return {"metadata": {"resourceVersion": version}, "data": {names.FLAGS_KEY: text}}


def revision(traffic: int) -> str:
    return flagset.revision_of(flagset.FlagSet(traffic_percentage=traffic))


def pod(name: str, *, ready: bool = True, **metadata: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    meta = {"name": name} | metadata
    return {"metadata": meta, "status": {"podIP": "127.1.0.5", "conditions": conditions}}


def board_at(traffic: int, confirmed: int | None = None) -> Board:
    board = Board(Clock())
    board.saw_rollout("ADDED", rollout(traffic, traffic if confirmed is None else confirmed))
    board.saw_flags("ADDED", flags(traffic))
    return board
