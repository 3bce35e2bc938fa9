"""Bad files give one clear line with file and line number; good ones become lessons."""

import json
from pathlib import Path

import pytest

from intelligence_detector.__main__ import main
from intelligence_detector.learn.lessons import MAX_BYTES, LessonError, check_trainable, read_examples, read_texts
from intelligence_detector.model import Hints

GOOD = json.dumps({"text": "book a table", "label": "book"})


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", 1, "is empty"),
        (b"\n \n", 1, "is empty"),
        (b"{", 1, "is not JSON"),
        (GOOD.encode() + b"\nnonsense", 2, "is not JSON"),
        (b"[" * 100_000, 1, "is not JSON"),
        (b"[]", 1, "is not an object"),
        (b"\xff\xfe{", 1, "is not UTF-8"),
        (b'{"label": "a"}', 1, "text is missing"),
        (b'{"text": "a"}', 1, "label is missing"),
        (b'{"text": 5, "label": "a"}', 1, "text must be a string"),
        (b'{"text": " ", "label": "a"}', 1, "text must be a string that is not empty"),
        (b'{"text": "a", "intent": "a"}', 1, "unknown key 'intent'"),
        (b'{"text": "\\ud800", "label": "a"}', 1, "lone surrogate"),
        (b'{"text": "a", "label": "\\udfff"}', 1, "lone surrogate"),
        (b'{"text": "a", "label": "' + b"l" * 257 + b'"}', 1, "257 characters"),
        (b'{"text": "' + b"a" * 70_000 + b'", "label": "a"}', 1, "65536 bytes"),
        (b'{"text": "a", "label": "a", "context": []}', 1, "context must be an object"),
        (b'{"text": "a", "label": "a", "context": {"user": "x"}}', 1, "context must be an object"),
        (b'{"text": "a", "label": "a", "context": {"files": "x"}}', 1, "lists of strings"),
        (b'{"text": "a", "label": "a", "context": {"previous": [5]}}', 1, "lists of strings"),
        (b'{"text": "a", "label": "a", "context": {"project": "\\ud800"}}', 1, "context holds a lone surrogate"),
        (b'{"text": "a", "label": "a", "context": {"files": ["\\ud800"]}}', 1, "context holds a lone surrogate"),
    ],
)
def test_a_bad_line_is_named_with_its_file_and_number(tmp_path, content, line, says):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    with pytest.raises(LessonError) as error:
        read_examples(path)
    message = str(error.value)
    assert message.startswith(f"{path}:{line}: ")
    assert says in message
    assert "\n" not in message


def test_no_more_than_the_limit_is_read_of_a_huge_file_or_an_endless_device(tmp_path):
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    for endless in (path, Path("/dev/zero")):
        with pytest.raises(LessonError, match=f"{endless}:1: is too much; at most 64 MB are read"):
            read_examples(endless)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(LessonError, match=f"{path}:0: cannot be read"):
            read_examples(path)


@pytest.mark.parametrize(
    ("labels", "line", "says"), [("aaa", 1, "at least two labels"), ("aabbc", 5, "'c' has a single example")]
)
def test_one_label_or_one_example_of_a_label_is_too_little(tmp_path, labels, line, says):
    path = tmp_path / "few.jsonl"
    path.write_text("\n".join(json.dumps({"text": f"text {n}", "label": one}) for n, one in enumerate(labels)), "utf-8")
    with pytest.raises(LessonError, match=f"few.jsonl:{line}: .*{says}"):
        check_trainable(read_examples(path), path)


def test_blank_lines_count_when_a_line_is_named(tmp_path):
    path = tmp_path / "few.jsonl"
    rows = [GOOD, "", "", GOOD.replace("table", "room"), "", json.dumps({"text": "a", "label": "rare"})]
    path.write_text("\n".join(rows), "utf-8")
    with pytest.raises(LessonError, match=r"few\.jsonl:6: 'rare' has a single example"):
        check_trainable(read_examples(path), path)


def test_a_byte_order_mark_blank_lines_and_context_are_read(tmp_path):
    path = tmp_path / "good.jsonl"
    context = {"previous": ["book"], "files": ["a.sql"], "project": "inn"}
    path.write_text("\ufeff" + GOOD + "\r\n\n" + json.dumps(json.loads(GOOD) | {"context": context}) + "\n", "utf-8")
    plain, with_context = read_examples(path)
    assert (plain.label, plain.normal.tokens) == ("book", ("book", "a", "table"))
    assert with_context.hints == Hints(("book",), ("a.sql",), "inn")
    assert [lesson.label for lesson in read_texts(path)] == ["", ""]


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_the_command_prints_that_line_and_exits_with_2(tmp_path, capsys, command):
    path = tmp_path / "bad.jsonl"
    path.write_text(GOOD + "\n{", "utf-8")
    model = tmp_path / "model.npz"
    assert main([command, "--examples", str(path), "--model", str(model)]) == 2
    err = capsys.readouterr().err.strip().splitlines()
    assert len(err) == 1
    assert err[0].startswith(f"{path}:2: " if command == "train" else f"{model}: ")


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("train.jsonl", "is read by this command"),
        ("", "is a directory"),
        ("train.jsonl/model.npz", "cannot be written"),
    ],
)
def test_a_place_that_cannot_take_the_model_is_refused_before_the_work(tmp_path, capsys, place, says):
    path = tmp_path / "train.jsonl"
    path.write_text("not read yet", "utf-8")
    assert main(["train", "--examples", str(path), "--model", str(tmp_path / place)]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith(f"--model {tmp_path / place}: ")
    assert says in line
    assert path.read_text("utf-8") == "not read yet"


def test_texts_without_labels_need_an_encoder(tmp_path, capsys):
    texts = tmp_path / "texts.jsonl"
    given = ["--examples", str(texts), "--unlabelled", str(texts), "--model", str(tmp_path / "model.npz")]
    assert main(["train", *given]) == 2
    assert "--unlabelled: " in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [("--seed", "-1"), ("--floor", "nan"), ("--floor", "5"), ("--floor", "-1")])
def test_a_number_out_of_range_is_refused(capsys, wrong):
    with pytest.raises(SystemExit) as end:
        main(["train", "--examples", "e.jsonl", "--model", "m.npz", *wrong])
    assert end.value.code == 2
    assert f"argument {wrong[0]}: must be" in capsys.readouterr().err
