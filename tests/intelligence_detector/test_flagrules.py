"""The table of flag rules, as properties of every answer it can give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelligence_detector.catalogue import FLAGS_OF
from intelligence_detector.flagrules import BEATS, FLAGS, IMPLIES, MCP, NO_MCP, OTHER_NAMES, REFUSES, resolve

some_flags = st.sets(st.sampled_from(FLAGS))
automatic = st.sampled_from(sorted(FLAGS_OF.values()))


def refused_by(flags):
    return {gone for flag in flags for gone in REFUSES.get(flag, ())}


@given(some_flags, some_flags)
def test_what_is_in_force_stays_in_force(offered, asked):
    once = resolve(offered, asked)
    assert resolve(once) == resolve((), once) == once


@given(some_flags, some_flags)
def test_no_two_flags_in_force_conflict(offered, asked):
    found = set(resolve(offered, asked))
    assert not [(winner, loser) for winner in found for loser in BEATS.get(winner, ()) if loser in found]


@given(some_flags, some_flags)
def test_what_the_user_refuses_is_never_in_force(offered, asked):
    assert not set(resolve(offered, asked)) & refused_by(asked)


@given(some_flags, some_flags, st.booleans())
def test_no_mcp_leaves_no_server_and_says_so_once_whoever_asked(offered, asked, automatic):
    found = resolve(offered | {NO_MCP}, asked) if automatic else resolve(offered, asked | {NO_MCP})
    assert not {*MCP, "--all-mcp"} & set(found)
    assert [flag for flag in found if flag in REFUSES] == [NO_MCP]


@given(some_flags, some_flags)
def test_what_the_user_asked_for_never_depends_on_what_was_offered(offered, asked):
    assert set(resolve((), asked)) <= set(resolve(offered - {NO_MCP}, asked))


@given(some_flags)
def test_implications_hold_unless_refused_or_beaten(asked):
    found = set(resolve((), asked))
    for flag in found:
        beaten = {gone for winner in found for gone in BEATS.get(winner, ())}
        assert set(IMPLIES.get(flag, ())) <= found | refused_by(asked) | beaten


@given(st.lists(st.sampled_from(FLAGS)), st.randoms())
def test_order_and_repetition_do_not_count(asked, random):
    shuffled = random.sample(asked * 2, len(asked) * 2)
    assert resolve((), shuffled) == resolve((), asked)


@given(some_flags, some_flags)
def test_nothing_is_invented(offered, asked):
    known = offered | asked
    assert set(resolve(offered, asked)) <= known.union(*(IMPLIES.get(flag, ()) for flag in known))


@given(automatic)
def test_a_specialists_own_flags_are_all_in_force(own):
    assert set(own) <= set(resolve(own))


@pytest.mark.parametrize(
    ("offered", "asked", "found"),
    [
        (("--magic", "--c7"), ("--no-magic",), ("--c7", "--no-magic")),
        (("--magic", "--c7"), ("--no-mcp", "--magic", "--no-c7"), ("--no-mcp",)),
        (("--no-magic", "--c7"), ("--magic",), ("--magic", "--c7")),
        ((NO_MCP,), ("--magic", "--think"), ("--think", NO_MCP)),
        ((), ("--magic", "--no-magic"), ("--no-magic",)),
        ((), ("--think", "--ultrathink"), (*MCP, "--all-mcp", "--ultrathink")),
        (("--validate",), ("--answer-only",), ("--answer-only",)),
        ((), ("--validate", "--answer-only"), ("--validate",)),
        (("--loop",), ("--safe-mode",), ("--validate", "--safe-mode")),
        (("--safe-mode",), ("--loop",), ("--validate", "--loop")),
        ((), ("--uc", "--verbose"), ("--uc",)),
        (("--think-hard",), ("--think",), ("--c7", "--seq", "--think")),
    ],
)
def test_precedence(offered, asked, found):
    assert resolve(offered, asked) == found


def test_the_tables_speak_of_known_flags_and_implications_are_closed():
    said = [*IMPLIES, *BEATS, *REFUSES, *OTHER_NAMES.values()]
    said += [flag for table in (IMPLIES, BEATS, REFUSES) for flags in table.values() for flag in flags]
    said += [flag for flags in FLAGS_OF.values() for flag in flags]
    assert set(said) <= set(FLAGS)
    for flags in IMPLIES.values():
        assert {deeper for flag in flags for deeper in IMPLIES.get(flag, ())} <= set(flags)


def test_beating_goes_one_way():
    def beaten(flag):
        return {flag}.union(*(beaten(loser) for loser in BEATS.get(flag, ())))

    assert not [flag for flag in BEATS if any(flag in beaten(loser) for loser in BEATS[flag])]


def test_an_unknown_flag_is_a_mistake_of_the_caller():
    with pytest.raises(KeyError):
        resolve(("--nonsense",))
