"""A real app on a real loopback socket, and the real pipelines built once."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from intelligence_detector.app import build_app, default_pipelines
from intelligence_detector.lexicon import load_examples
from intelligence_detector.server import runner_of
from intelligence_detector.settings import Settings

SENTENCES = Path(__file__).parents[2] / "e2e/traffic/sentences.jsonl"
ALL_ON = """feature_flags:
  quick_filter_enabled: true
  context_analysis_enabled: true
  enhanced_filter_enabled: true
  cache_enabled: true
  traffic_percentage: {traffic}
"""

Service = Callable[..., Awaitable[aiohttp.ClientSession]]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def examples():
    return load_examples()


@pytest.fixture(scope="session")
def sentences():
    return [json.loads(line) for line in SENTENCES.read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def pipelines():
    return default_pipelines(Settings(_env_file=None))


@pytest.fixture
async def service(pipelines) -> AsyncIterator[Service]:
    """Call it with settings (and pipelines to replace) to get a client of a fresh service."""
    async with AsyncExitStack() as stack:

        async def start(*, replaced=None, **settings) -> aiohttp.ClientSession:
            app = build_app(Settings(flags_poll_seconds=0.02, **settings), pipelines=pipelines | (replaced or {}))
            runner = runner_of(app)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            return await stack.enter_async_context(aiohttp.ClientSession(f"http://{host}:{port}"))

        yield start


@pytest.fixture
def flags(tmp_path) -> Path:
    """A document with every tier and the cache on, at 100 %."""
    file = tmp_path / "config.yaml"
    file.write_text(ALL_ON.format(traffic=100))
    return file
