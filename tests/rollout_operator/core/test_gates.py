"""Evidence in, verdict out."""

import math

import pytest

from rollout_operator.gates import assess
from rollout_operator.gates.bound import meets
from rollout_operator.model.seen import Answer, Lack, Samples
from rollout_operator.model.spec import Gate
from rollout_operator.model.status import VerdictKind
from tests.support.world import START


def gate(**threshold):
    base = {"query": "q", "pass": ">= 0.95", "fail": "< 0.92", "failFor": "1 of 1"}
    return Gate.model_validate({"name": "accuracy", "threshold": base | threshold})


def verdict(value, count=None, **threshold):
    answer = value if isinstance(value, Answer) else Answer(value)
    return assess(gate(**threshold), Samples(answer, count), None, START)


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        (0.95, VerdictKind.PASS, "WithinBound"),
        (0.99, VerdictKind.PASS, "WithinBound"),
        (0.9199, VerdictKind.FAIL, "OverBound"),
        (0.93, VerdictKind.INCONCLUSIVE, "BetweenBounds"),
        (math.nan, VerdictKind.INCONCLUSIVE, "NaN"),
        (math.inf, VerdictKind.INCONCLUSIVE, "Infinite"),
        (-math.inf, VerdictKind.FAIL, "OverBound"),
    ],
)
def test_a_value_is_compared_with_both_bounds(value, kind, reason):
    judged = verdict(value)
    assert (judged.verdict, judged.reason) == (kind, reason)


def test_infinity_fails_where_lower_is_better():
    assert verdict(math.inf, **{"pass": "< 25", "fail": ">= 25"}).verdict is VerdictKind.FAIL


@pytest.mark.parametrize("lack", list(Lack))
def test_a_missing_answer_is_never_good_and_never_bad(lack):
    judged = verdict(Answer.missing(lack, "why"))
    assert judged.verdict not in {VerdictKind.PASS, VerdictKind.FAIL}
    assert (judged.reason, judged.message) == (lack, "why")


def test_too_few_samples_say_nothing():
    judged = verdict(0.5, Answer(199.0), samples="count", minSamples=200)
    assert (judged.verdict, judged.reason) == (VerdictKind.INCONCLUSIVE, Lack.TOO_FEW_SAMPLES)
    assert verdict(0.5, Answer(200.0), samples="count", minSamples=200).verdict is VerdictKind.FAIL
    assert verdict(0.5, Answer(math.nan), samples="count", minSamples=200).verdict is VerdictKind.INCONCLUSIVE
    assert verdict(0.5, Answer.missing(Lack.NO_DATA), samples="count").verdict is VerdictKind.INCONCLUSIVE


def test_a_failure_counts_once_it_came_as_often_as_asked():
    three = gate(failFor="3 of 5")
    status, kinds = None, []
    for value in (0.5, 0.99, 0.5, 0.93, 0.5, 0.99):
        status = assess(three, Samples(Answer(value)), status, START)
        kinds.append(status.verdict)
    unsure = VerdictKind.INCONCLUSIVE
    assert kinds == [unsure, VerdictKind.PASS, unsure, unsure, VerdictKind.FAIL, VerdictKind.PASS]
    assert status.recent == "PF-FP"


@pytest.mark.parametrize(
    ("bound", "below", "at", "above"),
    [
        ("> 1", False, False, True),
        (">= 1", False, True, True),
        ("< 1", True, False, False),
        ("<= 1", True, True, False),
    ],
)
def test_bounds_compare_as_they_read(bound, below, at, above):
    assert [meets(0.9, bound), meets(1.0, bound), meets(1.1, bound)] == [below, at, above]
