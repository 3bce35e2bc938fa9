"""What is asked within a few turns of the event loop is answered at once, and nobody pays for another's mistake."""

import asyncio

import pytest

from intelligence_detector.together import Together


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
