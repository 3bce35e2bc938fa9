"""The webhook over HTTP: what is not signed or not valid changes nothing; what is, survives."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from rollout_contract.names import ALERT_ANNOTATION_PREFIX
from rollout_operator import crd, http
from rollout_operator.alerts import LIMIT, Alerts
from rollout_operator.cache import Cache
from rollout_operator.ports import ApiBusy, Key
from tests.support.fakes import FakeRollouts
from tests.support.web import serving_app

KEY = Key("intelligence", "phase-1")
RULES = [
    {"match": {"alertname": "DetectorErrorRateHigh"}, "ladder": "errors"},
    {"match": {"severity": "critical"}, "ladder": "accuracy"},
]
SIGNED = {"Authorization": "Bearer s3cret"}


def alert(
    fingerprint: str = "ab12", status: str = "firing", start: str = "2026-01-05T09:00:00Z", **labels: str
) -> dict:
    """One alert as Alertmanager sends it."""
    own = {"alertname": "DetectorErrorRateHigh", "namespace": "intelligence"}
    return {"fingerprint": fingerprint, "status": status, "startsAt": start, "labels": own | labels}


def delivery(*alerts: dict) -> dict:
    return {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "operator", "alerts": list(alerts)}


@dataclass
class Hook:
    """The webhook with its neighbours."""

    rollouts: FakeRollouts = field(default_factory=FakeRollouts)
    cache: Cache = field(default_factory=Cache)
    woken: list[tuple[Key, bool]] = field(default_factory=list)
    token: str | None = "s3cret"
    ready: bool = True
    address: str = ""

    def handler(self) -> Alerts:
        return Alerts(
            lambda: self.token,
            lambda: self.ready,
            self.cache,
            self.rollouts,
            lambda key, urgent: self.woken.append((key, urgent)),
        )

    async def post(
        self, body: Any, headers: dict[str, str] | None = SIGNED
    ) -> tuple[int, dict, aiohttp.ClientResponse]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.address}/alerts", data=io.BytesIO(data), headers=headers) as response,
        ):
            return response.status, await response.json(content_type=None), response

    def left(self, key: Key = KEY) -> dict[str, dict]:
        annotations = self.rollouts.bodies[key]["metadata"].get("annotations") or {}
        return {name.removeprefix(ALERT_ANNOTATION_PREFIX): json.loads(text) for name, text in annotations.items()}


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    hook.cache.put(hook.rollouts.add(alerts=RULES))
    app = http.build(hook.handler().handle, http.Health(lambda: 0.0, lambda: True), CollectorRegistry())
    async with serving_app(app) as hook.address:
        yield hook


async def test_a_firing_alert_is_left_on_the_rollout_before_the_answer_and_wakes_it_urgently(hook):
    status, body, _ = await hook.post(delivery(alert()))
    assert (status, body) == (200, {"rollouts": ["intelligence/phase-1"], "truncated": 0})
    assert hook.left() == {
        "ab12": {
            "startsAt": "2026-01-05T09:00:00Z",
            "name": "DetectorErrorRateHigh",
            "ladder": "errors",
            "status": "firing",
        }
    }
    assert hook.woken == [(KEY, True)]


async def test_the_reconciler_finds_what_the_webhook_left_in_the_cache(hook):
    await hook.post(delivery(alert()))
    seen = crd.parse(hook.cache.get(KEY)).alerts
    assert [(each.fingerprint, each.ladder, each.firing) for each in seen] == [("ab12", "errors", True)]


async def test_a_replayed_delivery_writes_nothing_and_wakes_nobody(hook):
    for _ in range(3):
        assert (await hook.post(delivery(alert())))[0] == 200
    assert hook.rollouts.patches == 1
    assert len(hook.woken) == 1


async def test_one_delivery_is_one_write_for_each_rollout(hook):
    hook.cache.put(hook.rollouts.add("phase-2", alerts=RULES))
    await hook.post(delivery(alert("a1"), alert("a2"), alert("a3")))
    assert hook.rollouts.patches == 2


async def test_a_resolved_alert_is_noted_and_is_not_urgent(hook):
    await hook.post(delivery(alert()))
    await hook.post(delivery(alert(status="resolved")))
    assert hook.left()["ab12"]["status"] == "resolved"
    assert hook.woken == [(KEY, True), (KEY, False)]


async def test_a_resolved_alert_that_never_fired_here_is_no_news(hook):
    assert (await hook.post(delivery(alert(status="resolved"))))[0] == 200
    assert (hook.left(), hook.woken) == ({}, [])


async def test_an_alert_that_fires_anew_is_written_anew(hook):
    await hook.post(delivery(alert()))
    await hook.post(delivery(alert(start="2026-01-05T10:00:00Z")))
    assert hook.left()["ab12"]["startsAt"] == "2026-01-05T10:00:00Z"


async def test_the_first_rule_that_matches_gives_the_ladder(hook):
    await hook.post(delivery(alert("a1", severity="critical"), alert("a2", alertname="Other", severity="critical")))
    assert {name: left["ladder"] for name, left in hook.left().items()} == {"a1": "errors", "a2": "accuracy"}


@pytest.mark.parametrize(
    "labels",
    [{"namespace": "elsewhere"}, {"alertname": "SomethingElse"}, {"alertname": "SomethingElse", "severity": "warning"}],
)
async def test_an_alert_of_another_namespace_or_name_touches_nothing(hook, labels):
    status, body, _ = await hook.post(delivery(alert(**labels)))
    assert (status, body["rollouts"]) == (200, [])
    assert hook.rollouts.patches == 0


async def test_an_alert_without_a_namespace_concerns_nobody(hook):
    nowhere = alert()
    del nowhere["labels"]["namespace"]
    assert (await hook.post(delivery(nowhere)))[1]["rollouts"] == []


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "s3cret"}])
async def test_what_is_not_signed_is_refused_unread(hook, headers):
    status, body, response = await hook.post(b"not even JSON", headers)
    assert (status, body["status"], body["title"]) == (401, 401, "Unauthorized")
    assert response.headers["Content-Type"].startswith("application/problem+json")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert hook.rollouts.asked == 0


async def test_without_a_token_the_webhook_is_closed_to_everybody(hook):
    hook.token = None
    status, body, _ = await hook.post(delivery(alert()), {"Authorization": "Bearer "})
    assert status == 403
    assert "ROLLOUT_ALERT_TOKEN_FILE" in body["detail"]


async def test_a_rotated_token_holds_from_the_next_delivery_on(hook):
    hook.token = "new"
    assert (await hook.post(delivery()))[0] == 401
    assert (await hook.post(delivery(), {"Authorization": "Bearer new"}))[0] == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"\xff", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "object"),
        (delivery() | {"version": "3"}, "version"),
        (delivery() | {"alerts": {}}, "alerts"),
        (delivery("x"), "alerts[0]"),
        (delivery(alert(), alert(status="maybe")), "alerts[1].status"),
        (delivery(alert() | {"status": ["firing"]}), "alerts[0].status"),
        (delivery(alert(fingerprint="../x")), "alerts[0].fingerprint"),
        (delivery(alert(fingerprint="a" * 65)), "alerts[0].fingerprint"),
        (delivery(alert() | {"fingerprint": 7}), "alerts[0].fingerprint"),
        (delivery(alert(start="yesterday")), "alerts[0].startsAt"),
        (delivery(alert(start="2026-01-05T09:00:00")), "alerts[0].startsAt"),
        (delivery(alert() | {"labels": {"namespace": 1}}), "alerts[0].labels"),
    ],
)
async def test_what_is_malformed_is_refused_whole_with_the_field_named(hook, body, field):
    status, problem, _ = await hook.post(body)
    assert status == 400
    assert field in problem["detail"]
    assert hook.rollouts.asked == 0


async def test_more_than_a_mebibyte_is_too_large(hook):
    status, problem, _ = await hook.post(b" " * (1024 * 1024 + 1))
    assert (status, problem["title"]) == (413, "Request Entity Too Large")


async def test_while_the_api_server_is_away_alertmanager_has_to_come_again(hook):
    hook.rollouts.outage = "429"
    assert (await hook.post(delivery(alert())))[0] == 503
    hook.rollouts.outage = ""
    assert (await hook.post(delivery(alert())))[0] == 200
    assert hook.woken == [(KEY, True)]


async def test_a_rollout_that_takes_no_alert_keeps_none_from_the_others(hook):
    fat = hook.rollouts.add("aaa-fat", alerts=RULES)
    hook.cache.put(fat)
    leave = hook.rollouts.leave_alert

    async def refuse(key, annotations):
        if key.name == "aaa-fat":
            raise ApiBusy("422 annotations are too long")
        return await leave(key, annotations)

    hook.rollouts.leave_alert = refuse
    status, problem, _ = await hook.post(delivery(alert()))
    assert status == 503
    assert "aaa-fat: 422 annotations are too long" in problem["detail"]
    assert hook.woken == [(KEY, True)]


async def test_before_all_rollouts_are_known_alertmanager_has_to_come_again(hook):
    hook.ready = False
    assert (await hook.post(delivery(alert())))[0] == 503


async def test_a_rollout_deleted_meanwhile_is_no_fault(hook):
    del hook.rollouts.bodies[KEY]
    assert (await hook.post(delivery(alert())))[0] == 200
    assert hook.woken == []


async def test_a_storm_is_cut_off_and_says_so(hook):
    status, body, _ = await hook.post(delivery(*(alert(f"{n:x}") for n in range(1, LIMIT + 11))))
    assert (status, body["truncated"]) == (200, 10)
    assert len(hook.left()) == LIMIT


async def test_resolved_alerts_make_room_for_firing_ones(hook):
    await hook.post(delivery(*(alert(f"{n:x}") for n in range(1, LIMIT + 1))))
    await hook.post(delivery(alert("1", "resolved"), alert("2", "resolved")))
    _, body, _ = await hook.post(delivery(alert("fff1")))
    assert body["truncated"] == 0
    assert len(hook.left()) == LIMIT
    assert hook.left()["fff1"]["status"] == "firing"
