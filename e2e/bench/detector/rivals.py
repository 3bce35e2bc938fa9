"""What anybody would try first: a brute-force fuzzy scan, and a plain linear model."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]  # it ships no types
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # it ships no types
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]  # it ships no types

from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.learn.measures import percentiles, share

SCANNED = 300
"""The scan takes tens of milliseconds for each request; a sample of this size tells its accuracy within five points."""


def scan(train: Sequence[Lesson], test: Sequence[Lesson]) -> dict[str, object]:
    """The label of the most alike example by rapidfuzz's token_sort_ratio, over all of them."""
    texts = [" ".join(one.normal.tokens) for one in train]

    def nearest(one: Lesson) -> str:
        found = process.extractOne(" ".join(one.normal.tokens), texts, scorer=fuzz.token_sort_ratio)
        return train[found[2]].label

    return _judged(nearest, test[:: max(1, len(test) // SCANNED)])


def linear(train: Sequence[Lesson], test: Sequence[Lesson]) -> dict[str, object]:
    """scikit-learn: tf-idf of words and pairs of words, logistic regression, all as they come."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = make_pipeline(words, LogisticRegression(C=10, max_iter=200))
    model.fit([one.text for one in train], [one.label for one in train])
    began = time.perf_counter()
    found = model.predict([one.text for one in test])
    milliseconds = (time.perf_counter() - began) * 1_000 / len(test)
    right = int(np.sum(found == np.array([one.label for one in test])))
    return {"accuracy": share(right, len(test)), "milliseconds_in_batch": round(milliseconds, 4)}


def _judged(answer: Callable[[Lesson], str], test: Sequence[Lesson]) -> dict[str, object]:
    times, right = [], 0
    for one in test:
        began = time.perf_counter()
        right += answer(one) == one.label
        times.append((time.perf_counter() - began) * 1_000)
    return {"accuracy": share(right, len(test)), "latency_ms": percentiles(times)}
