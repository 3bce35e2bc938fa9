"""GET /health and GET /metrics: cheap, whatever the load."""

from aiohttp import web

from intelligence_detector.api.state import STATE
from rollout_contract.names import HEALTH_REVISION_FIELD


async def health(request: web.Request) -> web.Response:
    """The runbook's status, version and features, and the revision that runs.

    Every flag is shown as it is in force. `learning_mode` and `continuous_optimization` are shown only: this
    version learns nothing while it runs.
    """
    state = request.app[STATE]
    now = state.in_force()
    return web.json_response(
        {
            "status": "degraded" if now.error else "healthy",
            "version": state.version,
            HEALTH_REVISION_FIELD: now.revision,
            "features": dict(now.features) | {"traffic_percentage": now.traffic_percentage},
            "model": dict(state.model),
            "flags": {"source": now.source, "error": now.error},
        }
    )


async def metrics(request: web.Request) -> web.Response:
    """The Prometheus text format."""
    body = request.app[STATE].metrics.exposition()
    return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
