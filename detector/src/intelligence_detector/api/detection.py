"""POST /api/detect and POST /api/detect/batch."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from aiohttp import web

from intelligence_detector.api import ids
from intelligence_detector.api.bodies import BatchBody, ContextBody, DetectBody, read
from intelligence_detector.api.problems import ProblemError, failure
from intelligence_detector.api.state import STATE, State
from intelligence_detector.cohorts import group_of
from intelligence_detector.model import Answer, Hints, InForce, Request
from intelligence_detector.telemetry import Metrics

NOTHING: Final = Hints()
FIELDS: Final = tuple(field.name for field in fields(Answer))


async def detect(request: web.Request) -> web.Response:
    """Answer one request."""
    body = await read(request, DetectBody)
    state = request.app[STATE]
    asked = _request(state.salt, state.in_force(), body)
    began = time.perf_counter()
    try:
        return web.json_response(_document(await _answer(state, asked, "detect")))
    finally:
        _observe(state.metrics, [asked], began)


async def detect_batch(request: web.Request) -> web.Response:
    """Answer several requests by one flag document; a failed one is a problem in its place."""
    body = await read(request, BatchBody)
    state = request.app[STATE]
    in_force = state.in_force()
    asked = [_request(state.salt, in_force, one) for one in body.requests]
    began = time.perf_counter()
    answers = await asyncio.gather(*(_item(state, one) for one in asked))
    _observe(state.metrics, asked, began)
    return web.json_response({"answers": answers})


async def _item(state: State, asked: Request) -> dict[str, Any]:
    try:
        return _document(await _answer(state, asked, "batch"))
    except ProblemError as problem:
        return {"problem": problem.document()}


async def _answer(state: State, asked: Request, source: str) -> Answer:
    metrics = state.metrics
    metrics.requests[source, asked.group].inc()
    try:
        answer = await state.pipelines[asked.group](asked)
    except Exception as error:
        metrics.errors[asked.group].inc()
        raise failure(error) from error
    if answer.cached is not None:
        (metrics.cache_hits if answer.cached else metrics.cache_misses).inc()
    return answer


def _observe(metrics: Metrics, asked: Sequence[Request], began: float) -> None:
    """The time of one detection; of a batch, which is answered together, each had an equal part."""
    each = (time.perf_counter() - began) * 1_000 / len(asked)
    for one in asked:
        metrics.time[one.group].observe(each)


def _document(answer: Answer) -> dict[str, Any]:
    """The fields as they are: `asdict` would copy every value, which takes longer than many a decision."""
    return {name: getattr(answer, name) for name in FIELDS}


def _request(salt: str, in_force: InForce, body: DetectBody) -> Request:
    nonce = secrets.token_hex(16)
    group = group_of(in_force, salt, body.user or body.session or nonce)
    return Request(
        text=body.text,
        request_id=ids.make(salt, group, nonce),
        group=group,
        revision=in_force.revision,
        switches=in_force.switches,
        hints=NOTHING if body.context is None else _hints(body.context),
    )


def _hints(context: ContextBody) -> Hints:
    return Hints(tuple(context.previous), tuple(context.files), context.project or "")
