"""Programs that a test starts, and that never outlive it."""

import asyncio
from contextlib import asynccontextmanager


@asynccontextmanager
async def running(*command, env, stderr=asyncio.subprocess.PIPE):
    """A process of ours with its output on a pipe, killed by its handle if a test leaves it behind."""
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=asyncio.subprocess.PIPE, stderr=stderr)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
