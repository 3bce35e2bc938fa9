"""Answers at once what is asked within a few turns of the event loop: arithmetic costs least by the dozen."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Final, Generic, TypeVar

TURNS: Final = 5
"""So many turns of the loop others may join: too short to be felt by one who asks alone, and under load it
makes a dozen of three."""
MOST: Final = 32
"""So many are answered at once; between two lots the loop sees to everything else."""

Question = TypeVar("Question")
Found = TypeVar("Found")


class Together(Generic[Question, Found]):
    """`answer` takes several questions; when it fails, each is asked alone, so that only the culprit's caller fails.

    With an `executor`, which must have a single worker, answers are worked out there instead of on the loop.
    """

    def __init__(
        self, answer: Callable[[Sequence[Question]], Sequence[Found]], executor: Executor | None = None
    ) -> None:
        self._answer, self._executor = answer, executor
        self._waiting: list[tuple[Question, asyncio.Future[Found]]] = []
        self._busy: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Found:
        """The answer, worked out with those to what others ask meanwhile."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Found] = loop.create_future()
        self._waiting.append((question, future))
        if self._busy is None or self._busy.done():
            self._busy = loop.create_task(self._answer_all())
        return await future

    async def _answer_all(self) -> None:
        """Lot by lot, until nobody waits."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        while self._waiting:
            lot, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            questions = [question for question, _ in lot]
            if self._executor is None:
                found = self._found(questions)
            else:
                found = await asyncio.get_running_loop().run_in_executor(self._executor, self._found, questions)
            for (_, future), one in zip(lot, found, strict=True):
                _give(future, one)
            await asyncio.sleep(0)

    def _found(self, questions: Sequence[Question]) -> list[Found | Exception]:
        try:
            return list(self._answer(questions))
        except Exception as error:  # noqa: BLE001  # whose question it was is found out one by one
            if len(questions) == 1:
                return [error]
            return [one for question in questions for one in self._found([question])]


def _give(future: "asyncio.Future[Found]", found: Found | Exception) -> None:
    if future.done():
        return
    if isinstance(found, Exception):
        future.set_exception(found)
    else:
        future.set_result(found)
