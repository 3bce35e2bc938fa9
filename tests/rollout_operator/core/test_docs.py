"""The page about the machine is drawn from its table."""

from pathlib import Path

from rollout_operator.machine import MOVES
from rollout_operator.model.status import State

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "machine.md"


def drawn() -> str:
    """The table as Markdown."""
    lines = ["| state | signal | step |", "| --- | --- | --- |"]
    for state in State:
        rows = sorted((found, step) for (known, found), step in MOVES.items() if known is state)
        lines += [f"| {state} | {found} | {(step.__doc__ or '').splitlines()[0]} |" for found, step in rows]
    return "\n".join(lines)


def test_the_page_shows_the_table_as_it_is():
    """To draw it again, put the left side of the failure into the page."""
    assert drawn() in PAGE.read_text()
