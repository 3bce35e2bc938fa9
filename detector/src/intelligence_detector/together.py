"""Answers at once what is asked within a few turns of the event loop: arithmetic costs least by the dozen."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

TURNS: Final = 5
"""So many turns of the loop others may join: too short to be felt by one who asks alone, and under load it
makes a dozen of three."""

Question = TypeVar("Question")
Found = TypeVar("Found")


class Together(Generic[Question, Found]):
    """`answer` takes several questions; when it fails, each is asked alone, so that only the culprit's caller fails."""

    def __init__(self, answer: Callable[[Sequence[Question]], Sequence[Found]]) -> None:
        self._answer = answer
        self._waiting: list[tuple[Question, asyncio.Future[Found]]] = []

    async def ask(self, question: Question) -> Found:
        """The answer, worked out with those to what others ask meanwhile."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._wait, TURNS)
        future: asyncio.Future[Found] = loop.create_future()
        self._waiting.append((question, future))
        return await future

    def _wait(self, turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._wait, turns - 1)
        else:
            self._answer_all()

    def _answer_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            found = self._answer([question for question, _ in waiting])
        except Exception:  # noqa: BLE001  # whose question it was is found out one by one
            for question, future in waiting:
                self._alone(question, future)
            return
        for (_, future), one in zip(waiting, found, strict=True):
            if not future.done():
                future.set_result(one)

    def _alone(self, question: Question, future: "asyncio.Future[Found]") -> None:
        if future.done():
            return
        try:
            future.set_result(self._answer([question])[0])
        except Exception as error:  # noqa: BLE001  # handed to the one who asked
            future.set_exception(error)
