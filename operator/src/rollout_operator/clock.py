"""The real clock; tests bring their own."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime


class SystemClock:
    """Wall clock for due times, monotonic seconds for ages."""

    def now(self) -> datetime:
        """The moment, UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Until the event is set, at most so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)
