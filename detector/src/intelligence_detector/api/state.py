"""What the handlers of one app share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from intelligence_detector.model import InForce, Pipeline
from intelligence_detector.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class State:
    """Everything a handler needs."""

    in_force: Callable[[], InForce]
    pipelines: Mapping[str, Pipeline]
    metrics: Metrics
    salt: str
    version: str
    model: Mapping[str, object]
    """What answers: version, labels, examples, and the encoder or that there is none."""


STATE: Final = web.AppKey("state", State)
