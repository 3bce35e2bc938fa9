"""Alertmanager's webhook body, version 4, checked field by field."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

FINGERPRINT: Final = re.compile(r"[0-9a-f]{1,64}")
TIME_LIMIT: Final = 64
VERSION: Final = "4"


class Malformed(ValueError):  # noqa: N818 - says what the body is
    """The body is no webhook of Alertmanager; the message names the field and the cure."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of a delivery."""

    fingerprint: str
    starts_at: str
    labels: Mapping[str, str]
    firing: bool


def read(data: bytes) -> tuple[Alert, ...]:
    """The alerts of a delivery. Raises Malformed."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the body is not JSON ({error})") from error
    if not isinstance(body, dict):
        raise Malformed("the body must be an object")
    if body.get("version") != VERSION:
        raise Malformed(f'version: must be "{VERSION}", not {body.get("version")!r:.40}')
    alerts = body.get("alerts")
    if not isinstance(alerts, list):
        raise Malformed("alerts: must be a list")
    return tuple(_alert(each, f"alerts[{index}]") for index, each in enumerate(alerts))


def _alert(body: Any, where: str) -> Alert:  # noqa: ANN401 - whatever stands in the JSON
    if not isinstance(body, dict):
        raise Malformed(f"{where}: must be an object")
    status = body.get("status")
    if status not in ["firing", "resolved"]:  # a list: what stands here may have no hash
        raise Malformed(f'{where}.status: must be "firing" or "resolved", not {status!r:.40}')
    fingerprint = body.get("fingerprint")
    if not isinstance(fingerprint, str) or not FINGERPRINT.fullmatch(fingerprint):
        raise Malformed(f"{where}.fingerprint: must be 1 to 64 hexadecimal digits in lower case")
    return Alert(fingerprint, _moment(body, where), _labels(body, where), status == "firing")


def _moment(body: dict[str, Any], where: str) -> str:
    text = body.get("startsAt")
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) and len(text) <= TIME_LIMIT else "")
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Malformed(f"{where}.startsAt: must be a moment like 2026-01-31T12:00:00Z")
    return str(text)


def _labels(body: dict[str, Any], where: str) -> dict[str, str]:
    labels = body.get("labels")
    if not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values()):
        raise Malformed(f"{where}.labels: must be an object whose values are text")
    return labels
