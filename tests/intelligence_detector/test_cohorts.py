"""Cohorts: sticky, monotone, as large as they were asked to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelligence_detector.cohorts import BUCKETS, bucket_of, group_of
from intelligence_detector.model import InForce

SUBJECTS = st.text(st.characters(exclude_categories=["Cs"]))
PERCENT = st.integers(0, 100)


def at(traffic, **features):
    return InForce(features or {"quick_filter_enabled": True}, traffic)


@given(SUBJECTS, SUBJECTS)
def test_a_bucket_depends_on_nothing_but_salt_and_subject(salt, subject):
    assert 0 <= bucket_of(salt, subject) == bucket_of(salt, subject) < BUCKETS


@given(SUBJECTS, PERCENT, PERCENT)
def test_who_is_in_stays_in_while_traffic_grows(subject, one, other):
    low, high = sorted((one, other))
    if group_of(at(low), "salt", subject) == "treatment":
        assert group_of(at(high), "salt", subject) == "treatment"


@given(SUBJECTS)
def test_nobody_is_in_at_0_and_everybody_at_100(subject):
    assert group_of(at(0), "salt", subject) == "control"
    assert group_of(at(100), "salt", subject) == "treatment"


@given(SUBJECTS, PERCENT, st.booleans())
def test_a_b_testing_on_or_off_never_moves_a_user(subject, traffic, switch):
    plain, measured = at(traffic), at(traffic, quick_filter_enabled=True, a_b_testing_enabled=switch)
    assert group_of(plain, "salt", subject) == group_of(measured, "salt", subject)


def test_without_any_tier_everybody_gets_control_whatever_the_traffic():
    off = at(100, quick_filter_enabled=False, cache_enabled=True)
    assert group_of(off, "salt", "ann") == "control"


@pytest.mark.parametrize("traffic", [20, 50])
def test_the_share_of_treatment_is_the_traffic_percentage(traffic):
    users = [f"user-{number}" for number in range(20_000)]
    treated = sum(group_of(at(traffic), "salt", user) == "treatment" for user in users)
    assert abs(treated / len(users) - traffic / 100) < 0.015  # four standard errors


def test_another_salt_deals_the_users_anew():
    users = [f"user-{number}" for number in range(4_000)]
    kept = sum(group_of(at(50), "a", user) == group_of(at(50), "b", user) for user in users)
    assert abs(kept / len(users) - 0.5) < 0.05
