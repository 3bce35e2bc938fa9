"""Which linear model speaks beside the network: ridge, or the profile of each label."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.learn import profile, stages
from intelligence_detector.learn.fitting import matrix
from intelligence_detector.learn.folds import Fold
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.tiers.models import Witnesses
from intelligence_detector.tiers.scores import log_chances

Matrix = NDArray[np.floating[Any]]

WORTH: Final = 0.5
"""The profile takes the place of ridge when its learned weight is at least this part of the network's."""
PRIOR: Final = (1.0, 0.3, 0.0)


@dataclass(frozen=True, slots=True)
class Trial:
    """The witnesses of a fold, what taught them, and the fold that says what they are asked."""

    witnesses: Witnesses
    taught: Sequence[Lesson]
    fold: Fold


def profiles_win(trials: Sequence[Trial]) -> bool:
    """Whether the profile, asked beside the network and ridge, has much to add on cross-fitted texts."""
    telling = [trial for trial in trials if trial.fold.asked]
    evidence = np.concatenate([_rows(trial) for trial in telling])
    right = np.array([trial.witnesses.labels.index(one.label) for trial in telling for one in trial.fold.asked])
    weights = stages.weigh(evidence, right, np.ones(len(right)), np.array(PRIOR))
    return bool(weights[2] >= WORTH * weights[0])


def _rows(trial: Trial) -> Matrix:
    """[text, witness, label]: the network, ridge and the profile."""
    network, labels, asked = trial.witnesses.network, trial.witnesses.labels, trial.fold.asked
    places = np.array([labels.index(one.label) for one in trial.taught])
    table, _ = profile.train(matrix(network.vocabulary, trial.taught), places, len(labels))
    own = log_chances(matrix(network.vocabulary, asked) @ table)
    heard = np.array([reading.rows for reading in network.read([one.normal for one in asked])])
    return np.concatenate([heard, own[:, None]], axis=1)
