"""The flag document: what is read is what was written, and whatever cannot be used says why."""

import hashlib
import json
from contextlib import suppress
from types import MappingProxyType

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rollout_contract import flagset
from rollout_contract.flagset import ABTest, FlagDocumentError, FlagSet, Stamp, dump, parse, revision_of
from tests import golden

# Names are printable: PyYAML itself does not bring back the line separators among the control characters.
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12)
NAMES = WORDS.filter(lambda name: name != flagset.TRAFFIC)
FLAGSETS = st.builds(
    FlagSet,
    flags=st.dictionaries(NAMES, st.booleans(), max_size=6).map(MappingProxyType),
    traffic_percentage=st.integers(0, 100),
    ab_test=st.none() | st.builds(ABTest, WORDS, WORDS),
    stamp=st.none() | st.builds(Stamp, WORDS, st.integers(-5, 10**6), WORDS, WORDS, WORDS),
)


def meaning(flags):
    """Everything but the two fields of a stamp that do not count."""
    stamp = flags.stamp and (flags.stamp.name, flags.stamp.attempt, flags.stamp.phase)
    return dict(flags.flags), flags.traffic_percentage, flags.ab_test, stamp


@pytest.mark.parametrize("name", golden.READ)
def test_a_golden_document_is_read_as_the_table_says(name):
    read = parse(golden.text(name))
    assert (read.traffic_percentage, dict(read.flags), revision_of(read)) == golden.READ[name]


@pytest.mark.parametrize("name", golden.BROKEN)
def test_a_broken_document_names_the_field_and_the_cure(name):
    with pytest.raises(FlagDocumentError) as caught:
        parse(golden.text(name))
    assert str(caught.value).startswith(golden.BROKEN[name])
    assert str(caught.value).startswith(caught.value.field)
    assert len(str(caught.value)) < 400


def test_every_golden_file_is_in_one_of_the_tables():
    assert {path.stem for path in golden.FLAGS.glob("*.yaml")} == golden.READ.keys() | golden.BROKEN.keys()


def test_the_pipelines_and_the_stamp_are_read():
    read = parse(golden.text("issued-50"))
    assert read.ab_test == ABTest("legacy_8_step", "phase_1_2_intelligence")
    assert read.stamp == Stamp("detector", 2, "half", "any text", "2026-01-02T03:04:05Z")


@settings(max_examples=40, deadline=None)
@given(FLAGSETS)
def test_what_is_dumped_is_what_is_read(flags):
    text = dump(flags)
    assert meaning(parse(text)) == meaning(flags)
    assert revision_of(parse(text)) == revision_of(flags)


@settings(max_examples=40, deadline=None)
@given(FLAGSETS, FLAGSETS)
def test_nothing_of_an_earlier_document_leaks_into_the_meaning_of_the_new_one(flags, earlier):
    text = dump(flags, onto=dump(earlier))
    assert revision_of(parse(text)) == revision_of(flags)


@settings(max_examples=40, deadline=None)
@given(FLAGSETS)
def test_a_dump_onto_itself_changes_nothing(flags):
    once = dump(flags)
    assert yaml.safe_load(dump(parse(once), onto=once)) == yaml.safe_load(once)


def test_keys_that_are_not_ours_survive_a_dump():
    onto = golden.text("foreign-keys") + "a_b_testing: {owner: team-a}\nrollout: {ticket: 7}\n"
    written = yaml.safe_load(dump(FlagSet(ab_test=ABTest("a", "b"), stamp=Stamp("r", 1, "p")), onto=onto))
    assert written["logging"] == {"level": "info"}
    assert written[1] == "one"
    assert written["feature_flags"] == {"max_items": 12, "traffic_percentage": 0}
    assert written["a_b_testing"] == {"owner": "team-a", "control_group": "a", "treatment_group": "b"}
    assert written["rollout"]["ticket"] == 7


def test_a_dump_onto_a_broken_document_is_refused():
    with pytest.raises(FlagDocumentError, match="document: not YAML"):
        dump(FlagSet(), onto=golden.text("broken-syntax"))


def test_the_stamp_carries_the_revision_of_its_document_and_its_time_only_when_there_is_one():
    flags = FlagSet(traffic_percentage=20, stamp=Stamp("detector", 1, "canary"))
    block = yaml.safe_load(dump(flags))["rollout"]
    assert block == {"name": "detector", "attempt": 1, "phase": "canary", "revision": revision_of(flags)}
    timed = FlagSet(stamp=Stamp("detector", 1, "canary", issued_at="2026-01-02T03:04:05Z"))
    assert yaml.safe_load(dump(timed))["rollout"]["issued_at"] == "2026-01-02T03:04:05Z"


def test_the_time_and_the_written_revision_do_not_count_towards_the_revision():
    early = FlagSet(stamp=Stamp("r", 1, "p", "x", "2026-01-01T00:00:00Z"))
    late = FlagSet(stamp=Stamp("r", 1, "p", "y", "2026-02-02T00:00:00Z"))
    assert revision_of(early) == revision_of(late)


@pytest.mark.parametrize(
    "other",
    [
        FlagSet(traffic_percentage=1),
        FlagSet(flags={"a": True}),
        FlagSet(flags={"a": False}),
        FlagSet(ab_test=ABTest("", "")),
        FlagSet(ab_test=ABTest("a", "")),
        FlagSet(stamp=Stamp("", 1, "")),
        FlagSet(stamp=Stamp("", 2, "")),
        FlagSet(stamp=Stamp("", 1, "p")),
    ],
)
def test_everything_that_counts_changes_the_revision(other):
    assert revision_of(other) != revision_of(FlagSet())


def test_the_order_of_flags_does_not_count():
    assert revision_of(FlagSet(flags={"a": True, "b": False})) == revision_of(FlagSet(flags={"b": False, "a": True}))


def test_the_revision_is_a_documented_hash_that_any_other_service_can_compute():
    canonical = {"flags": {"a": True}, "traffic_percentage": 20}
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    expected = hashlib.sha256(text.encode()).hexdigest()[:12]
    assert revision_of(FlagSet(flags={"a": True}, traffic_percentage=20)) == expected


@settings(deadline=None)
@given(st.text(max_size=60) | st.text("&*[]{}:,-!?|>'\"\n\t #%@`0x1_.ae~<=", max_size=60))
def test_any_text_is_either_read_or_refused_with_a_reason(text):
    with suppress(FlagDocumentError):
        parse(text)


@pytest.mark.parametrize("scalar", ["!!int ''", "!!timestamp x", "!!bool x", "!!float x", "2026-13-45", "!!binary é"])
def test_a_scalar_that_yaml_itself_stumbles_over_is_a_broken_document(scalar):
    with pytest.raises(FlagDocumentError, match="document: not YAML"):
        parse(f"a: {scalar}")


def test_a_document_may_have_64_kib_and_not_a_byte_more():
    head = "feature_flags: {}\n"
    longest = head + "#" * (flagset.MAX_BYTES - len(head))
    assert parse(longest) == FlagSet()
    with pytest.raises(FlagDocumentError, match="larger than 65536 bytes"):
        parse(longest + "#")
