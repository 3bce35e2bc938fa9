"""What a story holds in its hands: the board, the faults, kubectl, and waiting with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from e2e.stories.board import CONFIG_MAPS, PODS, ROLLOUTS, Board, Clock, trouble_of
from e2e.stories.environment import Environment
from e2e.stories.kube import Kube, KubeError
from e2e.traffic.faults import Faults

Say = Callable[[str], None]
"""Tells the person in front of the terminal what is being done."""

ROLLOUT = "phase-1-2"
FAULTS_ANNOTATION = "intelligence.dev/faults"


class StoryError(RuntimeError):
    """The story did not go as it should; the message is the reason."""


@dataclass
class Stage:
    """One story's scene."""

    environment: Environment
    kube: Kube
    board: Board
    clock: Clock
    say: Say
    figures: dict[str, Any] = field(default_factory=dict)
    faulty_since: float = 0.0

    async def until(self, what: str, true: Callable[[Board], bool], within: float) -> float:
        """Wait for a condition of the board and return how long it took; raises StoryError at the deadline."""
        self.say(f"waiting for {what} (at most {within:.0f} s)")
        started = self.clock()
        try:
            async with asyncio.timeout(within), self.board.changed:
                await self.board.changed.wait_for(lambda: true(self.board))
        except TimeoutError:
            raise StoryError(f"{what}: not seen within {within:.0f} s; {describe(self.board)}") from None
        return self.clock() - started

    async def soon(self, what: str, coming: Awaitable[None], within: float) -> None:
        """Wait for something that the board does not show; raises StoryError at the deadline."""
        self.say(f"waiting for {what} (at most {within:.0f} s)")
        try:
            async with asyncio.timeout(within):
                await coming
        except TimeoutError:
            raise StoryError(f"{what}: not seen within {within:.0f} s; {describe(self.board)}") from None

    async def stays(self, what: str, true: Callable[[Board], bool], during: float) -> None:
        """Demand that a condition holds for a while; raises StoryError as soon as it does not."""
        self.say(f"for {during:.0f} s: {what}")
        try:
            async with asyncio.timeout(during), self.board.changed:
                await self.board.changed.wait_for(lambda: not true(self.board))
        except TimeoutError:
            return
        raise StoryError(f"{what}: no longer so; {describe(self.board)}")

    async def set_faults(self, faults: Faults) -> None:
        """Switch exactly these faults of the treatment on, in every pod at once."""
        self.say(f"faults of the treatment: {faults.dump()}")
        self.faulty_since = self.clock()
        await self.kube.patch(f"{CONFIG_MAPS}/detector-faults", {"data": {"faults.json": faults.dump()}})
        await asyncio.gather(*(self._touch(name) for name in self.board.pods))

    async def _touch(self, pod: str) -> None:
        """Have the node refresh the pod's volumes now; a pod that is already gone needs none."""
        try:
            await self.kube.patch(
                f"{PODS}/{pod}", {"metadata": {"annotations": {FAULTS_ANNOTATION: str(self.clock())}}}
            )
        except KubeError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def patch_rollout(self, spec: Mapping[str, Any]) -> None:
        """Merge into the spec of the rollout."""
        await self.kube.patch(f"{ROLLOUTS}/{ROLLOUT}", {"spec": spec})

    def expect(self, true: object, what: str) -> None:
        """Demand something now; raises StoryError with `what` and the state of the board."""
        if not true:
            raise StoryError(f"{what}; {describe(self.board)}")


def describe(board: Board) -> str:
    """One line about where the rollout and its pods stand, for the reason of a failure."""
    said = board.condition("Ready").get("message")
    troubles = {trouble_of(pod) for pod in (*board.pods.values(), board.operator())} - {""}
    parts = [
        f"phase {board.phase}, wanted {board.wanted} %, confirmed {board.confirmed} %",
        f"document {board.document_traffic} %" if board.document else "no flag document",
        f"{len(board.ready_pods())} of {len(board.pods)} pods ready",
        *sorted(troubles),
        *([said] if said else []),
    ]
    return ", ".join(parts)


def seconds_of(stamp: str) -> float:
    """Seconds since 1970 of an RFC 3339 time."""
    return datetime.fromisoformat(stamp).timestamp()
