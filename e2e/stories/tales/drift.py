"""Somebody edits the flag document by hand."""

from __future__ import annotations

import json
from dataclasses import replace

from e2e.stories.stage import Stage
from e2e.stories.tales.tale import Tale, begin, reach
from rollout_contract import flagset, names


async def _tell(stage: Stage) -> None:
    await begin(stage)
    await reach(stage, 20)
    await reach(stage, 50)
    await _edit(stage, 90)
    took = await stage.until("the raise to be undone", lambda b: b.document_traffic == 50, 10)
    stage.figures["raise_undone_seconds"] = round(took, 3)
    await _edit(stage, 10)
    await stage.until("the operator to take it over and hold", lambda b: b.phase == "Held" and b.wanted == 10, 15)
    await reach(stage, 10, 15)
    await stage.stays("the lower percentage of the hand sticks", lambda b: b.document_traffic == 10, 15)


async def _edit(stage: Stage, percent: int) -> None:
    """Change the percentage as a person with kubectl does."""
    stage.say(f"a hand writes {percent} % into the flag document")
    text = stage.board.document
    edited = flagset.dump(replace(flagset.parse(text), traffic_percentage=percent), onto=text)
    patch = json.dumps({"data": {names.FLAGS_KEY: edited}})
    await stage.environment.kubectl(
        "-n", "intelligence", "patch", "configmap", "detector-flags", "--type=merge", "-p", patch
    )
    await stage.until(f"{percent} % in the document", lambda b: percent in {w.traffic for w in b.writes}, 10)


DRIFT = Tale("drift", "a hand lowers the percentage: it sticks; a hand raises it: undone", _tell)
