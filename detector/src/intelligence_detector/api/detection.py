"""POST /api/detect and POST /api/detect/batch."""

import time
import uuid
from dataclasses import fields
from typing import Any, Final

from aiohttp import web

from intelligence_detector.api import ids
from intelligence_detector.api.bodies import BatchBody, ContextBody, DetectBody, read
from intelligence_detector.api.problems import ProblemError, failure
from intelligence_detector.api.state import STATE, State
from intelligence_detector.cohorts import group_of
from intelligence_detector.model import Answer, Hints, InForce, Request

NOTHING: Final = Hints()
FIELDS: Final = tuple(field.name for field in fields(Answer))


async def detect(request: web.Request) -> web.Response:
    """Answer one request."""
    body = await read(request, DetectBody)
    state = request.app[STATE]
    return web.json_response(_document(await _answer(state, state.in_force(), body, "detect")))


async def detect_batch(request: web.Request) -> web.Response:
    """Answer several requests by one flag document; a failed one is a problem in its place."""
    body = await read(request, BatchBody)
    state = request.app[STATE]
    in_force = state.in_force()
    return web.json_response({"answers": [await _item(state, in_force, one) for one in body.requests]})


async def _item(state: State, in_force: InForce, body: DetectBody) -> dict[str, Any]:
    try:
        return _document(await _answer(state, in_force, body, "batch"))
    except ProblemError as problem:
        return {"problem": problem.document()}


def _document(answer: Answer) -> dict[str, Any]:
    """The fields as they are: `asdict` would copy every value, which takes longer than many a decision."""
    return {name: getattr(answer, name) for name in FIELDS}


async def _answer(state: State, in_force: InForce, body: DetectBody, source: str) -> Answer:
    request = _request(state.salt, in_force, body)
    metrics, group = state.metrics, request.group
    began = time.perf_counter()
    try:
        answer = await state.pipelines[group](request)
    except Exception as error:
        metrics.errors[group].inc()
        raise failure(error) from error
    finally:
        metrics.requests[source, group].inc()
        metrics.time[group].observe((time.perf_counter() - began) * 1_000)
    if answer.cached is not None:
        (metrics.cache_hits if answer.cached else metrics.cache_misses).inc()
    return answer


def _request(salt: str, in_force: InForce, body: DetectBody) -> Request:
    nonce = uuid.uuid4().hex
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
