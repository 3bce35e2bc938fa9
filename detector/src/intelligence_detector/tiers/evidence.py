"""What is known about one request; each piece is worked out at most once, when a tier asks for it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.lexicon import Normal
from intelligence_detector.model import Hints, Verdict
from intelligence_detector.tiers.models import Encode, Witnesses
from intelligence_detector.tiers.network import Reading
from intelligence_detector.tiers.retrieval import Nearest

Vector = NDArray[np.floating[Any]]

QUICK: Final = "quick_filter"
CONTEXT: Final = "context_enhanced"
FULL: Final = "full_analysis"


@dataclass(frozen=True, slots=True)
class Testimony:
    """A row of log-odds per witness and a column per label, and signals that concern the request as a whole."""

    rows: Vector
    signals: tuple[float, ...]


class Evidence:
    """One request in the light of the witnesses."""

    def __init__(self, normal: Normal, hints: Hints, witnesses: Witnesses, encode: Encode | None = None) -> None:
        self._written, self._hints, self._witnesses, self._encode = normal, hints, witnesses, encode
        self.normal = witnesses.spelling.corrected(normal)
        self.verdicts: dict[str, Verdict] = {}
        """What the stages made of it, by the stage's name."""

    def testimony(self, stage: str) -> Testimony:
        """What a stage goes by."""
        if stage == QUICK:
            return self.quick
        return self.context if stage == CONTEXT else self.full

    @cached_property
    def known(self) -> str | None:
        """The label of an example with the same normal form, as it was written."""
        return self._witnesses.exact.get(self._written.digest)

    @property
    def _slips(self) -> float:
        """Share of the words that were read as others: whoever is right about them is right less often."""
        if self.normal is self._written:
            return 0.0
        pairs = zip(self._written.folded, self.normal.folded, strict=True)
        return sum(old != new for old, new in pairs) / max(1, len(self.normal.folded))

    @cached_property
    def reading(self) -> Reading:
        """By n-grams."""
        return self._witnesses.network.read([self.normal])[0]

    @cached_property
    def nearest(self) -> Nearest:
        """By the most alike examples."""
        return self._witnesses.retrieval.nearest(self.normal)

    @cached_property
    def quick(self) -> Testimony:
        """The network, and the static table where there is one."""
        reading, witnesses = self.reading, self._witnesses
        rows = reading.rows
        if witnesses.table is not None and witnesses.by_table is not None:
            by_table = witnesses.by_table.log_chances(witnesses.table.vector(self.normal))
            rows = np.concatenate([rows, by_table[None]])
        # A word said ten times says no more than once.
        length = math.log1p(len(set(self.normal.tokens)))
        return Testimony(rows, (reading.unknown, reading.energy, reading.background, length, self._slips))

    @cached_property
    def context(self) -> Testimony:
        """Also the neighbours and the surroundings."""
        # Words that nobody knows leave nothing for the surroundings to settle.
        around = self._witnesses.surroundings.witnesses(self._hints) * (1 - self.reading.unknown)
        rows = np.concatenate([self.quick.rows, self.nearest.log_support[None], around])
        return Testimony(rows, (*self.quick.signals, self.nearest.likeness))

    @cached_property
    def full(self) -> Testimony:
        """Also the sentence encoder, where there is one."""
        heads = [head for head in (self._witnesses.by_encoder, self._witnesses.by_centre) if head is not None]
        if self._encode is None or not heads:
            return self.context
        # An encoder knows more words than the examples do.
        vector = self._encode(self._written.text)
        rows = np.concatenate([self.context.rows, [head.log_chances(vector) for head in heads]])
        return Testimony(rows, self.context.signals)


def read_all(evidence: Sequence[Evidence], witnesses: Witnesses) -> None:
    """Let the network read many texts at once, which costs a fraction of reading them one by one."""
    for one, reading in zip(evidence, witnesses.network.read([one.normal for one in evidence]), strict=True):
        one.reading = reading
