"""How long the network learns."""

import random

import pytest

from intelligence_detector.learn.duration import BRIEF, brief
from intelligence_detector.learn.fitting import MANY, Plan
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.network import Recipe
from intelligence_detector.learn.training import Course, train
from intelligence_detector.lexicon import normalise

LABELS = ("red", "green", "blue", "grey")
WORDS = ("rose", "leaf", "sky", "stone", "glass", "paint", "door", "wall", "lamp", "chair", "cloth", "shoe")


def contradictory() -> list[Lesson]:
    """Some word tells the label, but half of the time another label was written down."""
    rng = random.Random(3)  # noqa: S311 - a fixed draw, no secret
    found = []
    for _ in range(MANY):
        word = rng.choice(WORDS)
        label = rng.choice(LABELS) if rng.random() < 0.5 else LABELS[WORDS.index(word) % len(LABELS)]
        found.append(Lesson(normalise(f"{word} {rng.choice(WORDS)} {rng.randrange(900)}"), label))
    return found


def rich() -> list[Lesson]:
    """A hundred labels with thirty words each, of which a text has two among words of all."""
    rng = random.Random(3)  # noqa: S311 - a fixed draw, no secret
    words = ["".join(rng.choice("bcdfglmnprstv") + rng.choice("aeiou") for _ in range(4)) for _ in range(3_000)]
    found = []
    for number in range(MANY):
        own = words[number % 100 :: 100]
        text = rng.sample([*rng.sample(own, 2), *rng.sample(WORDS, 4)], 6)
        found.append(Lesson(normalise(" ".join(text)), f"label {number % 100}"))
    return found


@pytest.mark.process
def test_many_examples_that_contradict_each_other_are_learned_briefly():
    told = []
    models = train(Course(contradictory()), lambda done, of: told.append((done, of)))
    assert models.about["epochs"] == BRIEF
    done, of = told[-1]
    assert done == of, "the progress ends at its end all the same"


@pytest.mark.process
def test_many_examples_of_many_words_are_learned_for_long():
    assert train(Course(rich())).about["epochs"] > BRIEF


def test_of_few_examples_nothing_is_tried_but_learning_for_long():
    plan = Plan(LABELS, Recipe(), seed=7)
    assert brief(plan, MANY - 1) is None
    assert brief(plan, MANY).recipe.epochs == BRIEF
