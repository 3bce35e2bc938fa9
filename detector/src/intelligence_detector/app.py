"""One detector as an aiohttp application."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from aiohttp import web

from intelligence_detector import default
from intelligence_detector.api import detection, feedback, health
from intelligence_detector.api.bodies import LARGEST
from intelligence_detector.api.problems import problems
from intelligence_detector.api.state import STATE, State
from intelligence_detector.cache import Cache
from intelligence_detector.detect import Control, Treatment
from intelligence_detector.explicit import names_of
from intelligence_detector.flagfile import FlagFile
from intelligence_detector.legacy import Legacy
from intelligence_detector.lexicon import load_examples
from intelligence_detector.model import Pipeline, Verdict
from intelligence_detector.modelfile import load
from intelligence_detector.patterns import known_requests
from intelligence_detector.patterns import load as load_patterns
from intelligence_detector.serving import facts_of, known_to, legacy_of, with_encoder
from intelligence_detector.settings import Settings
from intelligence_detector.spoken import ExplicitFirst, PatternsFirst
from intelligence_detector.telemetry import Metrics
from intelligence_detector.tiers.models import Models
from rollout_contract import metrics, names

FLAGS: Final = web.AppKey("flags", FlagFile)


def default_pipelines(settings: Settings) -> dict[str, Pipeline]:
    """The two real pipelines by group, ready to be wrapped."""
    models = _models(settings.model_file, settings.encoder_dir)
    legacy = legacy_of(models) if settings.model_file else Legacy(load_examples())
    cache: Cache[Verdict] = Cache(settings.cache_size, settings.cache_ttl_seconds)
    treatment: Pipeline = Treatment(models, cache, time.monotonic)
    if settings.patterns_file:
        known = known_requests() if settings.model_file is None else known_to(models)
        treatment = PatternsFirst(treatment, load_patterns(settings.patterns_file, known, models.labels))
    both: dict[str, Pipeline] = {metrics.CONTROL: Control(legacy), metrics.TREATMENT: treatment}
    return {group: ExplicitFirst(pipeline, names_of(models.labels)) for group, pipeline in both.items()}


@lru_cache(4)
def _models(model_file: Path | None, encoder_dir: Path | None) -> Models:
    """Read once per process; the pipelines answer by it and the health tells of it."""
    return with_encoder(load(model_file) if model_file else default.models(), encoder_dir)


def build_app(settings: Settings, *, pipelines: Mapping[str, Pipeline] | None = None) -> web.Application:
    """The application; `pipelines` replaces the real ones by the groups' names."""
    measured = Metrics()
    flags = FlagFile(settings.flags_file, _defaults(settings), measured.show)
    app = web.Application(client_max_size=LARGEST, middlewares=[problems])
    app[FLAGS] = flags
    app[STATE] = State(
        in_force=lambda: flags.in_force,
        pipelines=default_pipelines(settings) if pipelines is None else pipelines,
        metrics=measured,
        salt=settings.cohort_salt,
        version=version("intelligence-rollout"),
        model=facts_of(_models(settings.model_file, settings.encoder_dir)),
    )
    app.add_routes(
        [
            web.post("/api/detect", detection.detect),
            web.post("/api/detect/batch", detection.detect_batch),
            web.post("/api/feedback", feedback.feedback),
            web.get(names.HEALTH_PATH, health.health),
            web.get(names.METRICS_PATH, health.metrics),
        ]
    )
    app.cleanup_ctx.append(_watching(settings.flags_poll_seconds))
    return app


def _defaults(settings: Settings) -> dict[str, bool]:
    return settings.model_dump(include={"quick_filter_enabled", "context_analysis_enabled", "enhanced_filter_enabled"})


def _watching(every: float) -> Callable[[web.Application], AsyncIterator[None]]:
    async def watching(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(app[FLAGS].watch(every))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return watching
