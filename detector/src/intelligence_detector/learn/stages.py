"""Fit a stage on evidence that was cross-fitted: nobody judges the examples that he learned from."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from intelligence_detector.tiers.scores import log_chances
from intelligence_detector.tiers.stage import SUMMARY_OF_ALL, Stage, summary

Matrix = NDArray[np.floating[Any]]

HOLD: Final = 2.0
"""How strongly the witnesses' weights hold on to their prior, in examples."""
SHRINK: Final = 5.0
"""How strongly the confidence's weights hold on to 0, in examples."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Evidence about many texts: [text, witness, label], the right label or -1 for none, signals, weights."""

    evidence: Matrix
    right: NDArray[np.intp]
    signals: Matrix
    weight: Matrix


def fit(hearing: Hearing, prior: Matrix, held: Hearing | None = None) -> Stage:
    """Weights of the witnesses first, then the confidence in what they say together; then what held-back texts say."""
    witnesses = _witnesses(hearing, prior)
    odds = _logistic(*_outcomes(witnesses, hearing))
    if held is not None:
        odds = _stretched(odds, *_outcomes(witnesses, held))
    return Stage(witnesses, _with_silent(odds, hearing.evidence, witnesses))


def _outcomes(witnesses: Matrix, hearing: Hearing) -> tuple[Matrix, NDArray[np.bool_], Matrix]:
    """The features of each text's confidence, whether its best label is right, and its weight."""
    ranked = log_chances(np.einsum("w,twl->tl", witnesses, hearing.evidence))
    orders = np.argsort(-ranked, axis=1)
    features = summary(ranked, orders, hearing.evidence, hearing.signals)
    return features, orders[:, 0] == hearing.right, hearing.weight


def _stretched(odds: Matrix, features: Matrix, right: NDArray[np.bool_], weight: Matrix) -> Matrix:
    """The same order of confidence, stretched and shifted: two numbers, which few texts are enough for."""
    said, sign = features @ odds[:-1] + odds[-1], np.where(right, -1.0, 1.0)

    def cost(line: Matrix) -> float:
        away = line - (1.0, 0.0)
        return float(weight @ np.logaddexp(0, sign * (line[0] * said + line[1])) + away @ away)

    stretch, shift = minimize(cost, (1.0, 0.0), method="L-BFGS-B", bounds=((0, None), (None, None))).x
    return np.append(stretch * odds[:-1], stretch * odds[-1] + shift)


def _with_silent(odds: Matrix, evidence: Matrix, witnesses: Matrix) -> Matrix:
    """A witness who never spoke in training (nobody gave a session) moves the confidence as it moves the ranking."""
    first = SUMMARY_OF_ALL + len(witnesses)
    for at, witness in enumerate(witnesses):
        if not evidence[:, at].any():
            odds[first + at] = witness
    return odds


def _witnesses(hearing: Hearing, prior: Matrix) -> Matrix:
    known = hearing.right >= 0
    return weigh(hearing.evidence[known], hearing.right[known], hearing.weight[known], prior)


def weigh(evidence: Matrix, right: NDArray[np.intp], weight: Matrix, prior: Matrix) -> Matrix:
    """How much each witness is to be heard: the likeliest weights, none below 0."""
    rows = np.arange(len(right))

    def cost(weights: Matrix) -> tuple[float, Matrix]:
        logs = log_chances(np.einsum("w,twl->tl", weights, evidence))
        expected = np.einsum("tl,twl->tw", np.exp(logs), evidence)
        slope = weight @ (expected - evidence[rows, :, right])
        away = weights - prior
        return float(HOLD * away @ away - weight @ logs[rows, right]), slope + 2 * HOLD * away

    return np.asarray(minimize(cost, prior, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(prior)).x)


def _logistic(features: Matrix, right: NDArray[np.bool_], weight: Matrix) -> Matrix:
    """Weights for features as they are, and the constant; fitted on standardised ones."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = np.column_stack([(features - mean) / spread, np.ones(len(features))])
    wanted = right.astype(float)

    def cost(weights: Matrix) -> tuple[float, Matrix]:
        odds = scaled @ weights
        loss = weight @ (np.logaddexp(0, odds) - wanted * odds)
        held = np.append(weights[:-1], 0.0)
        slope = scaled.T @ (weight * (1 / (1 + np.exp(-odds)) - wanted))
        return float(loss + SHRINK * held @ held), slope + 2 * SHRINK * held

    found = minimize(cost, np.zeros(scaled.shape[1]), jac=True, method="L-BFGS-B").x
    plain = found[:-1] / spread
    return np.append(plain, found[-1] - plain @ mean)
