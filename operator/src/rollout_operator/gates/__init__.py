"""Evidence in, verdict out: pure judgement of samples that were already fetched."""

from rollout_operator.gates.threshold import assess

__all__ = ["assess"]
