"""Numbers measured while a story runs."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from e2e.stories.board import Board, Clock
from e2e.stories.environment import Environment

PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class ProcessMeter:
    """Resident memory and CPU time of the operator, over its restarts."""

    clock: Clock
    most_mib: float = 0.0
    cpu_seconds: float = 0.0
    watched_seconds: float = 0.0
    _last: tuple[int, float, float] | None = None

    def sample(self, pid: int, proc: Path = Path("/proc")) -> None:
        """Read one process; one that is gone ends its part of the measurement."""
        try:
            stat = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            self._last = None
            return
        cpu, now = (int(stat[11]) + int(stat[12])) / TICKS, self.clock()
        self.most_mib = max(self.most_mib, int(stat[21]) * PAGE_MIB)
        if self._last and self._last[0] == pid:
            self.cpu_seconds += cpu - self._last[1]
            self.watched_seconds += now - self._last[2]
        self._last = (pid, cpu, now)

    def figures(self) -> dict[str, float]:
        """The measurement under its names in the report; empty when nothing was read."""
        if not self.watched_seconds:
            return {}
        cores = self.cpu_seconds / self.watched_seconds
        return {"operator.rss_mib": round(self.most_mib, 1), "operator.cpu_cores": round(cores, 4)}


@dataclass
class AlertLog:
    """When each alert fired first, as Alertmanager says."""

    fired: dict[str, str] = field(default_factory=dict)

    async def look(self, http: aiohttp.ClientSession, alertmanager: str) -> None:
        """Ask once; no answer is no news."""
        try:
            async with http.get(f"{alertmanager}/api/v2/alerts") as response:
                for alert in await response.json():
                    self.fired.setdefault(f"{alert['labels']['alertname']} {alert['startsAt']}", alert["startsAt"])
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return


async def measure(environment: Environment, board: Board, meter: ProcessMeter, alerts: AlertLog) -> None:
    """Sample once a second until cancelled."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
        while True:
            pid = environment.process_of(board.operator())
            if pid:
                meter.sample(pid)
            await alerts.look(http, environment.alertmanager)
            await asyncio.sleep(1)


def convergence(board: Board) -> list[dict[str, float]]:
    """Seconds from each write of the flags to its confirmation by every pod; one that was overtaken has none."""
    confirmed = {c.revision: c.at for c in reversed(board.confirmations)}
    return [
        {"traffic": write.traffic, "seconds": round(confirmed[write.revision] - write.at, 3)}
        for write in board.writes
        if write.revision in confirmed and confirmed[write.revision] >= write.at
    ]
