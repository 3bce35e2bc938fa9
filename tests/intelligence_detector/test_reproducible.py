"""Training is the same wherever it runs."""

import os
import subprocess
import sys

import pytest

from intelligence_detector import workbench
from tests.intelligence_detector import tiny_encoder
from tests.intelligence_detector.lessons import ROWS, write

pytestmark = pytest.mark.process


def test_two_processes_that_order_their_sets_differently_learn_the_same_model(tmp_path):
    write(tmp_path / "train.jsonl", ROWS)
    versions = {_version(tmp_path, order) for order in ("1", "2")}
    assert len(versions) == 1


def test_so_they_do_with_an_encoder_and_texts_without_labels(tmp_path):
    write(tmp_path / "train.jsonl", [row for at, row in enumerate(ROWS) if at % 4])
    write(tmp_path / "more.jsonl", [{"text": row["text"]} for row in ROWS[::4]])
    encoder = tiny_encoder.write(tmp_path / "tiny", {word for row in ROWS for word in row["text"].split()})
    beside = ["--encoder", str(encoder), "--unlabelled", str(tmp_path / "more.jsonl")]
    versions = {_version(tmp_path, order, beside) for order in ("1", "2")}
    assert len(versions) == 1


def _version(folder, order, beside=()):
    model = folder / f"{order}.npz"
    command = [sys.executable, "-m", "intelligence_detector", "train"]
    options = ["--examples", str(folder / "train.jsonl"), "--model", str(model), "--seed", "7", *beside]
    # The interpreter shuffles its sets by this number.
    around = os.environ | {"PYTHONHASHSEED": order, "ROLLOUT_CACHE": str(folder / f"cache-{order}")}
    subprocess.run([*command, *options], env=around, check=True, capture_output=True)
    return workbench.version_of(workbench.load(model))
