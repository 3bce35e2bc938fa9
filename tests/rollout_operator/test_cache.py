"""The newest body of every rollout."""

from rollout_operator.cache import Cache, key_of
from rollout_operator.ports import Listing


def body(version: int, name: str = "a", uid: str = "u1", flags: str = "map", **metadata) -> dict:
    """A rollout as the API server sends it."""
    known = {"namespace": "ns", "name": name, "uid": uid, "resourceVersion": str(version), "generation": 1}
    spec = {"target": {"flags": {"configMap": flags}}}
    return {"metadata": known | {"creationTimestamp": f"2026-01-05T09:00:{version:02}Z"} | metadata, "spec": spec}


def test_a_newer_body_wins_whoever_brings_it():
    cache = Cache()
    cache.put(body(5))
    assert not cache.put(body(4))
    assert cache.get(key_of(body(0)))["metadata"]["resourceVersion"] == "5"


def test_versions_are_compared_as_numbers():
    cache = Cache()
    cache.put(body(9))
    cache.put(body(10))
    assert cache.get(key_of(body(0)))["metadata"]["resourceVersion"] == "10"


def test_only_what_somebody_else_wants_is_news():
    cache = Cache()
    assert cache.put(body(1))
    assert not cache.put(body(2) | {"status": {"phase": "Progressing"}})
    assert cache.put(body(3, generation=2))
    assert cache.put(body(4, generation=2, annotations={"alert": "firing"}))
    assert cache.put(body(5, generation=2, annotations={"alert": "firing"}, deletionTimestamp="now"))


def test_a_late_deletion_does_not_take_a_namesake_away():
    cache = Cache()
    cache.put(body(1, uid="old"))
    cache.put(body(9, uid="new"))
    assert not cache.remove(body(8, uid="old"))
    assert len(cache) == 1


def test_what_a_full_list_no_longer_has_was_deleted_in_a_gap():
    cache = Cache()
    cache.put(body(1, "kept", "u1"))
    cache.put(body(2, "lost", "u2"))
    cache.put(body(9, "younger-than-the-list", "u3"))
    gone = cache.vanished(Listing((body(1, "kept", "u1"),), version=5))
    assert [each["metadata"]["name"] for each in gone] == ["lost"]


def test_the_oldest_rollout_holds_a_flag_map_until_it_goes():
    cache = Cache()
    old, young, other = body(1, "old", "u1"), body(2, "young", "u2"), body(3, "other", "u3", flags="another")
    for each in (young, old, other):
        cache.put(each)
    assert (cache.holder(old), cache.holder(young), cache.holder(other)) == ("", "old", "")
    cache.remove(old)
    assert cache.holder(young) == ""


def test_a_rollout_that_moves_to_another_map_lets_the_first_go():
    cache = Cache()
    cache.put(body(1, "old", "u1"))
    cache.put(body(2, "young", "u2"))
    moved = body(3, "old", "u1", flags="another", generation=2, creationTimestamp="2026-01-05T09:00:01Z")
    cache.put(moved)
    assert cache.holder(body(2, "young", "u2")) == ""
