"""The optional sentence encoder: reading one, its static table, and models taught with it."""

import json

import numpy as np
import pytest

from intelligence_detector import workbench
from intelligence_detector.__main__ import main
from intelligence_detector.encoder.bert import Encoder
from intelligence_detector.encoder.errors import EncoderError
from intelligence_detector.encoder.store import table_of
from intelligence_detector.lexicon import normalise
from intelligence_detector.model import Hints
from intelligence_detector.progress import silent
from intelligence_detector.tiers.cascade import full_analysis
from intelligence_detector.tiers.evidence import Evidence
from tests.intelligence_detector import tiny_encoder
from tests.intelligence_detector.lessons import OUTSIDE, ROWS, write

pytestmark = pytest.mark.process

WORDS = {word for row in ROWS for word in row["text"].split()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_encoder.write(tmp_path_factory.mktemp("encoders") / "tiny", WORDS)


@pytest.fixture(scope="module")
def taught(folder, tmp_path_factory):
    """A model file taught with the encoder, with texts for it to teach the quick filter by."""
    place = tmp_path_factory.mktemp("taught")
    write(place / "train.jsonl", [row for at, row in enumerate(ROWS) if at % 4])
    write(place / "more.jsonl", [{"text": text} for text in (*(row["text"] for row in ROWS[::4]), *OUTSIDE)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROLLOUT_CACHE", str(place / "cache"))
        beside = workbench.Lectern(encoder=folder, unlabelled=place / "more.jsonl")
        workbench.save(workbench.train(place / "train.jsonl", beside), place / "m.npz")
    return place / "m.npz"


def test_a_text_becomes_one_vector_of_length_1_alone_or_among_others(folder):
    encoder = Encoder(folder)
    texts = ["order a pizza", "the bill", "a", "", "book a table for two please " * 50]
    alone = np.array([encoder.encode(text) for text in texts])
    assert np.allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-5)
    assert np.allclose(alone, np.array(encoder.encode_many(texts)), atol=1e-5)


def test_word_order_matters_to_the_encoder_and_not_to_its_table(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("ROLLOUT_CACHE", str(tmp_path))
    encoder, table = Encoder(folder), table_of(folder, silent)
    one, other = "the chef thank", "thank the chef"
    assert not np.allclose(encoder.encode(one), encoder.encode(other), atol=1e-3)
    assert np.allclose(table.vector(normalise(one)), table.vector(normalise(other)), atol=1e-6)
    assert not table.vector(normalise("\u0e01\u0e02")).any()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_what_is_missing_is_named(tmp_path, name):
    folder = tiny_encoder.write(tmp_path / "part", {"a"})
    (folder / name).unlink()
    with pytest.raises(EncoderError, match=f"{name} is missing"):
        Encoder(folder)


def test_another_kind_of_network_is_refused(tmp_path):
    folder = tiny_encoder.write(tmp_path / "other", {"a"})
    (folder / "config.json").write_text(json.dumps({"model_type": "t5", "hidden_act": "relu"}), "utf-8")
    with pytest.raises(EncoderError, match="only bert with gelu"):
        Encoder(folder)


CONFIG = {"model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": 2, "num_attention_heads": 4}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"{not json"),
        ("config.json", b"[]"),
        ("config.json", json.dumps(CONFIG | {"num_attention_heads": 3}).encode()),
        ("config.json", json.dumps(CONFIG | {"num_hidden_layers": None}).encode()),
        ("model.safetensors", b""),
        ("model.safetensors", None),
        ("tokenizer.json", b"{}"),
    ],
)
def test_a_damaged_file_is_named_with_the_cure_before_anything_is_kept(tmp_path, monkeypatch, name, content):
    """None stands for the first half of the file."""
    monkeypatch.setenv("ROLLOUT_CACHE", str(tmp_path / "cache"))
    path = tiny_encoder.write(tmp_path / "tiny", {"a"}) / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if content is None else content)
    with pytest.raises(EncoderError, match=rf"{name}: [^\n]*; download the encoder again$"):
        table_of(path.parent, silent)
    assert not (tmp_path / "cache").exists()


def test_a_vocabulary_larger_than_the_table_of_vectors_is_refused_before_anything_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("ROLLOUT_CACHE", str(tmp_path / "cache"))
    small, large = (tiny_encoder.write(tmp_path / str(len(words)), words) for words in ({"a"}, WORDS))
    (small / "tokenizer.json").write_bytes((large / "tokenizer.json").read_bytes())
    with pytest.raises(EncoderError, match=r"tokenizer.json: does not fit the \d+ pieces"):
        table_of(small, silent)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("kept", [0, 200, -30])
def test_a_damaged_table_in_the_cache_is_distilled_again(folder, tmp_path, monkeypatch, kept):
    monkeypatch.setenv("ROLLOUT_CACHE", str(tmp_path))
    table = table_of(folder, silent)
    (path,) = tmp_path.glob("encoders/static-*.npz")
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    assert np.array_equal(table_of(folder, silent).vectors, table.vectors)
    assert len(path.read_bytes()) == len(whole)


def test_a_model_taught_with_an_encoder_answers_with_it_and_without(taught, folder):
    without = workbench.load(taught)
    model = workbench.with_encoder(without, folder)
    assert (model.encodes, without.encodes) == (True, False)
    for one in (model, without):
        right = sum(workbench.detect(one, row["text"]).ranking[0][0] == row["label"] for row in ROWS)
        assert right / len(ROWS) >= 0.8
        evidence = Evidence(normalise("a pizza maybe"), hints=Hints(), witnesses=one.witnesses, encode=one.encode)
        assert full_analysis([evidence], one)[0].tier == "full_analysis"
    assert model.about["encoder"] == "tiny"
    assert "unlabelled_learned" in model.about
    assert workbench.facts_of(model)["encoder"] == "tiny"


def test_another_encoder_than_the_teacher_is_refused(taught, tmp_path):
    other = tiny_encoder.write(tmp_path / "other", WORDS, seed=2)
    with pytest.raises(EncoderError, match="not the encoder that the model was taught with"):
        workbench.with_encoder(workbench.load(taught), other)


def test_the_command_names_a_folder_that_is_no_encoder(taught, tmp_path, capsys):
    assert main(["detect", "--model", str(taught), "--encoder", str(tmp_path), "a pizza"]) == 2
    assert "config.json is missing" in capsys.readouterr().err
