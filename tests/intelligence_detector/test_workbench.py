"""Train, save, load, evaluate, detect and explain on labels that the package has never seen."""

import json

import numpy as np
import pytest

from intelligence_detector import workbench
from intelligence_detector.__main__ import main
from intelligence_detector.learn.measures import calibration_error, coverage_at, reliability, share
from intelligence_detector.lexicon import normalise
from intelligence_detector.model import Hints, Switches
from intelligence_detector.modelfile import ModelFileError
from intelligence_detector.tiers.cascade import Question, decide
from tests.intelligence_detector.lessons import OUTSIDE, ROWS, write

pytestmark = pytest.mark.process

KEYS = {
    *("forced_accuracy", "coverage", "accuracy_when_answered", "oos_recall", "oos_recall_at_925_kept", "ece"),
    *("reliability", "tiers", "latency_ms", "legacy_accuracy", "examples", "labels", "train_seconds", "model_bytes"),
}
KNOWN = ROWS[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with examples, texts from outside, a test set and a trained model."""
    folder = tmp_path_factory.mktemp("inn")
    write(folder / "train.jsonl", [row for place, row in enumerate(ROWS) if place % 4])
    write(folder / "test.jsonl", ROWS[::4])
    write(folder / "oos.jsonl", [{"text": text} for text in OUTSIDE])
    workbench.save(workbench.train(folder / "train.jsonl", workbench.Lectern(folder / "oos.jsonl")), folder / "m.npz")
    return folder


@pytest.fixture(scope="module")
def models(folder):
    return workbench.load(folder / "m.npz")


def test_it_knows_the_labels_and_answers_what_it_was_not_taught(models, folder):
    rows = [json.loads(line) for line in (folder / "test.jsonl").read_text("utf-8").splitlines()]
    guesses = [workbench.detect(models, row["text"]).ranking[0][0] for row in rows]
    right = sum(guess == row["label"] for guess, row in zip(guesses, rows, strict=True))
    assert models.labels == ("ask_bill", "book_table", "complain", "order_pizza", "praise")
    assert right / len(rows) >= 0.85


def test_the_same_seed_gives_the_same_model_and_another_seed_another(models, folder):
    beside = workbench.Lectern(folder / "oos.jsonl")
    same, other = (workbench.train(folder / "train.jsonl", beside, seed=seed) for seed in (7, 8))
    assert workbench.version_of(same) == workbench.version_of(models) != workbench.version_of(other)


def test_a_saved_model_answers_as_before(models, tmp_path):
    workbench.save(models, tmp_path / "again.npz")
    again = workbench.load(tmp_path / "again.npz")
    for row in ROWS[::5]:
        assert workbench.detect(again, row["text"]) == workbench.detect(models, row["text"])


def test_the_session_turns_a_vague_request_its_way(models):
    vague = "and that thing too"
    context = Switches(context_analysis=True)
    hints = (Hints(), Hints(previous=("praise", "praise")))
    plain, hinted = decide([Question(normalise(vague), one, context) for one in hints], models)
    chance = [dict(verdict.ranking).get("praise", 0.0) for verdict in (plain, hinted)]
    assert chance[1] > chance[0]


def test_the_report_has_every_figure_with_its_interval(models, folder):
    report = workbench.evaluate(models, folder / "test.jsonl", folder / "oos.jsonl")
    assert report.keys() >= KEYS
    assert report["forced_accuracy"].keys() == {"value", "low", "high", "of"}
    assert (report["examples"], report["labels"], report["oos_examples"]) == (len(ROWS[::4]), 5, len(OUTSIDE))
    assert sum(tier["share"] for tier in report["tiers"].values()) == pytest.approx(1, abs=1e-3)
    assert report["latency_ms"].keys() >= {"p50", "p95", "p99", "max"}
    assert report["encoder"] is None


def test_explain_names_the_words_and_neighbours_that_spoke(models):
    found = workbench.explain(models, "order a big pizza now")
    assert found["ranking"][0]["specialist"] == "order_pizza"
    assert any("pizza" in one["text"] for one in found["neighbours"])
    assert {one["word"] for one in found["words"]} <= {"order", "a", "big", "pizza", "now"}


def test_the_commands_do_the_same(folder, tmp_path, capsys):
    model = str(tmp_path / "m.npz")
    assert main(["train", "--examples", str(folder / "train.jsonl"), "--model", model, "--seed", "7"]) == 0
    assert "5 labels from" in capsys.readouterr().out
    plots = tmp_path / "plots"
    shown = ["--json", "--plots", str(plots)]
    assert main(["evaluate", "--model", model, "--examples", str(folder / "test.jsonl"), *shown]) == 0
    assert json.loads(capsys.readouterr().out).keys() >= KEYS
    assert {path.name for path in plots.iterdir()} == {"reliability.svg", "coverage.svg"}
    assert main(["evaluate", "--model", model, "--examples", str(folder / "test.jsonl")]) == 0
    assert "forced_accuracy" in capsys.readouterr().out
    assert main(["detect", "--model", model, KNOWN["text"]]) == 0
    assert json.loads(capsys.readouterr().out)["specialist"] == KNOWN["label"]
    assert main(["explain", "--model", model, KNOWN["text"]]) == 0
    assert json.loads(capsys.readouterr().out)["exact"] == KNOWN["label"]


@pytest.mark.parametrize(
    "command", [["evaluate", "--examples", "test.jsonl"], ["detect", "hello"], ["explain", "hello"], ["serve"]]
)
def test_an_encoder_for_a_model_taught_without_one_is_refused_in_one_line(folder, tmp_path, capsys, command):
    assert main([*command, "--model", str(folder / "m.npz"), "--encoder", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith(f"{tmp_path}: the model was taught without an encoder")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b'{"text": "a"}'])
def test_what_is_no_model_is_refused_by_name(tmp_path, content):
    path = tmp_path / "m.npz"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"m.npz: is no model of this version"):
        workbench.load(path)


def test_shares_carry_their_wilson_interval():
    assert share(0, 0)["value"] is None
    assert share(8, 10) == {"value": 0.8, "low": 0.4902, "high": 0.9433, "of": 10}


def test_calibration_error_is_the_distance_between_confidence_and_truth():
    confidence = np.array([0.9] * 10)
    assert calibration_error(reliability(confidence, np.array([True] * 9 + [False]))) == 0
    assert calibration_error(reliability(confidence, np.array([False] * 10))) == pytest.approx(0.9)


def test_coverage_counts_the_surest_as_long_as_enough_of_them_are_right():
    assert coverage_at(np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, True, False, False]), 0.95) == 0.5
