"""The flag document: the runbook's YAML, its frozen value, and the revision both sides compute from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import yaml

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: nine times faster."""
MAX_BYTES: Final = 65_536
FLAGS: Final = "feature_flags"
TRAFFIC: Final = "traffic_percentage"
AB_TESTING: Final = "a_b_testing"
ROLLOUT: Final = "rollout"
AB_FIELDS: Final = ("control_group", "treatment_group")
STAMP_FIELDS: Final = ("name", "attempt", "phase", "revision", "issued_at")
SHOWN: Final = 200
HUGE: Final = 10**18

DETECTOR_FLAGS: Final = (
    "quick_filter_enabled",
    "context_analysis_enabled",
    "enhanced_filter_enabled",
    "cache_enabled",
    "learning_mode",
    "a_b_testing_enabled",
    "continuous_optimization",
)
"""The seven flags the detector knows; any other service may bring its own."""


class FlagDocumentError(ValueError):
    """The document cannot be used; `field` names the place, the message says the cure."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


@dataclass(frozen=True, slots=True)
class ABTest:
    """Names of the two pipelines."""

    control: str
    treatment: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who issued a document; `issued_at` (RFC 3339) and `revision` do not count towards the revision."""

    name: str
    attempt: int
    phase: str
    revision: str = ""
    issued_at: str = ""


@dataclass(frozen=True, slots=True)
class FlagSet:
    """Boolean flags, the share of users in treatment (0-100), the pipelines' names and the issuer."""

    flags: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    traffic_percentage: int = 0
    ab_test: ABTest | None = None
    stamp: Stamp | None = None


def parse(text: str) -> FlagSet:
    """Read a document. Keys it does not know are left alone, and values of known keys must have the right type.

    Raises FlagDocumentError, naming the field.
    """
    document = _load(text)
    features = _mapping(document, FLAGS)
    return FlagSet(
        flags=MappingProxyType(_booleans(features)),
        traffic_percentage=_percentage(features),
        ab_test=_ab_test(document),
        stamp=_stamp(document),
    )


def dump(flagset: FlagSet, onto: str = "") -> str:
    """Write a document, keeping every key of the earlier text `onto` that a FlagSet does not hold.

    Raises FlagDocumentError when `onto` is not a document.
    """
    document = _load(onto) if onto else {}
    features = {k: v for k, v in _mapping(document, FLAGS).items() if not isinstance(v, bool)}
    document[FLAGS] = features | dict(sorted(flagset.flags.items())) | {TRAFFIC: flagset.traffic_percentage}
    _replace(document, AB_TESTING, AB_FIELDS, _ab_fields(flagset.ab_test))
    _replace(document, ROLLOUT, STAMP_FIELDS, _stamp_fields(flagset.stamp, revision_of(flagset)))
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def revision_of(flagset: FlagSet) -> str:
    """First 12 hex digits of SHA-256 over flags, traffic, pipelines, name, attempt and phase."""
    meaning: dict[str, Any] = {"flags": dict(flagset.flags), TRAFFIC: flagset.traffic_percentage}
    if flagset.ab_test:
        meaning[AB_TESTING] = [flagset.ab_test.control, flagset.ab_test.treatment]
    if flagset.stamp:
        meaning[ROLLOUT] = [flagset.stamp.name, flagset.stamp.attempt, flagset.stamp.phase]
    canonical = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _load(text: str) -> dict[str, Any]:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise FlagDocumentError("document", f"larger than {MAX_BYTES} bytes; shorten it")
    try:
        document = yaml.load(text, _LOADER)  # noqa: S506 - both are safe loaders
    except Exception as error:  # PyYAML lets KeyError, AttributeError and others out for scalars with a wrong tag
        raise FlagDocumentError("document", f"not YAML ({_reason(error)}); mend its syntax") from error
    if document is None:
        raise FlagDocumentError("document", f"empty; write at least `{FLAGS}:` with `{TRAFFIC}: 0`")
    if not isinstance(document, dict):
        raise FlagDocumentError("document", f"must be a mapping with the key `{FLAGS}`")
    return document


def _mapping(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise FlagDocumentError(key, "must be a mapping with names as keys")
    return value


def _booleans(features: Mapping[str, Any]) -> dict[str, bool]:
    wrong = next((k for k in DETECTOR_FLAGS if k in features and not isinstance(features[k], bool)), None)
    if wrong:
        raise FlagDocumentError(f"{FLAGS}.{wrong}", f"must be true or false, not {_shown(features[wrong])}")
    return {name: value for name, value in features.items() if isinstance(value, bool) and name != TRAFFIC}


def _percentage(features: Mapping[str, Any]) -> int:
    value = features.get(TRAFFIC, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise FlagDocumentError(f"{FLAGS}.{TRAFFIC}", f"must be a whole number from 0 to 100, not {_shown(value)}")
    return value


def _ab_test(document: Mapping[str, Any]) -> ABTest | None:
    block = _mapping(document, AB_TESTING)
    if not block:
        return None
    return ABTest(_string(block, AB_TESTING, "control_group"), _string(block, AB_TESTING, "treatment_group"))


def _stamp(document: Mapping[str, Any]) -> Stamp | None:
    block = _mapping(document, ROLLOUT)
    if not block:
        return None
    attempt = block.get("attempt", 1)
    if isinstance(attempt, bool) or not isinstance(attempt, int):
        raise FlagDocumentError(f"{ROLLOUT}.attempt", f"must be a whole number, not {_shown(attempt)}")
    text = {key: _string(block, ROLLOUT, key) for key in STAMP_FIELDS if key != "attempt"}
    return Stamp(attempt=attempt, **text)


def _string(block: Mapping[str, Any], where: str, key: str) -> str:
    value = block.get(key, "")
    if not isinstance(value, str):
        raise FlagDocumentError(f"{where}.{key}", f"must be text, not {_shown(value)}; quote it")
    return value


def _ab_fields(ab_test: ABTest | None) -> dict[str, Any]:
    return dict(zip(AB_FIELDS, (ab_test.control, ab_test.treatment), strict=True)) if ab_test else {}


def _stamp_fields(stamp: Stamp | None, revision: str) -> dict[str, Any]:
    if stamp is None:
        return {}
    own = {"name": stamp.name, "attempt": stamp.attempt, "phase": stamp.phase, "revision": revision}
    return own | ({"issued_at": stamp.issued_at} if stamp.issued_at else {})


def _replace(document: dict[str, Any], key: str, fields: tuple[str, ...], own: dict[str, Any]) -> None:
    """Our fields of one block as they are now (gone when there are none), beside the fields that are not ours."""
    block = {name: value for name, value in _mapping(document, key).items() if name not in fields} | own
    document.pop(key, None)
    if block:
        document[key] = block


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__} {error}".split())[:SHOWN]


def _shown(value: object) -> str:
    """A short picture of a wrong value; a nested one can be gigabytes when written out, a huge number has no text."""
    if isinstance(value, str | float | bool | None):
        return repr(value)[:SHOWN]
    if isinstance(value, int) and abs(value) < HUGE:
        return repr(value)
    return f"a value of type {type(value).__name__}"
