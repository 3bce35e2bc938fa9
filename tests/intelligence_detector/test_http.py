"""The HTTP front door, on a real loopback socket."""

import asyncio
import json
import re

import pytest

from intelligence_detector.model import Hints, Switches
from rollout_contract import metrics as names
from tests.intelligence_detector.asking import PREFIX, post
from tests.intelligence_detector.conftest import ALL_ON

LOGIN = {"text": "build a login screen", "user": "ann"}


async def health(client):
    async with client.get("/health") as response:
        assert response.status == 200
        return await response.json()


async def metrics(client):
    """Every series of our own, by its text in the exposition."""
    async with client.get("/metrics") as response:
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        lines = (await response.text()).splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line.startswith("intelligence_"))
    return {series: float(value) for series, value in pairs}


async def eventually(client, condition):
    """Poll /health until the condition holds; five seconds are the end of patience."""
    async with asyncio.timeout(5):
        while not condition(found := await health(client)):  # noqa: ASYNC110  # the service is another program
            await asyncio.sleep(0.01)
    return found


async def failing(_request):
    raise LookupError("secret words of the user")


async def test_an_answer_names_specialist_flags_group_and_revision(service, flags):
    client = await service(flags_file=flags)
    status, answer = await post(client, "/api/detect", LOGIN)
    assert status == 200
    assert (answer["specialist"], answer["flags"], answer["group"]) == ("frontend", ["--magic", "--c7"], "treatment")
    assert answer["revision"] == (await health(client))["revision"]
    assert answer.keys() == {
        *("specialist", "flags", "confidence", "tier", "group", "revision", "request_id", "cached"),
        *("alternatives", "also", "question"),
    }


async def test_a_user_keeps_the_group_and_a_session_stands_in_for_a_missing_user(service, flags):
    flags.write_text(ALL_ON.format(traffic=50))
    client = await service(flags_file=flags)
    for subject in ({"user": "u"}, {"session": "u"}, {"user": "u", "session": "other"}):
        groups = {(await post(client, "/api/detect", {"text": "x"} | subject))[1]["group"] for _ in range(5)}
        assert len(groups) == 1
    both = {(await post(client, "/api/detect", {"text": "x", "user": f"u{n}"}))[1]["group"] for n in range(40)}
    assert both == {"control", "treatment"}


async def test_without_a_document_everybody_gets_control(service):
    client = await service()
    assert (await post(client, "/api/detect", LOGIN))[1]["group"] == "control"
    assert (await health(client))["flags"] == {"source": "defaults", "error": None}
    assert (await metrics(client))[names.FLAGS_VALID] == 0


async def test_health_shows_status_version_revision_and_every_feature(service, flags):
    found = await health(await service(flags_file=flags))
    assert found["status"] == "healthy"
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["version"])
    assert found["features"]["traffic_percentage"] == 100
    assert found["features"]["quick_filter_enabled"] is True
    assert found["features"]["learning_mode"] is found["features"]["continuous_optimization"] is False
    assert found["flags"] == {"source": "document", "error": None}


async def test_health_names_the_model_that_answers_and_says_that_no_encoder_is_at_hand(service):
    model = (await health(await service()))["model"]
    assert (model["labels"], len(model["version"])) == (11, 16)
    assert "without a sentence encoder" in model["encoder"]


async def test_a_changed_document_is_in_force_without_a_restart(service, flags):
    client = await service(flags_file=flags)
    before = await health(client)
    flags.write_text(ALL_ON.format(traffic=0))
    after = await eventually(client, lambda found: found["revision"] != before["revision"])
    assert after["features"]["traffic_percentage"] == 0
    assert (await post(client, "/api/detect", LOGIN))[1]["group"] == "control"
    series = await metrics(client)
    assert series[names.TREATMENT_PERCENTAGE] == 0
    assert {s: v for s, v in series.items() if s.startswith(names.FLAGS_INFO)} == {
        f'{names.FLAGS_INFO}{{revision="{after["revision"]}"}}': 1
    }


async def test_a_broken_document_degrades_health_and_changes_nothing_else(service, flags):
    client = await service(flags_file=flags)
    before = await health(client)
    flags.write_text("feature_flags: {traffic_percentage: 101}")
    after = await eventually(client, lambda found: found["flags"]["error"])
    assert after["status"] == "degraded"
    assert "feature_flags.traffic_percentage" in after["flags"]["error"]
    assert (after["revision"], after["features"]) == (before["revision"], before["features"])
    assert (await post(client, "/api/detect", LOGIN))[1]["group"] == "treatment"
    assert (await metrics(client))[names.FLAGS_VALID] == 0
    flags.write_text(ALL_ON.format(traffic=100))
    assert (await eventually(client, lambda found: not found["flags"]["error"]))["status"] == "healthy"
    assert (await metrics(client))[names.FLAGS_VALID] == 1


async def test_a_batch_is_answered_in_order_under_one_document(service, flags):
    client = await service(flags_file=flags)
    body = {"requests": [LOGIN, {"text": "write a dockerfile for a node app"}]}
    status, found = await post(client, "/api/detect/batch", body)
    assert status == 200
    assert [answer["specialist"] for answer in found["answers"]] == ["frontend", "devops"]
    assert (await metrics(client))[f'{names.REQUESTS}{{group="treatment",source="batch"}}'] == 2


async def test_the_pipeline_sees_text_hints_and_switches(service, flags, pipelines):
    seen = []

    async def spy(request):
        seen.append(request)
        return await pipelines["treatment"](request)

    client = await service(flags_file=flags, replaced={"treatment": spy})
    context = {"previous": ["qa", "backend"], "files": ["a.sql"], "project": "shop"}
    await post(client, "/api/detect", {"text": "go on", "context": context})
    assert (seen[0].text, seen[0].hints) == ("go on", Hints(("qa", "backend"), ("a.sql",), "shop"))
    assert seen[0].switches == Switches(quick_filter=True, context_analysis=True, enhanced_filter=True, cache=True)


@pytest.mark.parametrize("group", names.GROUPS)
async def test_every_series_exists_from_the_start_with_0(service, group):
    series = await metrics(await service())
    label = f'{{group="{group}"}}'
    born = [
        f'{names.REQUESTS}{{group="{group}",source="detect"}}',
        f'{names.REQUESTS}{{group="{group}",source="batch"}}',
        names.ERRORS + label,
        f'{names.DETECTION_TIME}_bucket{{group="{group}",le="25.0"}}',
        f"{names.DETECTION_TIME}_sum{label}",
        f"{names.DETECTION_TIME}_count{label}",
        names.FEEDBACK + label,
        names.FEEDBACK_RIGHT + label,
        f"{names.SATISFACTION}_sum{label}",
        f"{names.SATISFACTION}_count{label}",
        names.CACHE_HITS,
        names.CACHE_MISSES,
    ]
    assert {name: series[name] for name in born} == dict.fromkeys(born, 0)


async def test_detections_are_counted_and_timed(service, flags):
    client = await service(flags_file=flags)
    for _ in range(3):
        await post(client, "/api/detect", LOGIN)
    series = await metrics(client)
    assert series[f'{names.REQUESTS}{{group="treatment",source="detect"}}'] == 3
    assert series[f'{names.DETECTION_TIME}_count{{group="treatment"}}'] == 3
    assert series[f'{names.DETECTION_TIME}_sum{{group="treatment"}}'] > 0
    assert series[names.CACHE_HITS] + series[names.CACHE_MISSES] == 3


async def test_a_failing_pipeline_is_a_problem_an_error_and_a_request(service, flags, caplog):
    client = await service(flags_file=flags, replaced={"treatment": failing})
    status, problem = await post(client, "/api/detect", LOGIN)
    assert (status, problem["type"], problem["status"]) == (500, PREFIX + "internal", 500)
    series = await metrics(client)
    assert series[names.ERRORS + '{group="treatment"}'] == 1
    assert series[f'{names.REQUESTS}{{group="treatment",source="detect"}}'] == 1
    assert "LookupError at failing" in caplog.text
    assert "secret words" not in caplog.text + json.dumps(problem)


async def test_a_failure_inside_a_batch_is_a_problem_in_its_place(service, flags):
    client = await service(flags_file=flags, replaced={"treatment": failing})
    status, found = await post(client, "/api/detect/batch", {"requests": [LOGIN, LOGIN]})
    assert status == 200
    assert [answer["problem"]["status"] for answer in found["answers"]] == [500, 500]
    assert (await metrics(client))[names.ERRORS + '{group="treatment"}'] == 2


async def test_feedback_counts_for_the_group_of_the_answer_on_any_replica(service, flags):
    one, other = await service(flags_file=flags), await service(flags_file=flags)
    _, answer = await post(one, "/api/detect", LOGIN)
    judged = {"request_id": answer["request_id"], "right": True, "expected": "frontend", "satisfaction": 4}
    assert await post(other, "/api/feedback", judged) == (
        200,
        {"request_id": answer["request_id"], "group": "treatment"},
    )
    await post(other, "/api/feedback", {"request_id": answer["request_id"], "right": False})
    series = await metrics(other)
    assert series[names.FEEDBACK + '{group="treatment"}'] == 2
    assert series[names.FEEDBACK_RIGHT + '{group="treatment"}'] == 1
    assert series[names.SATISFACTION + '_sum{group="treatment"}'] == 4
    assert series[names.SATISFACTION + '_count{group="treatment"}'] == 1


async def test_feedback_on_an_id_that_is_not_ours_is_refused_and_not_counted(service):
    client = await service()
    status, problem = await post(client, "/api/feedback", {"request_id": "treatment-1-2", "right": True})
    assert (status, problem["type"], problem["field"]) == (422, PREFIX + "unknown-request", "request_id")
    series = await metrics(client)
    assert sum(value for name, value in series.items() if name.startswith(names.FEEDBACK + "{")) == 0


async def test_unknown_paths_and_methods_are_problems_that_say_what_there_is(service):
    client = await service()
    async with client.get("/nowhere") as response:
        problem = await response.json(content_type="application/problem+json")
    assert (response.status, problem["type"]) == (404, PREFIX + "not-found")
    assert "/api/detect" in problem["detail"]
    async with client.get("/api/detect") as response:
        problem = await response.json(content_type="application/problem+json")
    assert (response.status, problem["type"], response.headers["Allow"]) == (405, PREFIX + "method-not-allowed", "POST")


async def test_no_text_of_a_request_reaches_the_log(service, flags, caplog):
    client = await service(flags_file=flags)
    await post(client, "/api/detect", {"text": "xylophone business"})
    await post(client, "/api/detect", {"text": ["xylophone"]})
    assert "xylophone" not in caplog.text


async def test_a_mistake_outside_the_pipelines_is_a_problem_too(service):
    async def unfinished(_request):
        return None

    client = await service(replaced={"control": unfinished})
    status, problem = await post(client, "/api/detect", LOGIN)
    assert (status, problem["type"]) == (500, PREFIX + "internal")
