"""Names that both programs use."""

from rollout_contract import metrics, names


def test_the_group_stands_in_front_of_everything_that_lives_in_the_cluster():
    assert f"{names.GROUP}/{names.VERSION}" == names.API_VERSION
    assert names.TOUCHED_ANNOTATION.startswith(f"{names.GROUP}/")
    assert names.ALERT_ANNOTATION_PREFIX.endswith(f"{names.GROUP}/")


def test_counters_end_in_total_and_every_metric_has_the_same_prefix():
    counters = [metrics.REQUESTS, metrics.ERRORS, metrics.FEEDBACK, metrics.FEEDBACK_RIGHT]
    assert all(name.endswith("_total") for name in [*counters, metrics.CACHE_HITS, metrics.CACHE_MISSES])
    assert all(name.startswith("intelligence_") for name in [*counters, metrics.DETECTION_TIME, metrics.FLAGS_INFO])
