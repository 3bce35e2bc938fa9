"""What is asked within a few turns of the event loop is answered at once, and nobody pays for another's mistake."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from intelligence_detector.together import MOST, Together


class Halves:
    """Halves even numbers, all that come together; an odd one fails."""

    def __init__(self):
        self.asked = []

    def __call__(self, numbers):
        self.asked.append(list(numbers))
        if any(number % 2 for number in numbers):
            raise ValueError("odd")
        return [number // 2 for number in numbers]


@pytest.fixture
def halves():
    return Halves()


async def test_those_who_ask_together_are_answered_by_one_call_in_their_order(halves):
    together = Together(halves)
    assert await asyncio.gather(*(together.ask(number) for number in (2, 4, 8))) == [1, 2, 4]
    assert halves.asked == [[2, 4, 8]]


async def test_who_asks_alone_is_answered_alone(halves):
    together = Together(halves)
    assert [await together.ask(2), await together.ask(4)] == [1, 2]
    assert halves.asked == [[2], [4]]


async def test_one_mistake_fails_its_own_caller_only(halves):
    together = Together(halves)
    found = await asyncio.gather(*(together.ask(number) for number in (2, 3, 4)), return_exceptions=True)
    assert (found[0], found[2]) == (1, 2)
    assert isinstance(found[1], ValueError)


@pytest.mark.parametrize("others", [(4,), (3, 4)])
async def test_one_who_no_longer_waits_disturbs_nobody(halves, others):
    together = Together(halves)
    gone = asyncio.create_task(together.ask(2))
    left = [asyncio.create_task(together.ask(number)) for number in others]
    await asyncio.sleep(0)
    gone.cancel()
    found = await asyncio.gather(*left, return_exceptions=True)
    assert found[-1] == 2
    assert gone.cancelled()


async def test_many_are_answered_in_lots_and_the_loop_goes_on_between_them(halves):
    together, seen = Together(halves), []
    asked = asyncio.gather(*(together.ask(2 * number) for number in range(3 * MOST)))
    while not asked.done():
        seen.append(len(halves.asked))
        await asyncio.sleep(0)
    assert await asked == list(range(3 * MOST))
    assert [len(lot) for lot in halves.asked] == [MOST] * 3
    assert set(seen) >= {0, 1, 2}


async def test_with_a_worker_the_loop_is_free_while_answers_are_worked_out():
    thought, free = threading.Event(), threading.Event()

    def answer(numbers):
        thought.set()
        assert free.wait(5)
        return numbers

    with ThreadPoolExecutor(1) as worker:
        asked = asyncio.create_task(Together(answer, worker).ask(7))
        async with asyncio.timeout(5):
            while not thought.is_set():  # noqa: ASYNC110 - set in another thread
                await asyncio.sleep(0)
        free.set()
        assert await asked == 7
