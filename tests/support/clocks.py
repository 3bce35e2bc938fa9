"""Time for tests of the scheduler: it stands still until it is told to go on."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


class FakeClock:
    """Wakes the one waiter when its time has come."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._waiter: tuple[asyncio.Event, float] | None = None
        self.waits = 0
        self.set_by = timedelta()
        """How far somebody has set the wall clock."""

    def now(self) -> datetime:
        return START + timedelta(seconds=self._passed) + self.set_by

    def seconds(self) -> float:
        return self._passed

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        self._waiter = (event, self._passed + seconds)
        self.waits += 1
        await event.wait()

    async def settle(self) -> None:
        """Let everything run that can run now."""
        for _ in range(30):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Let time pass, stopping at every moment somebody waits for."""
        end = self._passed + seconds
        await self.settle()
        while self._waiter and self._waiter[1] <= end:
            event, self._passed = self._waiter
            self._waiter = None
            event.set()
            await self.settle()
        self._passed = end
        await self.settle()
