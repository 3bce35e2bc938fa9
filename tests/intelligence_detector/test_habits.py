"""What usually follows what is learned from lessons that tell what was asked before."""

import numpy as np
import pytest

from intelligence_detector.learn import habits
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.training import Course, train
from intelligence_detector.lexicon import normalise
from intelligence_detector.model import Hints
from intelligence_detector.modelfile import load, save
from intelligence_detector.tiers.habits import Past
from intelligence_detector.workbench import detect

LABELS = ("build", "check", "write")
AFTER = {"build": "check", "check": "write", "write": "build"}
"""In this shop nobody does the same thing twice."""


def lesson(label, before, project="", text="do the next thing"):
    return Lesson(normalise(text), label, Hints((before,), (), project), text)


def shop(times, project=""):
    return [lesson(label, before, project) for before, label in AFTER.items() for _ in range(times)]


def likeliest(learned, hints):
    past = Past.of([LABELS.index(one) for one in hints.previous], len(LABELS))
    return LABELS[int(learned.log_odds(past, hints.project).argmax())]


@pytest.mark.parametrize(("before", "label"), AFTER.items())
def test_who_follows_whom_is_learned_even_where_it_is_never_the_same_again(before, label):
    assert likeliest(habits.learn(shop(60), LABELS), Hints((before,))) == label


def test_a_project_with_enough_lessons_has_habits_of_its_own():
    stubborn = [lesson(label, label, "mill") for label in LABELS for _ in range(100)]
    learned = habits.learn([*shop(100, "shop"), *stubborn], LABELS)
    assert learned.projects == ("mill", "shop")
    assert likeliest(learned, Hints(("check",), (), "mill")) == "check"
    assert likeliest(learned, Hints(("check",), (), "shop")) == "write"


def test_nothing_is_learned_from_a_few_lessons_or_for_very_many_labels():
    assert habits.learn(shop(3), LABELS) is None
    assert habits.learn(shop(60), [*LABELS, *map(str, range(150))]) is None


@pytest.mark.process
def test_habits_are_kept_in_the_model_file_and_decide_what_the_words_leave_open(tmp_path):
    words = {"build": "make the shed", "check": "look at the roof", "write": "note the sizes"}
    lessons = [lesson(label, before, "shop", words[label]) for before, label in AFTER.items() for _ in range(20)]
    models = train(Course([*lessons, *shop(60, "shop")]))
    save(models, tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    kept = again.witnesses.surroundings.habits
    assert kept.projects == ("shop",)
    np.testing.assert_allclose(kept.head.weights, models.witnesses.surroundings.habits.head.weights, atol=1e-2)
    for before, label in AFTER.items():
        assert detect(again, "do the next thing", Hints((before,), (), "shop")).ranking[0][0] == label
