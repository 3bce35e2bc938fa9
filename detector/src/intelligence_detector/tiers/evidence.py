"""What is known about one request; each piece is worked out at most once, when a tier asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.catalogue import SPECIALISTS
from intelligence_detector.lexicon import Example, Normal
from intelligence_detector.model import Hints, Verdict
from intelligence_detector.tiers.hints import odds_of
from intelligence_detector.tiers.ngram import NgramModel
from intelligence_detector.tiers.retrieval import Retrieval

Vector = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Models:
    """Everything built from the examples."""

    exact: dict[bytes, str]
    ngram: NgramModel
    retrieval: Retrieval

    @classmethod
    def build(cls, examples: Sequence[Example], vocabulary: Sequence[Example] = ()) -> "Models":
        """Build them all; a term of the vocabulary teaches, but meeting it alone is no certainty."""
        exact = {example.normal.digest: example.label for example in examples}
        lessons = [*examples, *vocabulary]
        return cls(exact, NgramModel(lessons), Retrieval(lessons))


class Evidence:
    """One request in the light of the models."""

    def __init__(self, normal: Normal, hints: Hints, models: Models) -> None:
        self._normal, self._hints, self._models = normal, hints, models

    @cached_property
    def known(self) -> str | None:
        """The specialist of an example with the same normal form."""
        return self._models.exact.get(self._normal.digest)

    @cached_property
    def chances(self) -> Vector:
        """Chances by n-grams, summing to 1."""
        return self._models.ngram.chances(self._normal)

    @cached_property
    def support(self) -> Vector:
        """Shares by nearest examples; what is missing to 1 is doubt."""
        return self._models.retrieval.support(self._normal)

    @cached_property
    def odds(self) -> Vector:
        """Log-odds by session and project hints, 0 without hints."""
        return odds_of(self._hints)


def best(scores: Vector, tier: str) -> Verdict:
    """The specialist with the highest chance."""
    place = int(scores.argmax())
    confidence = float(scores[place])
    return Verdict(SPECIALISTS[place] if confidence else None, confidence, tier)
