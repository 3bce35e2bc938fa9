"""The quick filter learns from sure answers on texts without labels; nothing else does."""

import numpy as np
import pytest

from intelligence_detector.encoder.bert import Encoder
from intelligence_detector.encoder.store import table_of
from intelligence_detector.learn.distilled import Trust, distil
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.training import Course, learn
from intelligence_detector.lexicon import normalise
from intelligence_detector.progress import silent
from tests.intelligence_detector import tiny_encoder
from tests.intelligence_detector.lessons import ROWS

pytestmark = pytest.mark.process

TEXTS = [f"{left} a pizza quattro" for left in ("i want", "bring me", "order", "get us")]
ALL = Trust(sure=0.0, doubt=0.5)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    place = tmp_path_factory.mktemp("distilled")
    words = {word for text in (*TEXTS, *(row["text"] for row in ROWS)) for word in text.split()}
    folder = tiny_encoder.write(place / "tiny", words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROLLOUT_CACHE", str(place / "cache"))
        table = table_of(folder, silent)
    lessons = [Lesson(normalise(row["text"]), row["label"]) for row in ROWS]
    return learn(Course(lessons, table=table, encode=Encoder(folder).encode))


@pytest.fixture(scope="module")
def unlabelled():
    return [Lesson(normalise(text), "") for text in TEXTS]


def test_the_quick_filter_learns_what_a_word_means_that_only_answers_explain(learned, unlabelled):
    word = normalise("quattro")
    models = distil(learned, unlabelled, silent, ALL)
    before, after = (one.witnesses.network.read([word])[0] for one in (learned.models, models))
    assert before.unknown == 1 > after.unknown
    assert models.labels[int(after.log_chances.argmax())] == "order_pizza"
    assert models.about["unlabelled_learned"] == len(TEXTS)


def test_whoever_else_is_heard_and_when_each_tier_decides_stays_as_the_labels_taught_it(learned, unlabelled):
    models = distil(learned, unlabelled, silent, ALL)
    for name in ("exact", "retrieval", "surroundings", "by_encoder", "by_centre"):
        assert getattr(models.witnesses, name) is getattr(learned.models.witnesses, name), name
    assert models.bounds == learned.models.bounds


def test_every_stage_is_less_sure_afterwards_and_ranks_as_before(learned, unlabelled):
    models = distil(learned, unlabelled, silent, ALL)
    for name, stage in models.stages.items():
        before = learned.models.stages[name]
        assert np.array_equal(stage.witnesses, before.witnesses)
        assert np.allclose(before.odds - stage.odds, [*np.zeros(len(stage.odds) - 1), ALL.doubt])


def test_answers_that_are_not_sure_change_nothing(learned, unlabelled):
    models = distil(learned, unlabelled, silent, Trust(sure=1.01))
    assert models.witnesses is learned.models.witnesses
    assert models.stages is learned.models.stages
    assert models.about["unlabelled_learned"] == 0
