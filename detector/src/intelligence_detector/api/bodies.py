"""The bodies that the POST paths take."""

import json
from typing import Annotated, ClassVar, Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from intelligence_detector.api.problems import ProblemError

MAX_BATCH: Final = 256
PLAIN: Final = "identity"
LARGEST: Final = 1_048_576
"""Bytes of the largest body there is, a batch's."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class _Body(BaseModel):
    most_bytes: ClassVar[int] = 65_536
    """Of a request with a body of this kind; more is refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class ContextBody(_Body):
    """Optional hints; nothing is remembered between requests, so the caller brings them.

    Names that the model does not know say nothing.
    """

    previous: list[Name] = Field(default=[], max_length=64)
    files: list[Name] = Field(default=[], max_length=64)
    project: Name | None = None


class DetectBody(_Body):
    """One request. `user`, else `session`, decides the cohort."""

    text: Annotated[str, StringConstraints(min_length=1)]
    user: Name | None = None
    session: Name | None = None
    context: ContextBody | None = None


class BatchBody(_Body):
    """Several requests at once, answered in the same order."""

    most_bytes: ClassVar[int] = LARGEST

    requests: list[DetectBody] = Field(min_length=1, max_length=MAX_BATCH)


class FeedbackBody(_Body):
    """What somebody thinks of an answer."""

    request_id: Name
    right: bool
    expected: Name | None = None
    satisfaction: Annotated[int, Field(ge=1, le=5)] | None = None


Body = TypeVar("Body", bound=_Body)


async def read(request: web.Request, kind: type[Body]) -> Body:
    """The body of a request, or a problem that names the field."""
    try:
        found = json.loads(await _bytes(request, kind.most_bytes))
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, "not-json", "the body is not JSON in UTF-8; send one JSON object") from error
    if not isinstance(found, dict):
        raise ProblemError(422, "invalid", "the body must be a JSON object")
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        raise _invalid(error) from error


async def _bytes(request: web.Request, most: int) -> bytes:
    if (coding := request.headers.get("Content-Encoding", PLAIN)).lower() != PLAIN:
        cure = f"Content-Encoding: {coding} is not read; send the body as it is, without this header"
        raise ProblemError(415, "encoded-body", cure, "Content-Encoding")
    try:
        body = await request.read()
    except ConnectionError as error:  # nobody is left to read the answer, but it is no fault of ours
        raise ProblemError(400, "broken-body", "the body ended too early; send it again") from error
    except web.HTTPRequestEntityTooLarge:
        body = None
    if body is None or len(body) > most:
        raise ProblemError(413, "too-large", f"the body may have at most {most} bytes; send less, or several requests")
    return body


def _invalid(error: ValidationError) -> ProblemError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    cure = {"missing": "is missing; add it", "extra_forbidden": "is not known; remove it"}
    return ProblemError(422, "invalid", f"{field}: {cure.get(first['type'], first['msg'])}", field)
