"""Errors as RFC 9457 problem documents, by one middleware."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

LOG = logging.getLogger(__name__)
TYPE_PREFIX: Final = "urn:intelligence-detector:problem:"
TITLES: Final = {
    400: "The request cannot be read",
    404: "There is nothing here",
    405: "This method is not for this path",
    413: "The request is too large",
    415: "The request is in a form that is not read here",
    422: "The request is not what this path takes",
    500: "The detector failed",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ProblemError(Exception):
    """Ends a request with a problem document; `kind` is stable, `detail` names the field and the cure."""

    def __init__(self, status: int, kind: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.field = status, kind, detail, field

    def document(self) -> dict[str, str | int]:
        """The members of the problem document."""
        title = TITLES.get(self.status, "The request failed")
        found: dict[str, str | int] = {"type": TYPE_PREFIX + self.kind, "title": title, "status": self.status}
        found["detail"] = self.detail
        return found | ({"field": self.field} if self.field else {})


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem document."""
    try:
        return await handler(request)
    except ProblemError as problem:
        return respond(problem)
    except web.HTTPException as error:
        return respond(ProblemError(error.status, error.reason.lower().replace(" ", "-"), _cure(request, error)), error)
    except Exception as error:  # noqa: BLE001  # the front door must answer, whatever went wrong behind it
        return respond(failure(error))


def failure(error: Exception) -> ProblemError:
    """A 500 that tells the log where it happened, and neither the log nor the caller what was in the request."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    LOG.error("%s at %s:%d", type(error).__name__, place.name, place.lineno or 0)
    return ProblemError(500, "internal", "the detection failed; try again, the log of the service has the place")


def respond(problem: ProblemError, like: web.HTTPException | None = None) -> web.Response:
    """The HTTP response of a problem."""
    allow = {"Allow": like.headers["Allow"]} if like and "Allow" in like.headers else {}
    body = json.dumps(problem.document(), ensure_ascii=False).encode()
    return web.Response(status=problem.status, body=body, content_type="application/problem+json", headers=allow)


def _cure(request: web.Request, error: web.HTTPException) -> str:
    if isinstance(error, web.HTTPMethodNotAllowed):
        return f"{request.method} is not allowed here; use {error.headers.get('Allow', '')}"
    return f"{error.reason}; the paths are /api/detect, /api/detect/batch, /api/feedback, /health and /metrics"
