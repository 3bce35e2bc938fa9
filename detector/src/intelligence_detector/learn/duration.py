"""How long the network learns: where labels contradict each other, it soon learns the contradictions by heart."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from intelligence_detector.learn.fitting import MANY, Plan
from intelligence_detector.learn.linear import Trial
from intelligence_detector.progress import Progress
from intelligence_detector.tiers.scores import log_chances

BRIEF: Final = 8
"""Epochs, for large sets only: small ones always gain from more."""
SCALES: Final = (0.2, 5.0)
"""The stages scale what the network says, so it is judged at the scale that suits it best."""


def brief(plan: Plan, lessons: int) -> Plan | None:
    """The plan with less training that is worth a trial."""
    shorter = replace(plan, recipe=replace(plan.recipe, epochs=BRIEF))
    return shorter if lessons >= MANY and plan.recipe.epochs > BRIEF else None


def loss(trial: Trial) -> float:
    """Mean negative log-likelihood, in nats, of the labels of what the fold asks, by the network alone."""
    witnesses, asked = trial.witnesses, trial.fold.asked
    said = np.array([reading.log_chances for reading in witnesses.network.read([one.normal for one in asked])])
    right = np.array([witnesses.labels.index(one.label) for one in asked])
    best = minimize_scalar(lambda scale: _cost(scale * said, right), bounds=SCALES, method="bounded")
    return float(best.fun)


def _cost(said: NDArray[np.floating[Any]], right: NDArray[np.intp]) -> float:
    return -float(log_chances(said)[np.arange(len(right)), right].mean())


@dataclass
class Steps:
    """Tells how many epochs are done; how many there are altogether changes when a plan does."""

    progress: Progress
    expected: int
    done: int = 0

    def __call__(self) -> None:
        """One epoch more."""
        self.done += 1
        self.progress(self.done, max(self.done, self.expected))
