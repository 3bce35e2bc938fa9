"""Request ids that carry their group, so that any replica can count the feedback on an answer of another."""

import hashlib
import re
from typing import Final

from intelligence_detector.model import Group

_SHAPE = re.compile(r"(control|treatment)-([0-9a-f]{32})-([0-9a-f]{8})")
SEAL_BYTES: Final = 4


def make(salt: str, group: Group, nonce: str) -> str:
    """An id for an answer given to `group`; `nonce` is 32 hex digits, fresh for each request."""
    return f"{group}-{nonce}-{_seal(salt, group, nonce)}"


def group_in(salt: str, request_id: str) -> Group | None:
    """The group inside an id of ours, None for any other text. The seal catches mistakes; it is not a secret."""
    found = _SHAPE.fullmatch(request_id)
    if not found:
        return None
    group: Group = "treatment" if found[1] == "treatment" else "control"
    return group if _seal(salt, group, found[2]) == found[3] else None


def _seal(salt: str, group: str, nonce: str) -> str:
    return hashlib.blake2b(f"{salt}\0{group}\0{nonce}".encode(), digest_size=SEAL_BYTES).hexdigest()
