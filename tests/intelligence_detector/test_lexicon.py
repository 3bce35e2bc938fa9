"""The normal form, and the examples that ship with the package."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelligence_detector.catalogue import SPECIALISTS
from intelligence_detector.lexicon import MAX_CHARACTERS, MAX_TOKENS, load_vocabulary, normalise


@given(st.text())
def test_the_normal_form_of_a_normal_form_is_itself(text):
    once = normalise(text)
    assert normalise(once.text) == once


@given(st.text())
def test_case_does_not_count(text):
    assert normalise(text.casefold()).folded == normalise(text).folded


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("  Build   LOGIN\nscreen!! ", "build login screen"),
        ("please build login screen, thanks", "build login screen"),
        ("C++ and C# on .NET with CI/CD, node.js", "c++ and c# on .net with ci/cd node.js"),
        ("lo\u200bgin \u202escreen", "login screen"),
        ("\uff46\uff55\uff4c\uff4c\u3000\uff57\uff49\uff44\uff54\uff48", "full width"),
        ("\ud800 lone", "lone"),
        ("please", "please"),
        ("?!", ""),
    ],
)
def test_what_a_text_becomes(text, tokens):
    assert normalise(text).text == tokens


def test_vietnamese_with_and_without_diacritics_meet_in_the_folded_form():
    assert normalise("Thiết kế giao diện đăng nhập").folded == normalise("thiet ke giao dien dang nhap").folded


def test_composed_and_decomposed_diacritics_are_the_same():
    assert normalise("thie\u0302\u0301t") == normalise("thiết")


@given(st.text(min_size=1, max_size=20))
def test_no_text_is_too_long(text):
    normal = normalise((text * MAX_CHARACTERS)[: 2 * MAX_CHARACTERS])
    assert len(normal.tokens) <= MAX_TOKENS
    assert len(normal.text) <= MAX_CHARACTERS


def test_a_character_that_becomes_eighteen_does_not_get_around_the_cap():
    assert len(normalise("\ufdfa" * MAX_CHARACTERS).text) <= MAX_CHARACTERS


def test_the_digest_tells_texts_apart_and_does_not_hold_them():
    assert normalise("Build it").digest == normalise("build it!").digest != normalise("break it").digest
    assert len(normalise("x" * 500).digest) == 16


def test_every_specialist_has_at_least_forty_examples_and_none_stands_twice(examples):
    count = Counter(example.label for example in examples)
    assert set(count) == set(SPECIALISTS)
    assert min(count.values()) >= 40
    assert len({example.normal.digest for example in examples}) == len(examples)


def test_a_term_of_the_vocabulary_belongs_to_one_specialist():
    terms = Counter(example.normal.folded for example in load_vocabulary())
    assert [term for term, count in terms.items() if count > 1] == []


def test_no_held_out_sentence_is_an_example(examples, sentences):
    known = {example.normal.folded for example in examples}
    assert not [row["text"] for row in sentences if normalise(row["text"]).folded in known]
