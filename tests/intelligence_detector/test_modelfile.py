"""A damaged model file is refused in one line, whatever the damage."""

from dataclasses import replace

import numpy as np
import pytest

from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.training import Course, train
from intelligence_detector.lexicon import normalise
from intelligence_detector.modelfile import ModelFileError, load, save, version_of
from tests.intelligence_detector.lessons import ROWS

POSITIONS = 200


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "m.npz"
    save(train(Course([Lesson(normalise(row["text"]), row["label"]) for row in ROWS[::4]])), path)
    return path


def weights_of(models):
    return version_of(replace(models, about={}))


def test_one_flipped_byte_is_refused_or_changes_nothing(path, tmp_path):
    content, whole = path.read_bytes(), weights_of(load(path))
    damaged, refusals = tmp_path / "m.npz", []
    tail = range(len(content) - POSITIONS // 4, len(content))
    for place in (*np.linspace(0, len(content) - 1, POSITIONS - len(tail)).astype(int), *tail):
        damaged.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            assert weights_of(load(damaged)) == whole
        except ModelFileError as error:
            refusals.append(str(error))
    assert len(refusals) > POSITIONS // 2
    assert not any("\n" in one for one in refusals)


@pytest.mark.parametrize("name", ["rarity", "places", "output_bias"])
@pytest.mark.parametrize("change", [lambda array: array[:-1], lambda array: array * np.float32("nan")])
def test_a_well_formed_file_that_save_did_not_write_is_refused(path, tmp_path, name, change):
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(tmp_path / "m.npz", **arrays | {name: change(arrays[name])})
    with pytest.raises(ModelFileError, match=r"m.npz: is no model of this version \(its digest is another"):
        load(tmp_path / "m.npz")
