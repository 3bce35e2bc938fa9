"""The three tiers, from the cheapest to the most thorough: the first one that is sure decides."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from intelligence_detector.lexicon import Normal
from intelligence_detector.model import Hints, Switches, Verdict
from intelligence_detector.tiers.evidence import CONTEXT, FULL, QUICK, Evidence, Testimony
from intelligence_detector.tiers.models import Models

ABSTAIN: Final = "abstain"
SHOWN: Final = 3
CONNECTORS: Final = frozenset({"and", "then", "also", "plus", "va", "roi", "y", "et", "und"})
"""Words without diacritics between two wishes."""
CLOSE: Final = 0.5
"""The second is close when it is at least this likely, measured by the first."""
LIKELY: Final = 0.6
"""From this confidence on there is nothing to ask."""
SHORTEST: Final = 2
"""A wish has at least so many words."""

Tier = Callable[[Evidence, Models], Verdict]


def decide(normal: Normal, hints: Hints, models: Models, switches: Switches) -> Verdict:
    """The first tier that is sure enough; else the last tier's best guess above the floor; else abstain."""
    if not normal.tokens:
        return Verdict(None, 0.0, ABSTAIN)
    evidence = Evidence(normal, hints, models.witnesses, models.encode)
    verdict = Verdict(None, 0.0, ABSTAIN)
    for tier, sure in _tiers(switches, models, hints):
        verdict = tier(evidence, models)
        if verdict.confidence >= sure and not _is_strange(evidence, models):
            return verdict
    if verdict.confidence >= models.bounds.floor and not _is_strange(evidence, models):
        return verdict
    return replace(verdict, specialist=None, tier=ABSTAIN)


def _is_strange(evidence: Evidence, models: Models) -> bool:
    """Not one word was ever met, and no encoder is there to know it: likeness of letters alone is no ground."""
    return evidence.reading.unknown == 1 and not models.encodes and not evidence.nearest.places


def _tiers(switches: Switches, models: Models, hints: Hints) -> Iterator[tuple[Tier, float]]:
    # The quick filter knows nothing of hints: where they are given and somebody hears them, it leaves the decision.
    heard = switches.context_analysis and hints != Hints()
    if switches.quick_filter and not heard:
        yield quick_filter, models.bounds.quick
    if switches.context_analysis:
        yield context_enhanced, models.bounds.context
    if switches.enhanced_filter:
        yield full_analysis, models.bounds.floor


def quick_filter(evidence: Evidence, models: Models) -> Verdict:
    """An example with the same normal form; else the n-grams."""
    sure = models.bounds.exact
    if evidence.known and sure >= models.bounds.quick:
        return Verdict(evidence.known, sure, QUICK, ((evidence.known, sure),))
    return _weighed(evidence.quick, QUICK, models)


def context_enhanced(evidence: Evidence, models: Models) -> Verdict:
    """Also the nearest examples, the session, the project and the files."""
    return _weighed(evidence.context, CONTEXT, models)


def full_analysis(evidence: Evidence, models: Models) -> Verdict:
    """Everything, and whether the request asks for several things."""
    verdict = _weighed(evidence.full, FULL, models)
    wishes = [_weighed(part.quick, QUICK, models) for part in _parts(evidence, models)]
    sure = [wish.specialist for wish in wishes if wish.specialist and wish.confidence >= models.bounds.quick]
    also = tuple(label for label in dict.fromkeys(sure) if label != verdict.specialist)
    return replace(verdict, also=also if len(set(sure)) > 1 else (), close=is_close(verdict))


def is_close(verdict: Verdict) -> bool:
    """Whether the best two are so near to each other that asking back beats guessing."""
    (_, first), (_, second) = verdict.ranking[:2]
    return second >= CLOSE * first and verdict.confidence < LIKELY


def _weighed(testimony: Testimony, tier: str, models: Models) -> Verdict:
    # A model taught with an encoder also serves without: then nothing but the context is there to be weighed.
    stage = models.stages[CONTEXT if tier == FULL and not models.encodes else tier]
    opinion = stage.decide(testimony.rows, testimony.signals)
    best = opinion.order[:SHOWN]
    chances = map(math.exp, opinion.log_chances[best].tolist())
    ranking = tuple(zip(map(models.labels.__getitem__, best.tolist()), chances, strict=True))
    return Verdict(ranking[0][0], opinion.confidence, tier, ranking)


def _parts(evidence: Evidence, models: Models) -> Iterator[Evidence]:
    """The request cut at the words that join wishes."""
    normal = evidence.normal
    cuts = [-1, *(place for place, word in enumerate(normal.folded) if word in CONNECTORS), len(normal.folded)]
    spans = [(left + 1, right) for left, right in pairwise(cuts) if right - left > SHORTEST]
    for start, end in spans if len(spans) > 1 else ():
        part = Normal(normal.tokens[start:end], normal.folded[start:end])
        yield Evidence(part, Hints(), models.witnesses)
