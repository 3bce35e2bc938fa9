"""POST /alerts: leaves a durable request on every rollout that an alert concerns, and wakes it.

It decides nothing. The annotation is written before the answer, so that an alert survives whatever happens next.
"""

import hmac
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from aiohttp import web

from rollout_contract import names
from rollout_operator.cache import Body, Cache, key_of
from rollout_operator.ports import ApiBusy, ApiGone, Key, Rollouts
from rollout_operator.webhook import Alert, Malformed, read

log = logging.getLogger(__name__)

LIMIT: Final = 64
"""Alerts kept on one rollout; all its annotations have to fit into 256 KiB."""
NAME_LIMIT: Final = 253
FIRING: Final = "firing"
RESOLVED: Final = "resolved"
Wake = Callable[[Key, bool], None]
"""Told which rollout to look at now, and whether it is urgent."""


class Alerts:
    """The webhook. `token` is asked anew for every delivery, so that it can be rotated; None closes the door.

    Until `ready`, the rollouts are not all known: Alertmanager has to come again.
    """

    def __init__(
        self,
        token: Callable[[], str | None],
        ready: Callable[[], bool],
        cache: Cache,
        rollouts: Rollouts,
        wake: Wake,
    ) -> None:
        self._token = token
        self._ready = ready
        self._cache = cache
        self._rollouts = rollouts
        self._wake = wake

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """POST /alerts: one delivery."""
        refusal = self._refusal(request)
        if refusal:
            return refusal
        if not self._ready():
            return problem(503, "the operator does not know all rollouts yet; send it again")
        try:
            alerts = read(await request.read())
        except web.HTTPRequestEntityTooLarge:
            return problem(413, "the delivery is larger than 1 MiB; lower max_alerts of the receiver")
        except Malformed as error:
            return problem(400, str(error))
        return await self._deliver(alerts)

    def _refusal(self, request: web.Request) -> web.Response | None:
        try:
            token = self._token()
        except (OSError, UnicodeDecodeError):
            log.exception("the token of the webhook cannot be read")
            return problem(503, "the operator cannot read its token; send it again")
        if not token:
            return problem(403, "the webhook is closed; give the operator a token with ROLLOUT_ALERT_TOKEN_FILE")
        expected = f"Bearer {token}"
        given = request.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            return None
        answer = problem(401, "send the operator's token as `Authorization: Bearer ...`")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    async def _deliver(self, alerts: tuple[Alert, ...]) -> web.Response:
        """Leave the alerts on every rollout that can take them, whatever becomes of the others."""
        concerned = _by_rollout(self._cache.all(), alerts)
        left_out, refused = 0, []
        for key, wanted in concerned.items():
            try:
                left_out += await self._leave(key, wanted)
            except ApiBusy as error:
                log.warning("alerts cannot be kept, Alertmanager will send them again: %s", error, extra=key.fields)
                refused.append(f"{key}: {error}")
        if left_out:
            log.warning("%d alerts were left out: a rollout keeps %d", left_out, LIMIT)
        if refused:
            return problem(503, f"not kept on {'; '.join(refused)}; send it again")
        return web.json_response({"rollouts": [str(key) for key in concerned], "truncated": left_out})

    async def _leave(self, key: Key, wanted: dict[str, str]) -> int:
        """How many alerts were left out."""
        body = self._cache.get(key)
        there = _alerts_of(body) if body else {}
        news, left_out = _news(there, wanted)
        if news:
            try:
                self._cache.put(await self._rollouts.leave_alert(key, news))
            except ApiGone:
                return 0  # nothing to roll back any more
            self._wake(key, any(value and not _is_resolved(value) for value in news.values()))
        return left_out


def _alerts_of(body: Body) -> dict[str, str]:
    annotations = body["metadata"].get("annotations") or {}
    return {name: text for name, text in annotations.items() if name.startswith(names.ALERT_ANNOTATION_PREFIX)}


def _news(there: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[dict[str, str | None], int]:
    """What to write, and how many alerts have no room. Resolved ones make room, and unknown ones need none."""
    changed = {name: text for name, text in wanted.items() if there.get(name) != text}
    updates = {name: text for name, text in changed.items() if name in there}
    added = [(name, text) for name, text in changed.items() if name not in there and not _is_resolved(text)]
    over = [name for name, text in there.items() if name not in wanted and _is_resolved(text)]
    room = LIMIT - len(there)
    dropped = over[: max(0, len(added) - room)]
    kept = added[: max(0, room + len(dropped))]
    return {**updates, **dict(kept), **dict.fromkeys(dropped)}, len(added) - len(kept)


def _is_resolved(text: str) -> bool:
    return f'"status":"{RESOLVED}"' in text


def problem(status: int, detail: str) -> web.Response:
    """A problem document (RFC 9457)."""
    title = web.Response(status=status).reason
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")


def _by_rollout(bodies: Iterable[Body], alerts: tuple[Alert, ...]) -> dict[Key, dict[str, str]]:
    """For every rollout that is concerned, the annotations to leave."""
    concerned: dict[Key, dict[str, str]] = defaultdict(dict)
    for body in bodies:
        for alert in alerts:
            ladder = _ladder(body, alert)
            if ladder is not None:
                concerned[key_of(body)].update([_annotation(alert, ladder)])
    return concerned


def _ladder(body: Body, alert: Alert) -> str | None:
    """The ladder of the first rule that the alert meets; None when it does not concern this rollout."""
    if alert.labels.get("namespace") != body["metadata"]["namespace"]:
        return None
    for rule in body["spec"].get("alerts") or []:
        if all(alert.labels.get(label) == value for label, value in rule["match"].items()):
            return str(rule["ladder"])
    return None


def _annotation(alert: Alert, ladder: str) -> tuple[str, str]:
    value = {
        "startsAt": alert.starts_at,
        "name": alert.labels.get("alertname", "")[:NAME_LIMIT],
        "ladder": ladder,
        "status": FIRING if alert.firing else RESOLVED,
    }
    return f"{names.ALERT_ANNOTATION_PREFIX}{alert.fingerprint}", json.dumps(value, separators=(",", ":"))
