"""The two pipelines: Request in, Answer out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from intelligence_detector.cache import Cache
from intelligence_detector.catalogue import FLAGS_OF
from intelligence_detector.legacy import Legacy
from intelligence_detector.lexicon import Normal, normalise
from intelligence_detector.model import Answer, Request, Verdict
from intelligence_detector.tiers.cascade import Question, decide
from intelligence_detector.tiers.models import Models
from intelligence_detector.together import Together


class Control:
    """The legacy eight steps behind the pipelines' common shape."""

    def __init__(self, legacy: Legacy) -> None:
        self._legacy = legacy

    async def __call__(self, request: Request) -> Answer:
        """Answer one request."""
        return _answer(request, self._legacy.detect(request.text))


class Treatment:
    """The cascade of tiers that are switched on, behind a cache."""

    def __init__(self, models: Models, cache: Cache[Verdict], clock: Callable[[], float]) -> None:
        self._cache, self._clock = cache, clock
        # An encoder takes milliseconds a request, and the loop has probes to answer.
        apart = ThreadPoolExecutor(1, "encoder") if models.encodes else None
        self._together = Together(partial(decide, models=models), apart)

    async def __call__(self, request: Request) -> Answer:
        """Answer one request; the cache is asked only when its flag is on."""
        normal = normalise(request.text)
        if not request.switches.cache:
            return _answer(request, await self._decide(request, normal))
        # The tiers in force are part of the key: a verdict of other flags is not an answer under these.
        key = (normal.digest, request.hints, request.switches)
        now = self._clock()
        known = self._cache.get(key, now)
        verdict = known or await self._decide(request, normal)
        if known is None:
            self._cache.put(key, verdict, now)
        return _answer(request, verdict, cached=known is not None)

    async def _decide(self, request: Request, normal: Normal) -> Verdict:
        return await self._together.ask(Question(normal, request.hints, request.switches))


def _answer(request: Request, verdict: Verdict, *, cached: bool | None = None) -> Answer:
    return Answer(
        specialist=verdict.specialist,
        flags=FLAGS_OF.get(verdict.specialist or "", ()),
        confidence=round(verdict.confidence, 4),
        tier=verdict.tier,
        group=request.group,
        revision=request.revision,
        request_id=request.request_id,
        cached=cached,
        alternatives=tuple((name, round(chance, 4)) for name, chance in verdict.ranking),
        also=verdict.also,
        question=_question(verdict) if verdict.close else None,
    )


def _question(verdict: Verdict) -> str:
    (first, _), (second, _) = verdict.ranking[:2]
    return f"Is this rather for {first} or for {second}?"
