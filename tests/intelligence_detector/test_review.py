"""The validator of example files, and what it says of ours."""

import json
import subprocess
import sys

import pytest

from e2e.traffic.sentences import SENTENCES
from intelligence_detector.review import entries, main, review, shipped_files


@pytest.fixture
def look(tmp_path):
    """Write splits as files and give back every problem."""

    def looked(*, least=1, **splits):
        found = {}
        for name, rows in splits.items():
            file = tmp_path / f"{name}.jsonl"
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
            found[name] = entries(file, labelled=not name.endswith("oos"))
        return [problem.replace(f"{tmp_path}/", "") for problem in review(found, least)]

    return looked


def rows(*pairs):
    return [{"text": text, "label": label} for text, label in pairs]


GOOD = rows(("ship the build tonight", "devops"), ("write tests for the parser", "qa"))


def test_good_files_have_no_problems(look):
    assert look(train=GOOD, validation=rows(("roll back the cluster", "devops")), oos=[{"text": "nice weather"}]) == []


def test_the_same_sentence_twice_is_named_with_both_places(look):
    found = look(train=[*GOOD, *rows(("please SHIP the build tonight!", "devops"))])
    assert found == ["train.jsonl:3: stands already at train.jsonl:1; remove one"]


def test_two_labels_for_one_sentence_are_named(look):
    found = look(train=[*GOOD, *rows(("ship the build tonight", "qa"))])
    assert found == ["train.jsonl:3: stands already at train.jsonl:1, there as 'devops'; remove one"]


def test_diacritics_do_not_make_a_new_sentence(look):
    found = look(train=rows(("sửa lỗi trang chủ", "qa"), ("sua loi trang chu", "qa")))
    assert found == ["train.jsonl:2: stands already at train.jsonl:1; remove one"]


def test_a_near_copy_in_another_split_is_named(look):
    found = look(train=GOOD, validation=rows(("write tests for the parsers", "qa")))
    assert found == ["validation.jsonl:1: nearly train.jsonl:2 (98 of 100 alike); keep it in one split"]


def test_what_is_in_scope_must_not_be_out_of_scope_too(look):
    found = look(train=GOOD, oos=[{"text": "ship the build tonight"}])
    assert found == ["oos.jsonl:1: nearly train.jsonl:1 (100 of 100 alike); keep it in one split"]


def test_a_few_common_words_are_no_copy(look):
    assert look(train=rows(("fix the test", "qa")), validation=rows(("fix the tests", "qa"))) == []


def test_too_few_examples_and_unequal_labels_are_named(look):
    many = [(f"deploy number {n} to {n * 7}", "devops") for n in range(5)]
    found = look(train=rows(*many, ("test it", "qa")), least=2)
    assert found == [
        "train.jsonl: 'qa' has 1 examples; write at least 2",
        "train.jsonl: 'devops' has 5 examples and 'qa' 1; write more of the rare",
    ]


def test_a_label_that_training_does_not_know_is_named(look):
    found = look(train=GOOD, test=rows(("paint the wall", "painter")))
    assert found == ["test.jsonl: 'painter' is no label of the training examples; mend or remove it"]


def test_a_sentence_without_words_is_named(look):
    assert look(train=[*GOOD, *rows(("?!", "qa"))]) == ["train.jsonl:3: says nothing; remove it"]


@pytest.mark.parametrize(
    "line", ['{"text": "x", "lable": "qa"}', "{", '{"text": ""}', '{"text": "\\ud800", "label": "a"}']
)
def test_a_line_that_is_no_example_is_named_and_ends_the_review(tmp_path, capsys, line):
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps(GOOD[0]) + "\n" + line + "\n")
    assert main(["--train", str(file)]) == 1
    assert capsys.readouterr().out.startswith(f"{file}:2: ")


def test_our_own_examples_have_no_problems(capsys):
    assert main(["--least", "40"]) == 0
    assert capsys.readouterr().out.endswith(": 0 problems\n")


def test_nothing_we_teach_or_choose_by_is_in_the_traffic_we_test_with():
    shipped = {name: entries(path, labelled=not name.endswith("oos")) for name, path in shipped_files().items()}
    assert list(review(shipped | {"test": entries(SENTENCES, labelled=True)}, 40)) == []


@pytest.mark.process
def test_the_command_runs_as_a_module():
    ran = subprocess.run(
        [sys.executable, "-m", "intelligence_detector.review"], capture_output=True, text=True, check=True
    )
    assert "0 problems" in ran.stdout
