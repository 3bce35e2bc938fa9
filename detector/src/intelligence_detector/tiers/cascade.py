"""The three tiers, from the cheapest to the most thorough: the first one that is sure decides."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from intelligence_detector.lexicon import Normal
from intelligence_detector.model import Hints, Switches, Verdict
from intelligence_detector.tiers.evidence import CONTEXT, FULL, QUICK, Evidence, Testimony, read_all
from intelligence_detector.tiers.models import Bounds, Models

ABSTAIN: Final = "abstain"
SHOWN: Final = 3
NO_HINTS: Final = Hints()
CONNECTORS: Final = frozenset({"and", "then", "also", "plus", "va", "roi", "y", "et", "und"})
"""Words without diacritics between two wishes."""
CLOSE: Final = 0.5
"""The second is close when it is at least this likely, measured by the first."""
LIKELY: Final = 0.6
"""From this confidence on there is nothing to ask."""
SHORTEST: Final = 2
"""A wish has at least so many words."""


@dataclass(frozen=True, slots=True)
class Question:
    """One request as the tiers see it."""

    normal: Normal
    hints: Hints
    switches: Switches


Judge = Callable[[Sequence[Evidence], Models], list[Verdict]]


def decide(questions: Sequence[Question], models: Models) -> list[Verdict]:
    """For each the first tier that is sure enough; else the last one's best guess above the floor; else abstain.

    All the questions are asked of a tier together: arithmetic on many small rows costs little more than on one.
    """
    evidence = [Evidence(one.normal, one.hints, models.witnesses, models.encode) for one in questions]
    verdicts = [Verdict(None, 0.0, ABSTAIN)] * len(questions)
    left = [place for place, one in enumerate(questions) if one.normal.tokens]
    read_all([evidence[place] for place in left], models.witnesses)
    for judge, asks, sure in _tiers(models.bounds):
        asked = [place for place in left if asks(questions[place])]
        found = judge([evidence[place] for place in asked], models)
        for place, verdict in zip(asked, found, strict=True):
            verdicts[place] = verdict
            if verdict.confidence >= sure and not _is_strange(evidence[place], models):
                left.remove(place)
    for place in left:
        if _is_strange(evidence[place], models):
            verdicts[place] = Verdict(None, 0.0, ABSTAIN, verdicts[place].ranking)
        elif verdicts[place].confidence < models.bounds.floor:
            verdicts[place] = replace(verdicts[place], specialist=None, tier=ABSTAIN)
    return verdicts


def _is_strange(evidence: Evidence, models: Models) -> bool:
    """Not one word was ever met, and no encoder is there to know it: likeness of letters alone is no ground."""
    return evidence.reading.unknown == 1 and not models.encodes and not evidence.nearest.places


def _tiers(bounds: Bounds) -> Iterator[tuple[Judge, Callable[[Question], bool], float]]:
    """Each tier, whether it is asked, and from which confidence on it decides."""
    yield quick_filter, _is_quick, bounds.quick
    yield context_enhanced, lambda one: one.switches.context_analysis, bounds.context
    yield full_analysis, lambda one: one.switches.enhanced_filter, bounds.floor


def _is_quick(one: Question) -> bool:
    """The quick filter knows nothing of hints: where they are given and somebody hears them, it leaves the decision."""
    return one.switches.quick_filter and not (one.switches.context_analysis and one.hints != NO_HINTS)


def quick_filter(evidence: Sequence[Evidence], models: Models) -> list[Verdict]:
    """An example with the same normal form; else the n-grams."""
    sure = models.bounds.exact
    if sure < models.bounds.quick:
        return _weighed(evidence, QUICK, models)
    weighed = iter(_weighed([one for one in evidence if not one.known], QUICK, models))
    return [Verdict(one.known, sure, QUICK, ((one.known, sure),)) if one.known else next(weighed) for one in evidence]


def context_enhanced(evidence: Sequence[Evidence], models: Models) -> list[Verdict]:
    """Also the nearest examples, the session, the project and the files."""
    return _weighed(evidence, CONTEXT, models)


def full_analysis(evidence: Sequence[Evidence], models: Models) -> list[Verdict]:
    """Everything, and whether the request asks for several things."""
    verdicts = _weighed(evidence, FULL, models)
    return [_whole(verdict, one, models) for verdict, one in zip(verdicts, evidence, strict=True)]


def _whole(verdict: Verdict, evidence: Evidence, models: Models) -> Verdict:
    """The verdict with the other specialists that parts of the request ask for."""
    parts = list(_parts(evidence, models))
    read_all(parts, models.witnesses)
    wishes = _weighed(parts, QUICK, models)
    sure = [wish.specialist for wish in wishes if wish.specialist and wish.confidence >= models.bounds.quick]
    also = tuple(label for label in dict.fromkeys(sure) if label != verdict.specialist)
    return replace(verdict, also=also if len(set(sure)) > 1 else (), close=is_close(verdict))


def is_close(verdict: Verdict) -> bool:
    """Whether the best two are so near to each other that asking back beats guessing."""
    (_, first), (_, second) = verdict.ranking[:2]
    return second >= CLOSE * first and verdict.confidence < LIKELY


def _weighed(evidence: Sequence[Evidence], tier: str, models: Models) -> list[Verdict]:
    # Without an encoder nothing but the context is there to be weighed, and that may have been done.
    stage = CONTEXT if tier == FULL and not models.encodes else tier
    left = [one for one in evidence if stage not in one.verdicts]
    for one, verdict in zip(left, _judged([one.testimony(stage) for one in left], stage, models), strict=True):
        one.verdicts[stage] = verdict
    verdicts = [one.verdicts[stage] for one in evidence]
    return verdicts if stage == tier else [replace(verdict, tier=tier) for verdict in verdicts]


def _judged(testimonies: Sequence[Testimony], tier: str, models: Models) -> list[Verdict]:
    if not testimonies:
        return []
    rows, signals = np.array([one.rows for one in testimonies]), np.array([one.signals for one in testimonies])
    opinions = models.stages[tier].decide(rows, signals)
    best = opinions.order[:, :SHOWN]
    chances = np.exp(opinions.log_chances[np.arange(len(best))[:, None], best])
    verdicts = zip(best.tolist(), chances.tolist(), opinions.confidence.tolist(), strict=True)
    return [_verdict(models.labels, places, own, sure, tier) for places, own, sure in verdicts]


def _verdict(labels: Sequence[str], places: list[int], chances: list[float], sure: float, tier: str) -> Verdict:
    ranking = tuple((labels[place], chance) for place, chance in zip(places, chances, strict=True))
    return Verdict(ranking[0][0], sure, tier, ranking)


def _parts(evidence: Evidence, models: Models) -> Iterator[Evidence]:
    """The request cut at the words that join wishes."""
    normal = evidence.normal
    cuts = [-1, *(place for place, word in enumerate(normal.folded) if word in CONNECTORS), len(normal.folded)]
    spans = [(left + 1, right) for left, right in pairwise(cuts) if right - left > SHORTEST]
    for start, end in spans if len(spans) > 1 else ():
        part = Normal(normal.tokens[start:end], normal.folded[start:end])
        yield Evidence(part, Hints(), models.witnesses)
