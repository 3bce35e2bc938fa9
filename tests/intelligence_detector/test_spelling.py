"""A word never met is read as the known word one slip away; known words are never touched."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from intelligence_detector.lexicon import normalise
from intelligence_detector.tiers.spelling import LONGEST, SHORTEST, Spelling

WORDS = ("build", "login", "screen", "guild", "deploy", "viet", "tai", "lieu", "docs")
words = st.text(string.ascii_lowercase, min_size=1, max_size=9)


@pytest.fixture(scope="module")
def spelling():
    return Spelling(WORDS)


@pytest.mark.parametrize("slip", ["biuld", "buld", "buuild", "builds"])
def test_swapped_left_out_doubled_and_added_letters_are_undone(spelling, slip):
    assert spelling.corrected(normalise(f"{slip} login")).tokens == ("build", "login")


def test_a_wrong_letter_is_undone_in_a_longer_word_only(spelling):
    assert spelling.corrected(normalise("deplqy guilt")).tokens == ("deploy", "guilt")


@pytest.mark.parametrize("word", ["loggging", "xuild", "l0gin", "tia", "zzzz", "docz"])
def test_two_slips_another_first_letter_digits_and_short_words_are_left_alone(spelling, word):
    assert spelling.corrected(normalise(f"{word} screen")).tokens == (word, "screen")


def test_a_word_with_diacritics_keeps_them_when_it_is_known_without(spelling):
    assert spelling.corrected(normalise("viết tài liệu")).tokens == ("viết", "tài", "liệu")


def test_the_commoner_of_two_near_words_wins():
    assert Spelling(("hearts", "heart")).corrected(normalise("hearrt")).tokens == ("heart",)
    assert Spelling(("heaps", "hears")).corrected(normalise("heas")).tokens == ("heaps",)


@given(st.lists(words, min_size=1, max_size=20, unique=True), words)
def test_what_it_reads_is_known_and_one_slip_away_or_the_word_itself(known, word):
    (read,) = Spelling(known).corrected(normalise(word)).folded
    assert read == word or (read in known and word not in known and OSA.distance(word, read) == 1)


@given(st.text(string.ascii_lowercase, min_size=SHORTEST, max_size=LONGEST), st.data())
def test_a_letter_left_out_after_the_first_is_always_put_back(word, data):
    at = data.draw(st.integers(1, len(word) - 1))
    slip = word[:at] + word[at + 1 :]
    if len(slip) >= SHORTEST:
        assert Spelling([word]).corrected(normalise(slip)).folded == (word,)
