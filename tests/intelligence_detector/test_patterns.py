"""Patterns of an administrator: words that must all occur, and none that takes the traffic of others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelligence_detector.app import default_pipelines
from intelligence_detector.lexicon import normalise
from intelligence_detector.model import Request, Switches
from intelligence_detector.patterns import (
    MAX_PATTERNS,
    Known,
    Pattern,
    PatternError,
    Patterns,
    accept,
    known_requests,
    load,
)
from intelligence_detector.settings import Settings

EVERY_TIER = Switches(quick_filter=True, context_analysis=True, enhanced_filter=True)
LEGAL = {"pattern": "quarterly ledger rollover", "specialist": "backend", "confidence": 0.9, "flags": ["--think"]}


@pytest.fixture(scope="session")
def known():
    return known_requests()


def match(text, *patterns):
    return Patterns([Pattern(tuple(words.split()), "qa") for words in patterns]).match(normalise(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("please do the quarterly ledger rollover now", True),
        ("rollover of the ledger: the quarterly one", True),
        ("QUARTERLY Ledger-Rollover", True),
        ("quarterly ledger rolover", True),
        ("quartely ledger rollover", False),
        ("quarterly ledger", False),
        ("quarterly planning and a rollover", False),
        ("", False),
    ],
)
def test_a_pattern_matches_when_all_its_words_are_there_a_typo_is_forgiven(text, found):
    assert (match(text, "quarterly ledger rollover") is not None) is found


def test_short_words_and_the_rarest_word_must_be_there_as_they_are():
    assert match("text the api gateway", "test api gateway") is None
    assert match("quarterlys ledger", "ledger quarterly") is None


def test_the_pattern_that_asks_for_more_wins():
    found = match("restart the blue canary twice", "blue canary", "restart blue canary", "canary twice")
    assert found.words == ("restart", "blue", "canary")


def test_vietnamese_is_met_with_and_without_diacritics():
    pattern = accept({"pattern": "đối soát công nợ", "specialist": "backend"})
    for text in ("chạy đối soát công nợ tháng này", "chay doi soat cong no thang nay"):
        assert Patterns([pattern]).match(normalise(text)) == pattern


@given(st.text(), st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_matching_never_fails_and_finds_only_what_is_there(text, made):
    patterns = [Pattern(words, "qa") for one in made if (words := normalise(one).folded[:12])]
    found = Patterns(patterns).match(normalise(text))
    assert found is None or found in patterns


@pytest.mark.parametrize(
    "words", ["the", "fix", "test", "api", "build", "code", "a", "add", "please", "because", "lỗi"]
)
def test_one_word_that_would_capture_traffic_is_refused(known, words):
    with pytest.raises(PatternError, match=r"would capture \d+ of \d+ known requests|is one word"):
        accept({"pattern": words, "specialist": "devops"}, known)


@pytest.mark.parametrize("words", ["the a", "is the", "in the", "to the"])
def test_several_words_that_would_capture_traffic_are_refused(known, words):
    with pytest.raises(PatternError, match="would capture"):
        accept({"pattern": words, "specialist": "devops"}, known)


def test_one_word_that_only_its_specialists_requests_hold_is_taken(known):
    assert accept({"pattern": "argocd", "specialist": "devops"}, known).words == ("argocd",)


@pytest.mark.parametrize(
    "regex", [".*", "(a+)+$", "deploy.*prod", "^fix", "[a-z]+ button", "fo{2,} bar", "a|b", "d\\w+ x"]
)
def test_what_looks_like_a_regular_expression_is_refused(regex):
    with pytest.raises(PatternError, match=r"no regular expression|holds 0 words"):
        accept({"pattern": regex, "specialist": "devops"})


def test_names_with_signs_are_no_regular_expressions():
    assert accept({"pattern": "port c++ and c# bindings", "specialist": "refactorer"}).words[1] == "c++"


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ([], "must be an object"),
        (None, "must be an object"),
        ({"pattern": "two words"}, "must be an object with the keys"),
        (LEGAL | {"regex": True}, "no others"),
        (LEGAL | {"specialist": "astronaut"}, "specialist: 'astronaut' is not known"),
        (LEGAL | {"specialist": ["qa"]}, "specialist"),
        (LEGAL | {"pattern": 5}, "pattern: must be text"),
        (LEGAL | {"pattern": "?!"}, "holds 0 words"),
        (LEGAL | {"pattern": " ".join(f"w{n}" for n in range(13))}, "holds 13 words"),
        (LEGAL | {"pattern": "x" * 70_000}, "more than 65536 bytes"),
        (LEGAL | {"confidence": 1.5}, "confidence"),
        (LEGAL | {"confidence": True}, "confidence"),
        (LEGAL | {"confidence": float("nan")}, "confidence"),
        (LEGAL | {"flags": "--magic"}, "flags"),
        (LEGAL | {"flags": ["--evil"]}, "flags: --evil is not known"),
        (LEGAL | {"flags": [["--magic"]]}, "flags"),
    ],
)
def test_a_malformed_pattern_is_refused_with_the_field(wrong, problem):
    with pytest.raises(PatternError, match=problem):
        accept(wrong)


def test_a_file_is_taken_whole_or_not_at_all_and_the_line_is_named(tmp_path):
    file = tmp_path / "patterns.jsonl"
    file.write_text(json.dumps(LEGAL) + "\n\n" + json.dumps(LEGAL | {"specialist": "x"}) + "\n")
    with pytest.raises(PatternError, match=r"patterns.jsonl:3: specialist"):
        load(file)
    for broken in ("{", "[" * 100_000, "\ud800".encode("utf-8", "surrogatepass"), b"\xff\xfe"):
        file.write_bytes(broken if isinstance(broken, bytes) else broken.encode())
        with pytest.raises(PatternError, match=r"patterns.jsonl"):
            load(file)
    file.write_text("\n".join(json.dumps(LEGAL) for _ in range(MAX_PATTERNS + 1)))
    with pytest.raises(PatternError, match="1000 patterns are the most"):
        load(file)
    with pytest.raises(PatternError, match="cannot be read"):
        load(tmp_path / "missing.jsonl")


def test_the_rarest_word_is_the_key():
    known = [Known(frozenset({"deploy", "the", "app"}), "devops")] * 3
    index = Patterns([Pattern(("deploy", "the", "moonbase"), "devops")], known)
    assert list(index._by_rarest) == ["moonbase"]


async def test_a_pattern_decides_in_the_treatments_quick_filter_only(tmp_path):
    file = tmp_path / "patterns.jsonl"
    file.write_text(json.dumps(LEGAL))
    pipelines = default_pipelines(Settings(patterns_file=file))
    text = "start the quarterly ledger rollover --no-seq"
    answer = await pipelines["treatment"](Request(text, switches=EVERY_TIER))
    assert (answer.specialist, answer.confidence, answer.tier) == ("backend", 0.9, "quick_filter")
    assert answer.flags == ("--c7", "--think", "--no-seq")
    off = await pipelines["treatment"](Request(text, switches=Switches(context_analysis=True)))
    control = await pipelines["control"](Request(text, switches=EVERY_TIER))
    assert {off.tier, control.tier}.isdisjoint({"quick_filter"})


def test_a_broken_file_stops_the_start_with_its_line(tmp_path):
    file = tmp_path / "patterns.jsonl"
    file.write_text('{"pattern": "the", "specialist": "devops"}')
    with pytest.raises(PatternError, match=r"patterns.jsonl:1: pattern: 'the' would capture"):
        default_pipelines(Settings(patterns_file=file))
