"""The treatment's three tiers, from the cheapest to the most thorough."""

from intelligence_detector.tiers.context import context_enhanced
from intelligence_detector.tiers.evidence import Evidence, Models
from intelligence_detector.tiers.full import full_analysis
from intelligence_detector.tiers.quick import quick_filter

__all__ = ["Evidence", "Models", "context_enhanced", "full_analysis", "quick_filter"]
