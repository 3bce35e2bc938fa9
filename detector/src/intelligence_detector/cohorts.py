"""Who gets which pipeline: sticky, and monotone while traffic grows."""

import hashlib
from functools import lru_cache
from typing import Final

from intelligence_detector.model import Group, InForce

BUCKETS: Final = 10_000


@lru_cache(1)
def _key(salt: str) -> bytes:
    return hashlib.sha256(salt.encode()).digest()


def bucket_of(salt: str, subject: str) -> int:
    """A number in [0, BUCKETS) that depends on nothing but the salt and the subject."""
    digest = hashlib.blake2b(subject.encode(), key=_key(salt), digest_size=8).digest()
    return int.from_bytes(digest, "big") % BUCKETS


def group_of(in_force: InForce, salt: str, subject: str) -> Group:
    """Treatment for the buckets below the traffic percentage, control for the rest.

    The percentage alone decides, with `a_b_testing_enabled` on or off: a flag about measuring must never
    widen what a rollout has limited. When every tier is off there is no treatment to give, so all get control.
    """
    inside = bucket_of(salt, subject) < in_force.traffic_percentage * BUCKETS // 100
    return "treatment" if inside and in_force.switches.any_tier else "control"
