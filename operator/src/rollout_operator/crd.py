"""The object as YAML <-> values: the only place that knows the spelling of the custom resource."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from rollout_contract.names import ALERT_ANNOTATION_PREFIX
from rollout_operator.model.base import rfc3339
from rollout_operator.model.seen import AlertSeen
from rollout_operator.model.spec import Spec
from rollout_operator.model.status import Status


class SpecError(ValueError):
    """The stored object does not fit this version of the operator; the message names the field."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One IntelligenceRollout, read."""

    namespace: str
    name: str
    uid: str
    generation: int
    created: str
    spec: Spec
    status: Status
    alerts: tuple[AlertSeen, ...]


def parse(body: Mapping[str, Any], known: Status | None = None) -> Rollout:
    """Read a body as the API server holds it, defaults included; `known` stands for its status. Raises SpecError."""
    metadata = body["metadata"]
    try:
        spec = Spec.model_validate(body.get("spec", {}))
        status = known or Status.model_validate(body.get("status", {}))
    except ValidationError as error:
        first = error.errors()[0]
        raise SpecError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error
    return Rollout(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        generation=metadata.get("generation", 0),
        created=metadata.get("creationTimestamp", ""),
        spec=spec,
        status=status,
        alerts=_alerts(metadata.get("annotations") or {}),
    )


def refusal(body: Mapping[str, Any], reason: str, problem: str, now: datetime) -> dict[str, Any]:
    """The stored status, with conditions that say why it stands still."""
    stored = dict(body.get("status", {}))
    before = {c["type"]: c for c in stored.get("conditions", [])}
    told = {
        "reason": reason,
        "message": problem[:1024],
        "observedGeneration": body["metadata"].get("generation", 0),
    }
    conditions = []
    for kind, status in (("Ready", "False"), ("Stalled", "True")):
        since = before[kind]["lastTransitionTime"] if before.get(kind, {}).get("status") == status else rfc3339(now)
        conditions.append({"type": kind, "status": status, "lastTransitionTime": since, **told})
    return stored | {"conditions": conditions}


def dump(status: Status) -> dict[str, Any]:
    """The status as the API server takes it."""
    return status.model_dump(mode="json", by_alias=True, exclude_none=True)


def flag_map(body: Mapping[str, Any]) -> str:
    """Name of the ConfigMap a rollout drives, whatever else is wrong with it."""
    return str(body.get("spec", {}).get("target", {}).get("flags", {}).get("configMap", ""))


def _alerts(annotations: Mapping[str, str]) -> tuple[AlertSeen, ...]:
    found = []
    for key, text in sorted(annotations.items()):
        if not key.startswith(ALERT_ANNOTATION_PREFIX):
            continue
        alert = _alert(key.removeprefix(ALERT_ANNOTATION_PREFIX), text)
        if alert:
            found.append(alert)
    return tuple(found)


def _alert(fingerprint: str, text: str) -> AlertSeen | None:
    """An annotation that the webhook did not write is no alert."""
    try:
        left = json.loads(text)
        return AlertSeen(
            fingerprint=fingerprint,
            starts_at=str(left["startsAt"]),
            name=str(left["name"]).replace("/", "_"),
            ladder=str(left["ladder"]),
            firing=left["status"] == "firing",
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
