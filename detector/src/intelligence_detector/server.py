"""Serve an application until the process is told to stop."""

import asyncio
import logging
import signal
from typing import Final

from aiohttp import web

LOG = logging.getLogger(__name__)
GRACE_SECONDS: Final = 0.75
"""Time for requests in flight; aiohttp waits twice as long in all, and a pod should be gone within two seconds."""


def runner_of(app: web.Application) -> web.AppRunner:
    """Bodies stay as they were sent: unpacking half a gigabyte from half a megabyte would stop everything else."""
    return web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_SECONDS, auto_decompress=False)


async def serve(app: web.Application, host: str, port: int) -> None:
    """Listen until SIGTERM or SIGINT; then stop accepting, finish what is in flight, return."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = runner_of(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        LOG.info("listening on http://%s:%d", *runner.addresses[0][:2])
        await stop.wait()
        LOG.info("stopping")
    finally:
        await runner.cleanup()
