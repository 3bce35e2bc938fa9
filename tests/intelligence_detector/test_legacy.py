"""The eight legacy steps."""

import pytest

from intelligence_detector.legacy import Legacy
from intelligence_detector.lexicon import normalise


@pytest.fixture(scope="session")
def legacy(examples):
    return Legacy(examples)


@pytest.mark.parametrize(
    ("text", "specialist"),
    [
        ("deploy with docker and kubernetes", "devops"),
        ("write unit tests, coverage is low", "qa"),
        ("viết tài liệu cho dự án", "scribe"),
        ("viet tai lieu cho du an", "scribe"),
        ("write a readme for this project", "scribe"),
    ],
)
def test_keywords_and_the_nearest_examples_decide(legacy, text, specialist):
    assert legacy.detect(text).specialist == specialist


def test_a_synonym_counts_for_the_keyword_it_stands_for(legacy):
    assert legacy.detect("k8s k8s k8s").specialist == "devops"


def test_little_said_is_little_sure(legacy):
    verdict = legacy.detect("zzz qqq xxx")
    assert (verdict.specialist, verdict.tier) == (None, "abstain")
    assert verdict.confidence < 0.25


@pytest.mark.parametrize(
    ("text", "vietnamese"),
    [
        ("sửa trang chủ", True),
        ("sua loi trang dang nhap", True),
        ("the café page is broken", False),
        ("fix the page", False),
    ],
)
def test_the_language_is_told_by_marks_and_function_words(legacy, text, vietnamese):
    assert legacy._is_vietnamese(normalise(text)) is vietnamese


def test_what_stands_beyond_the_scanned_part_is_still_counted_by_keywords(legacy):
    assert legacy.detect("zzz " * 60 + "kubernetes docker helm cluster deploy").specialist == "devops"
