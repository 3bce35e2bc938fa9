"""How confidence is fitted: by cross-fitting, and by what is really asked where that is known."""

import numpy as np
import pytest

from intelligence_detector.learn import stages
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.stages import Hearing
from intelligence_detector.learn.training import OUTSIDE_SHARE, UNSEEN_SHARE, Course, train
from intelligence_detector.lexicon import normalise
from intelligence_detector.workbench import detect
from tests.intelligence_detector.lessons import OUTSIDE, ROWS

LESSONS = [Lesson(normalise(row["text"]), row["label"]) for row in ROWS]


def hearing(rng, texts, right_of_ten):
    """One witness who is loud for one of three labels, and right so often."""
    loud, right = rng.integers(0, 3, texts), rng.integers(0, 3, texts)
    good = rng.random(texts) < right_of_ten / 10
    right = np.where(good, loud, (loud + 1 + right % 2) % 3)
    evidence = np.zeros((texts, 1, 3))
    evidence[np.arange(texts), 0, loud] = rng.random(texts) + 1
    return Hearing(evidence, right, np.zeros((texts, 0)), np.ones(texts))


def test_texts_held_back_raise_a_confidence_that_was_learned_from_harder_ones_and_keep_its_order():
    rng = np.random.default_rng(5)
    examples, held = hearing(rng, 2_000, 6), hearing(rng, 400, 9)
    alone, told = (stages.fit(examples, np.ones(1), one) for one in (None, held))
    before, after = (stage.decide(held.evidence, held.signals) for stage in (alone, told))
    right = (after.order[:, 0] == held.right).mean()
    assert abs(after.confidence.mean() - right) < 0.02 < right - before.confidence.mean()
    np.testing.assert_array_equal(before.order, after.order)


@pytest.mark.process
def test_without_texts_from_outside_fewer_are_assumed_than_with_some():
    outside = [Lesson(normalise(text), "") for text in OUTSIDE]
    assert UNSEEN_SHARE < OUTSIDE_SHARE
    alone, warned = train(Course(LESSONS)), train(Course(LESSONS, outside))
    assert _sure(alone) > _sure(warned)


def _sure(models):
    return np.mean([detect(models, f"{lesson.normal.text} tonight").confidence for lesson in LESSONS])
