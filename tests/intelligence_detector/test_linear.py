"""Which linear model speaks beside the network."""

import random

import numpy as np
import pytest
from scipy import sparse

from intelligence_detector.learn import profile
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.training import Course, train
from intelligence_detector.lexicon import normalise
from tests.intelligence_detector.lessons import ROWS

COMMON = normalise("use this one for any work that needs good care and when you must be sure of what is done").tokens


def descriptions(labels=30, each=3):
    """Long texts, few to a label, that share only some of the label's words."""
    rng = random.Random(5)  # noqa: S311 - a fixed draw, no secret
    words = ["".join(rng.choice("bcdfglmnprstv") + rng.choice("aeiou") for _ in range(4)) for _ in range(labels * 10)]
    found = []
    for label in range(labels):
        for _ in range(each):
            own = rng.sample(words[label * 10 : label * 10 + 10], 3)
            text = rng.sample([*own, *rng.sample(COMMON, 12)], 15)
            found.append(Lesson(normalise(" ".join(text)), f"label {label}"))
    return found


def profiled(models):
    """The profile has no constants, ridge has."""
    return not models.witnesses.network.weights.linear_bias.any()


@pytest.mark.process
def test_examples_of_requests_are_heard_by_ridge():
    assert not profiled(train(Course([Lesson(normalise(row["text"]), row["label"]) for row in ROWS])))


@pytest.mark.process
def test_labels_that_are_only_described_are_heard_by_their_profile():
    assert profiled(train(Course(descriptions())))


def test_a_word_of_one_label_alone_weighs_more_than_a_word_of_all_however_often_it_is_said():
    everywhere, own, other = 0, 1, 2
    rows = np.zeros((4, 3))
    rows[:, everywhere] = 1
    rows[0, own] = rows[1, other] = rows[2, other] = 1
    table, bias = profile.train(sparse.csr_matrix(rows), np.array([0, 1, 1, 2]), 3)
    assert not bias.any()
    assert table[everywhere].max() < 0.1 * table[own, 0]
    assert table[own, 0] > 0 == table[own, 1] == table[own, 2]
