"""The operator as a process."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = str(Path(sys.executable).parent / "rollout-operator")
TOKEN = "s3cret"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


async def start(**environment: str) -> Process:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ROLLOUT_", "KUBE"))}
    return await asyncio.create_subprocess_exec(PROGRAM, "run", env=kept | environment, stdout=PIPE, stderr=PIPE)


class Running:
    """The program at work on the embedded cluster."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.address = f"http://127.0.0.1:{port}"

    async def get(self, path: str) -> tuple[int, str]:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.address}{path}") as response:
                return response.status, await response.text()
        except aiohttp.ClientError:
            return 0, ""

    async def alert(self, body: Any) -> int:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{self.address}/alerts", json=body) as response,
        ):
            return response.status

    async def ready(self) -> bool:
        assert self.process.returncode is None
        return (await self.get("/readyz"))[0] == 200
