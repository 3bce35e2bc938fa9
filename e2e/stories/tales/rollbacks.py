"""Bad treatments, and how the ladders take them back."""

from __future__ import annotations

from e2e.stories.stage import Stage
from e2e.stories.tales.tale import Tale, begin, end_off, reach
from e2e.traffic.faults import Faults

ALERT = "DetectorErrorRateHigh"


async def _errors(stage: Stage) -> None:
    await begin(stage)
    await reach(stage, 20)
    await reach(stage, 50)
    await stage.set_faults(Faults(errors=0.5))
    await stage.until("the alert to bring it back to 20 %", lambda b: b.document_traffic == 20, 20)
    await reach(stage, 20, 15)
    cause = stage.board.rollback.get("cause", "")
    stage.expect(ALERT in cause, f"the cause must be the alert {ALERT}, not {cause!r}")
    stage.say("20 % is still bad: the next rung switches it off")
    await end_off(stage, 30)


async def _accuracy(stage: Stage) -> None:
    await begin(stage)
    await reach(stage, 20)
    await stage.set_faults(Faults(wrong=0.9))
    await end_off(stage, 40)
    ladder = stage.board.rollback.get("ladder")
    stage.expect(ladder == "accuracy", f"the ladder must be `accuracy`, not {ladder}")


async def _unhealthy(stage: Stage) -> None:
    stage.say("detector v1 -> v2, so that there is a previous image")
    await stage.environment.kubectl(
        "-n", "intelligence", "set", "image", "deployment/detector", "detector=intelligence-detector:v2"
    )
    await stage.environment.kubectl("-n", "intelligence", "rollout", "status", "deployment/detector", "--timeout=60s")
    await begin(stage)
    await reach(stage, 20)
    await stage.set_faults(Faults(crash=True))
    for rung in ("Restart", "PreviousImage", "AllOff"):
        await _rung(stage, rung)
    await end_off(stage, 60)
    await stage.until("three healthy pods", lambda b: len(b.ready_pods()) == 3, 60)
    image = await stage.environment.kubectl(
        "-n", "intelligence", "get", "deployment/detector", "-o", "jsonpath={..image}"
    )
    stage.expect(image == "intelligence-detector:v1", f"the previous image must be back, not {image}")


async def _rung(stage: Stage, action: str) -> None:
    await stage.until(f"the rung {action}", lambda b: b.rollback.get("action") == action, 40)


ERRORS = Tale("errors", "50 % -> error burst -> alert -> 20 % -> still bad -> off", _errors)
ACCURACY = Tale("accuracy", "wrong answers -> all off", _accuracy)
UNHEALTHY = Tale("unhealthy", "pods crash: restart, then the previous image, then off", _unhealthy)
