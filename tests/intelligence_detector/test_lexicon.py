"""The normal form, and the examples that ship with the package."""

import sys
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelligence_detector.catalogue import SPECIALISTS
from intelligence_detector.lexicon import MAX_TOKENS, load_vocabulary, normalise
from intelligence_detector.surface import MAX_BYTES, MAX_CHARACTERS, TooLongError, visible


@given(st.text())
def test_the_normal_form_of_a_normal_form_is_itself(text):
    once = normalise(text)
    again = normalise(once.text)
    assert (again.tokens, again.folded, again.apart) == (once.tokens, once.folded, ())


@given(st.text())
def test_each_token_has_one_folded_form_and_holds_no_space_and_nothing_invisible(text):
    normal = normalise(text)
    assert len(normal.tokens) == len(normal.folded)
    for token in (*normal.tokens, *normal.apart):
        assert token == visible(token)
        assert not any(character.isspace() for character in token)


@given(st.text(), st.sampled_from(["\u200b", "\u202e", "\u2066", "\x00", "\ufe0f", "\ud800", "\U000e0041", "\xad"]))
def test_invisible_characters_change_nothing(text, hidden):
    assert normalise(hidden.join(["", *text[:900], ""])) == normalise(text[:900])


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_composed_and_decomposed_letters_are_the_same(text):
    decomposed = unicodedata.normalize("NFD", text[:600])
    assert normalise(decomposed).folded == normalise(text[:600]).folded


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
        ("lo\x00gin\x07 screen", "login screen"),
        ("caf\u0065\u0301 menu", "café menu"),
        ("हिन्दी में बटन", "हिन्दी में बटन"),
        ("登录页面", "登 录 页 面"),
        ("a" * 70, "a" * 64 + " " + "a" * 6),
        ("🙂🚀 ship it 🎉", "ship it"),
        ("Could you please fix the login page? Thank you very much!", "fix the login page"),
        ("xin chào, vui lòng sửa trang đăng nhập, cảm ơn", "sửa trang đăng nhập"),
        ("mua cảm biến nhiệt độ", "mua cảm biến nhiệt độ"),
        ("hello there", "hello there"),
        ("Hi team, I was wondering if you could fix the login page. Thanks a lot!", "fix the login page"),
        (
            "sorry to bother you, would you mind renaming these two variables if possible",
            "renaming these two variables",
        ),
        ("bạn có thể sửa trang đăng nhập giúp mình được không ạ", "sửa trang đăng nhập"),
        ("is it possible to roll back, best regards", "is it possible to roll back best regards"),
        ("fix this:\n```python\nprint(1)\n```\nin the worker", "fix this in the worker"),
        ("fix this ```let x", "fix this"),
        ("```\nonly code\n```", "only code"),
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


PYTHON_TRACE = """Traceback (most recent call last):
  File "worker.py", line 7, in run
    total = order["price"]
KeyError: 'price'"""
JAVA_TRACE = """Exception in thread "main" java.lang.NullPointerException
    at com.shop.Cart.total(Cart.java:14)
    ... 12 more
Caused by: java.io.IOException: closed"""
NODE_TRACE = """    at Object.<anonymous> (/app/index.js:3:9)
    at node:internal/main/run_main_module:28:49"""
GO_TRACE = """goroutine 1 [running]:"""


@pytest.mark.parametrize("trace", [PYTHON_TRACE, JAVA_TRACE, NODE_TRACE, GO_TRACE])
def test_a_stack_trace_is_set_apart_from_the_prose_around_it(trace):
    normal = normalise(f"what went wrong here\n{trace}\nit worked yesterday at noon")
    assert normal.text == "what went wrong here it worked yesterday at noon"
    assert normal.apart
    alone = normalise(trace + "\n")
    assert alone.tokens == alone.apart


def test_prose_that_only_looks_like_a_trace_stays_prose():
    text = "look\nat the login page\nfile under errors\ncaused by whom"
    assert not normalise(text).apart


def test_every_control_format_and_surrogate_character_is_dropped_unless_it_is_white_space():
    every = map(chr, range(sys.maxunicode + 1))
    hidden = [c for c in every if unicodedata.category(c) in {"Cc", "Cf", "Cs"} and not c.isspace()]
    assert visible("".join(hidden)) == ""


def test_a_text_above_64_kib_is_refused_and_one_below_is_read_to_the_cap():
    assert len(normalise("x " * (MAX_BYTES // 2)).tokens) == MAX_TOKENS
    for text in ("x" * (MAX_BYTES + 1), "ế" * (MAX_BYTES // 3 + 1), "x" * 1_000_000):
        with pytest.raises(TooLongError, match="more than 65536 bytes"):
            normalise(text)


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


def test_courtesy_goes_from_code_too_when_there_is_no_prose():
    normal = normalise("\nat Hi/cdx:1")
    assert normal.tokens == ("at", "cdx", "1")
    assert normalise(normal.text).tokens == normal.tokens
