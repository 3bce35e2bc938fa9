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
        self._busy = False

    async def ask(self, question: Question) -> Found:
        """The answer, worked out with those to what others ask meanwhile."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Found] = loop.create_future()
        self._waiting.append((question, future))
        if not self._busy:
            self._busy = True
            loop.call_soon(self._wait, TURNS)
        return await future

    def _wait(self, turns: int) -> None:
        """Callbacks instead of a task: a turn costs next to nothing."""
        if turns:
            asyncio.get_running_loop().call_soon(self._wait, turns - 1)
        else:
            self._next_lot()

    def _next_lot(self) -> None:
        lot, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        questions = [question for question, _ in lot]
        futures = [future for _, future in lot]
        if self._executor is None:
            self._give(futures, self._found(questions))
            return
        work = asyncio.get_running_loop().run_in_executor(self._executor, self._found, questions)
        work.add_done_callback(lambda done: self._give(futures, done.result()))

    def _give(self, futures: "Sequence[asyncio.Future[Found]]", found: Sequence[Found | Exception]) -> None:
        for future, one in zip(futures, found, strict=True):
            _settle(future, one)
        self._busy = bool(self._waiting)
        if self._busy:
            asyncio.get_running_loop().call_soon(self._next_lot)

    def _found(self, questions: Sequence[Question]) -> list[Found | Exception]:
        try:
            return list(self._answer(questions))
        except Exception as error:  # noqa: BLE001  # whose question it was is found out one by one
            if len(questions) == 1:
                return [error]
            return [one for question in questions for one in self._found([question])]


def _settle(future: "asyncio.Future[Found]", found: Found | Exception) -> None:
    if future.done():
        return
    if isinstance(found, Exception):
        future.set_exception(found)
    else:
        future.set_result(found)
