"""The cache: bounded in size and in time, and it counts."""

from intelligence_detector.cache import Cache


def test_a_value_is_found_until_its_time_is_over():
    cache = Cache(size=2, ttl=10)
    cache.put("a", 1, now=0)
    assert cache.get("a", now=9.9) == 1
    assert cache.get("a", now=10) is None
    assert len(cache) == 0


def test_the_least_recently_used_goes_first():
    cache = Cache(size=2, ttl=10)
    cache.put("a", 1, now=0)
    cache.put("b", 2, now=1)
    cache.get("a", now=2)
    cache.put("c", 3, now=3)
    assert [cache.get(key, now=4) for key in "abc"] == [1, None, 3]
    assert cache.evictions == 1


def test_putting_again_renews_the_value_and_its_time():
    cache = Cache(size=1, ttl=10)
    cache.put("a", 1, now=0)
    cache.put("a", 2, now=8)
    assert cache.get("a", now=15) == 2
    assert cache.evictions == 0


def test_hits_and_misses_are_counted():
    cache = Cache(size=1, ttl=10)
    cache.get("a", now=0)
    cache.put("a", 1, now=0)
    cache.get("a", now=1)
    assert (cache.hits, cache.misses) == (1, 1)
