import asyncio
import random
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from e2e.traffic.faults import Faults
from e2e.traffic.faulty_detector import FaultError, build, crash_when_told, faulty
from intelligence_detector.model import Answer, Request
from intelligence_detector.settings import Settings

RNG = random.Random(1)  # noqa: S311 - chance, no secret
RIGHT = Answer("backend", (), 0.9, "quick_filter", "treatment", "r1", "id1")


async def pipeline(_: Request) -> Answer:
    return RIGHT


def wrapped(**faults):
    return faulty(pipeline, lambda: Faults(**faults), RNG)


async def test_without_faults_the_answer_passes_unchanged():
    assert await wrapped()(Request("x")) is RIGHT


async def test_errors_are_raised():
    with pytest.raises(FaultError):
        await wrapped(errors=1)(Request("x"))


async def test_a_share_of_errors_is_a_share():
    answer, failed = wrapped(errors=0.5), 0
    for _ in range(200):
        try:
            await answer(Request("x"))
        except FaultError:
            failed += 1
    assert 70 < failed < 130


async def test_a_wrong_answer_names_another_specialist_and_keeps_the_rest():
    answer = await wrapped(wrong=1)(Request("x"))
    assert answer.specialist not in {None, RIGHT.specialist}
    assert answer.request_id == RIGHT.request_id


async def test_a_hang_never_answers():
    task = asyncio.create_task(wrapped(hang=True)(Request("x")))
    done, _ = await asyncio.wait([task], timeout=0.05)
    assert not done
    task.cancel()


async def test_latency_is_added():
    began = asyncio.get_running_loop().time()
    await wrapped(latency_ms=30)(Request("x"))
    assert asyncio.get_running_loop().time() - began >= 0.029


@pytest.mark.parametrize(("crash", "traffic"), [(True, 0), (False, 50)])
async def test_the_process_lives_without_the_fault_or_without_traffic(crash, traffic):
    crashed = asyncio.Event()
    task = asyncio.create_task(crash_when_told(lambda: Faults(crash=crash), lambda: traffic, crashed.set))
    await asyncio.wait([task], timeout=0.05)
    assert not crashed.is_set()
    task.cancel()


async def test_the_process_crashes_when_treatment_gets_traffic():
    crashed = asyncio.Event()
    await crash_when_told(lambda: Faults(crash=True), lambda: 20, crashed.set)
    assert crashed.is_set()


async def test_faults_act_on_treatment_only(tmp_path: Path):
    flags = tmp_path / "config.yaml"
    settings = Settings(flags_file=flags)
    for percent, status in ((100, 500), (0, 200)):
        flags.write_text(f"feature_flags: {{quick_filter_enabled: true, traffic_percentage: {percent}}}\n")
        app = build(settings, lambda: Faults(errors=1), RNG, lambda: None)
        async with TestClient(TestServer(app)) as client:
            answer = await client.post("/api/detect", json={"text": "build login screen", "user": "u1"})
            assert answer.status == status
