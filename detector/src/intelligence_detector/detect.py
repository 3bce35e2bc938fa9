"""The two pipelines: Request in, Answer out."""

from collections.abc import Callable, Iterator
from typing import Final

from intelligence_detector.cache import Cache
from intelligence_detector.catalogue import FLAGS_OF
from intelligence_detector.legacy import Legacy
from intelligence_detector.lexicon import Normal, normalise
from intelligence_detector.model import Answer, Request, Switches, Verdict
from intelligence_detector.tiers import Evidence, Models, context_enhanced, full_analysis, quick_filter

ABSTAIN: Final = "abstain"
QUICK_SURE: Final = 0.80
CONTEXT_SURE: Final = 0.40
"""Above these, each of the two tiers was right at least four times in five in cross-validation over the examples."""
FLOOR: Final = 0.30
"""Below this chance the detector abstains rather than guesses."""

Tier = Callable[[Evidence], Verdict]


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
        self._models, self._cache, self._clock = models, cache, clock

    async def __call__(self, request: Request) -> Answer:
        """Answer one request; the cache is asked only when its flag is on."""
        normal = normalise(request.text)
        if not request.switches.cache:
            return _answer(request, self._decide(request, normal))
        # The tiers in force are part of the key: a verdict of other flags is not an answer under these.
        key = (normal.digest, request.hints, request.switches)
        now = self._clock()
        known = self._cache.get(key, now)
        verdict = known or self._decide(request, normal)
        if known is None:
            self._cache.put(key, verdict, now)
        return _answer(request, verdict, cached=known is not None)

    def _decide(self, request: Request, normal: Normal) -> Verdict:
        return cascade(Evidence(normal, request.hints, self._models), request.switches)


def cascade(evidence: Evidence, switches: Switches) -> Verdict:
    """The first tier that is sure enough; else the last tier's best guess above the floor; else abstain."""
    verdict = Verdict(None, 0.0, ABSTAIN)
    for tier, sure in _tiers(switches):
        verdict = tier(evidence)
        if verdict.confidence >= sure:
            return verdict
    return verdict if verdict.confidence >= FLOOR else Verdict(None, verdict.confidence, ABSTAIN)


def _tiers(switches: Switches) -> Iterator[tuple[Tier, float]]:
    if switches.quick_filter:
        yield quick_filter, QUICK_SURE
    if switches.context_analysis:
        yield context_enhanced, CONTEXT_SURE
    if switches.enhanced_filter:
        yield full_analysis, FLOOR


def _answer(request: Request, verdict: Verdict, *, cached: bool | None = None) -> Answer:
    return Answer(
        specialist=verdict.specialist,
        flags=FLAGS_OF[verdict.specialist] if verdict.specialist else (),
        confidence=round(verdict.confidence, 4),
        tier=verdict.tier,
        group=request.group,
        revision=request.revision,
        request_id=request.request_id,
        cached=cached,
    )
