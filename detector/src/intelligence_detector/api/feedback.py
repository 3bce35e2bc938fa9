"""POST /api/feedback."""

from aiohttp import web

from intelligence_detector.api import ids
from intelligence_detector.api.bodies import FeedbackBody, read
from intelligence_detector.api.problems import ProblemError
from intelligence_detector.api.state import STATE


async def feedback(request: web.Request) -> web.Response:
    """Count a judgement for the group that gave the answer; `expected` is checked and, so far, not kept."""
    body = await read(request, FeedbackBody)
    state = request.app[STATE]
    group = ids.group_in(state.salt, body.request_id)
    if group is None:
        cure = "request_id: not an id of this service; send the `request_id` of an answer, unchanged"
        raise ProblemError(422, "unknown-request", cure, "request_id")
    state.metrics.feedback[group].inc()
    state.metrics.right[group].inc(body.right)
    if body.satisfaction is not None:
        state.metrics.satisfaction[group].observe(body.satisfaction)
    return web.json_response({"request_id": body.request_id, "group": group})
