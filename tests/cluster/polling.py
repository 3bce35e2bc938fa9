"""Waiting for what happens on its own."""

import asyncio
import time

LIMIT_S = 60.0


async def eventually(look, limit=LIMIT_S):
    """Return the first true answer of an async look; fails with the last answer when the limit has passed."""
    end = time.monotonic() + limit
    while not (answer := await look()):
        assert time.monotonic() < end, f"not within {limit:.0f} s; last answer: {answer!r}"
        await asyncio.sleep(0.1)
    return answer
