import asyncio
from typing import Any

import pytest

from e2e.stories.stage import Stage, StoryError
from tests.stories.boards import Clock, board_at, rollout


@pytest.fixture
def stage():
    unused: Any = None
    return Stage(unused, unused, board_at(20), Clock(), lambda _: None)


async def test_waiting_ends_when_the_board_says_so(stage):
    waiting = asyncio.create_task(stage.until("50 %", lambda b: b.confirmed == 50, 5))
    await asyncio.sleep(0)
    stage.board.saw_rollout("MODIFIED", rollout(50, 50))
    await stage.board.touch()
    await waiting


async def test_a_missed_deadline_tells_what_was_waited_for_and_where_it_stands(stage):
    with pytest.raises(StoryError, match=r"50 %: not seen within 0 s; phase Progressing, wanted 20 %"):
        await stage.until("50 %", lambda b: b.confirmed == 50, 0.01)


async def test_what_must_stay_may_not_change(stage):
    staying = asyncio.create_task(stage.stays("20 % is held", lambda b: b.confirmed == 20, 5))
    await asyncio.sleep(0)
    stage.board.saw_rollout("MODIFIED", rollout(50, 50))
    await stage.board.touch()
    with pytest.raises(StoryError, match="no longer so"):
        await staying


async def test_what_stays_lets_the_story_go_on(stage):
    await stage.stays("20 % is held", lambda b: b.confirmed == 20, 0.01)


def test_an_unmet_demand_ends_the_story(stage):
    stage.expect(1, "fine")
    with pytest.raises(StoryError, match="the ladder"):
        stage.expect(0, "the ladder")
