"""Steady traffic: real sentences from many users to every ready pod in turn, and feedback on a share of the answers."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from e2e.traffic.sentences import Sentence, popular

Targets = Callable[[], Sequence[str]]
"""The base addresses of the pods that are ready now."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much traffic: requests a second in total, distinct users, share of answers that get feedback."""

    rate: float = 60.0
    users: int = 2000
    feedback_share: float = 0.6
    timeout_seconds: float = 2.0
    most_in_flight: int = 200


class Traffic:
    """Sends a load until it is cancelled; nothing is sent twice, and what failed is counted by its reason."""

    def __init__(self, targets: Targets, sentences: tuple[Sentence, ...], load: Load, rng: random.Random) -> None:
        self.counts: Counter[str] = Counter()
        self._targets = targets
        self._load = load
        self._rng = rng
        self._draw = popular(sentences, rng)
        self._turn = 0
        self._flying: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send at the steady rate; a slow service does not slow the users down, up to `most_in_flight`."""
        timeout = aiohttp.ClientTimeout(total=self._load.timeout_seconds)
        loop = asyncio.get_running_loop()
        due = loop.time()
        async with aiohttp.ClientSession(timeout=timeout) as http:
            try:
                while True:
                    self._send(http)
                    due = max(due + 1 / self._load.rate, loop.time() - 1)
                    await asyncio.sleep(due - loop.time())
            finally:
                await self._land()

    def _send(self, http: aiohttp.ClientSession) -> None:
        targets = self._targets()
        if not targets or len(self._flying) >= self._load.most_in_flight:
            self.counts["no pod ready" if not targets else "not sent"] += 1
            return
        self._turn += 1
        task = asyncio.create_task(self._ask(http, targets[self._turn % len(targets)]))
        self._flying.add(task)
        task.add_done_callback(self._flying.discard)

    async def _land(self) -> None:
        for task in tuple(self._flying):
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)

    async def _ask(self, http: aiohttp.ClientSession, base: str) -> None:
        sentence = self._draw()
        user = f"user-{self._rng.randrange(self._load.users)}"
        self.counts["sent"] += 1
        try:
            answer = await self._post(http, f"{base}/api/detect", {"text": sentence.text, "user": user})
            await self._judge(http, base, sentence, answer)
        except aiohttp.ClientResponseError as error:
            self.counts[f"status {error.status}"] += 1
        except (aiohttp.ClientError, TimeoutError) as error:
            self.counts[type(error).__name__] += 1

    async def _judge(self, http: aiohttp.ClientSession, base: str, sentence: Sentence, answer: dict[str, Any]) -> None:
        self.counts["answered"] += 1
        if answer["specialist"] is None:
            self.counts[f"{answer['group']} abstained"] += 1
            return
        right = answer["specialist"] == sentence.label
        self.counts[f"{answer['group']} {'right' if right else 'wrong'}"] += 1
        if self._rng.random() < self._load.feedback_share:
            feedback = {"request_id": answer["request_id"], "right": right, "satisfaction": 5 if right else 2}
            await self._post(http, f"{base}/api/feedback", feedback)
            self.counts["feedback"] += 1

    @staticmethod
    async def _post(http: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> dict[str, Any]:
        async with http.post(url, json=body) as response:
            response.raise_for_status()
            answer: dict[str, Any] = await response.json()
            return answer
