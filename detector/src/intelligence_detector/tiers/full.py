"""Tier 3: every piece of evidence together."""

from typing import Final

import numpy as np

from intelligence_detector.catalogue import SPECIALISTS
from intelligence_detector.model import Verdict
from intelligence_detector.tiers.evidence import Evidence, best
from intelligence_detector.tiers.ngram import softmax

NAME: Final = "full_analysis"
NEIGHBOURS: Final = 0.5
"""Weight of the neighbours' log-shares beside the n-gram model's, which already saw the same words."""


def full_analysis(evidence: Evidence) -> Verdict:
    """Combine n-grams, neighbours and hints as log-odds, and rank."""
    doubt = (1 - float(evidence.support.sum())) / len(SPECIALISTS)
    neighbours = np.log(evidence.support + doubt)
    return best(softmax(np.log(evidence.chances) + NEIGHBOURS * neighbours + evidence.odds), NAME)
