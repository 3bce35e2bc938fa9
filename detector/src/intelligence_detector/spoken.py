"""The door before both pipelines: what the user says outright needs no model, whatever the group."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from intelligence_detector import explicit, flagrules
from intelligence_detector.catalogue import FLAGS_OF
from intelligence_detector.model import Answer, Pipeline, Request

TIER: Final = "explicit"


class ExplicitFirst:
    """Answers what is said outright, hands the rest to a pipeline, and puts the flag rules over both."""

    def __init__(self, pipeline: Pipeline, names: Mapping[str, str] = explicit.NAMES) -> None:
        self._pipeline, self._names = pipeline, names

    async def __call__(self, request: Request) -> Answer:
        """Answer one request."""
        said = explicit.read(request.text, self._names)
        if said.specialist:
            answer = _named(request, said.specialist)
        else:
            answer = await self._pipeline(replace(request, text=said.rest))
        return replace(answer, flags=flagrules.resolve(answer.flags, said.flags))


def _named(request: Request, specialist: str) -> Answer:
    return Answer(
        specialist=specialist,
        flags=FLAGS_OF.get(specialist, ()),
        confidence=1.0,
        tier=TIER,
        group=request.group,
        revision=request.revision,
        request_id=request.request_id,
    )
