"""20 -> 50 -> 100 % on good evidence."""

from __future__ import annotations

from e2e.stories.stage import Stage
from e2e.stories.tales.tale import Tale, begin, reach, went


async def _tell(stage: Stage) -> None:
    await begin(stage)
    for percent in (20, 50, 100):
        await reach(stage, percent)
    await stage.until("the end of the last phase", lambda b: b.phase == "Completed", 45)
    stage.expect(went(stage, 0, 20, 50, 100), "the percentages must be 0, 20, 50, 100, each written once")
    stage.expect("support_channel" in stage.board.document, "a key that the operator does not know was lost")


SUCCESS = Tale("success", "20 -> 50 -> 100 % on good evidence", _tell)
