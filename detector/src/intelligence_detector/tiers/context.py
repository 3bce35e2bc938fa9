"""Tier 2: the nearest examples, weighed by what the session and the project suggest."""

from typing import Final

import numpy as np

from intelligence_detector.model import Verdict
from intelligence_detector.tiers.evidence import Evidence, best

NAME: Final = "context_enhanced"


def context_enhanced(evidence: Evidence) -> Verdict:
    """Hints move the shares between specialists, up and down, and never create evidence out of nothing."""
    support = evidence.support
    moved = support * np.exp(evidence.odds)
    total = float(moved.sum())
    return best(moved * (float(support.sum()) / total) if total else support, NAME)
