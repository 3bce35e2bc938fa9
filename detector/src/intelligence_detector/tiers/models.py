"""Everything that was learned from examples and is needed to answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.tiers.dense import DenseHead
from intelligence_detector.tiers.network import Network
from intelligence_detector.tiers.retrieval import Retrieval
from intelligence_detector.tiers.spelling import Spelling
from intelligence_detector.tiers.stage import Stage
from intelligence_detector.tiers.static import StaticTable
from intelligence_detector.tiers.surroundings import Surroundings

Encode = Callable[[str], NDArray[np.floating[Any]]]


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Those who speak for labels; the last ones only where a sentence encoder was at hand."""

    labels: tuple[str, ...]
    exact: Mapping[bytes, str]
    network: Network
    spelling: Spelling
    retrieval: Retrieval
    surroundings: Surroundings
    table: StaticTable | None = None
    by_table: DenseHead | None = None
    by_encoder: DenseHead | None = None
    by_centre: DenseHead | None = None
    """How near a text is to the middle of each label's examples, for the encoder; strong where examples are few."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """From which confidence on each tier decides, and below which nobody does."""

    quick: float
    context: float
    floor: float
    exact: float = 0.99
    """How often a text was right that had the same normal form as an example."""


@dataclass(frozen=True, slots=True)
class Models:
    """The witnesses, the stages that weigh them, and where each stage is sure enough."""

    witnesses: Witnesses
    stages: Mapping[str, Stage]
    bounds: Bounds
    about: Mapping[str, Any] = field(default_factory=dict)
    encode: Encode | None = None
    """The sentence encoder, when one was given to this process."""

    @property
    def encodes(self) -> bool:
        """Whether the full analysis hears a sentence encoder."""
        return self.encode is not None and self.witnesses.by_encoder is not None

    @property
    def labels(self) -> tuple[str, ...]:
        """Their order is the order of every row of evidence."""
        return self.witnesses.labels
