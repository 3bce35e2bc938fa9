"""The door before the pipelines: what the user says outright, and what an administrator has laid down."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from intelligence_detector import explicit, flagrules
from intelligence_detector.catalogue import FLAGS_OF
from intelligence_detector.lexicon import normalise
from intelligence_detector.model import Answer, Pipeline, Request
from intelligence_detector.patterns import Patterns

EXPLICIT: Final = "explicit"
PATTERN: Final = "quick_filter"
"""Patterns are a part of the quick filter, and are asked only while it is switched on."""


class ExplicitFirst:
    """Answers what is said outright, hands the rest to a pipeline, and puts the flag rules over both."""

    def __init__(self, pipeline: Pipeline, names: Mapping[str, str] = explicit.NAMES) -> None:
        self._pipeline, self._names = pipeline, names

    async def __call__(self, request: Request) -> Answer:
        """Answer one request."""
        said = explicit.read(request.text, self._names)
        if said.specialist:
            answer = _named(request, said.specialist, 1.0, EXPLICIT)
        else:
            answer = await self._pipeline(replace(request, text=said.rest) if said.flags else request)
        return _with_flags(answer, flagrules.resolve(answer.flags, said.flags))


class PatternsFirst:
    """Answers what a pattern decides, and hands the rest to a pipeline."""

    def __init__(self, pipeline: Pipeline, patterns: Patterns) -> None:
        self._pipeline, self._patterns = pipeline, patterns

    async def __call__(self, request: Request) -> Answer:
        """Answer one request."""
        pattern = self._patterns.match(normalise(request.text)) if request.switches.quick_filter else None
        if pattern is None:
            return await self._pipeline(request)
        answer = _named(request, pattern.specialist, pattern.confidence, PATTERN)
        return _with_flags(answer, flagrules.resolve((*answer.flags, *pattern.flags)))


def _with_flags(answer: Answer, flags: tuple[str, ...]) -> Answer:
    return answer if answer.flags == flags else replace(answer, flags=flags)


def _named(request: Request, specialist: str, confidence: float, tier: str) -> Answer:
    return Answer(
        specialist=specialist,
        flags=FLAGS_OF.get(specialist, ()),
        confidence=confidence,
        tier=tier,
        group=request.group,
        revision=request.revision,
        request_id=request.request_id,
    )
