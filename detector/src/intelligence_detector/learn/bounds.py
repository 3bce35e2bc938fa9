"""From which confidence on each stage decides, chosen on cross-fitted evidence."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.learn.stages import Hearing
from intelligence_detector.tiers.evidence import CONTEXT, FULL, QUICK
from intelligence_detector.tiers.models import Bounds
from intelligence_detector.tiers.stage import Stage

Column = NDArray[np.floating[Any]]

PRIOR_EXACT: Final = 0.99
PRIOR_TEXTS: Final = 100
"""Two people may mean different things by the same words, so never 1; and in some trades they often do."""
SURE: Final = 0.7
"""The quick filter never decides below this: it knows nothing of the session, the project and the files."""
LIKELY: Final = 0.6
"""Below this a request deserves the full analysis: it may ask for several things, or for a question back."""
HURRY: Final = 0.38
"""At most this share of the stream may wait for an encoder, which takes a hundred times as long as all the rest."""
LOSS: Final = 0.002
"""Share of the stream that deciding early may get wrong and thinking longer would have got right."""


def choose(stages: Mapping[str, Stage], heard: Mapping[str, Hearing], floor: float, *, encoder: bool) -> Bounds:
    """The earliest tier decides where thinking longer would hardly have been better."""
    sure: dict[str, Column] = {}
    right: dict[str, Column] = {}
    for name in (QUICK, CONTEXT, FULL):
        sure[name], right[name] = _judged(stages[name], heard[name], floor)
    weight = heard[QUICK].weight
    quick = max(SURE, _earliest(sure[QUICK], right[FULL] - right[QUICK], weight))
    if encoder:
        quick = min(quick, float(np.quantile(sure[QUICK][heard[QUICK].right >= 0], HURRY)))
    return Bounds(
        quick=max(floor, quick),
        context=max(floor, LIKELY, _earliest(sure[CONTEXT], right[FULL] - right[CONTEXT], weight)),
        floor=floor,
    )


def exact_share(asked: Sequence[tuple[str | None, bool]]) -> float:
    """How often an example with the same normal form was right, with some imagined ones of the prior share."""
    found = [right for known, right in asked if known is not None]
    return (sum(found) + PRIOR_EXACT * PRIOR_TEXTS) / (len(found) + PRIOR_TEXTS)


def _judged(stage: Stage, hearing: Hearing, floor: float) -> tuple[Column, Column]:
    """Confidence, and 1 where the outcome is right: the right label, or none for a text from outside."""
    opinions = stage.decide(hearing.evidence, hearing.signals)
    places = np.where(opinions.confidence >= floor, opinions.order[:, 0], -1)
    return opinions.confidence, (places == hearing.right).astype(float)


def _earliest(sure: Column, lost: Column, weight: Column) -> float:
    """The lowest confidence above which the losses stay within LOSS."""
    order = np.argsort(-sure)
    total = np.cumsum((weight * lost)[order]) / weight.sum()
    beyond = np.flatnonzero(total > LOSS)
    last = order[max(0, int(beyond[0]) - 1)] if len(beyond) else order[-1]
    return float(sure[last])
