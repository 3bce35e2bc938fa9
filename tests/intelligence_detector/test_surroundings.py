"""What session, project and files say."""

import numpy as np
import pytest

from intelligence_detector.catalogue import SPECIALISTS
from intelligence_detector.model import Hints
from intelligence_detector.tiers.surroundings import WITNESSES, Surroundings

NOTHING_LEARNED = Surroundings(SPECIALISTS, {}, {})


def row(hints, witness, known=NOTHING_LEARNED):
    return known.witnesses(hints)[WITNESSES.index(witness)]


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("web/Login.TSX", "frontend"),
        ("deploy/Dockerfile", "devops"),
        ("tests/test_api.py", "qa"),
        ("web/login.spec.ts", "qa"),
        ("docs/guide.md", "scribe"),
    ],
)
def test_a_file_at_hand_speaks_for_the_specialist_of_such_files(path, owner):
    odds = row(Hints(files=(path,)), "files")
    assert SPECIALISTS[int(odds.argmax())] == owner
    assert (odds != 0).sum() == 1


def test_files_names_and_projects_that_mean_nothing_here_say_nothing():
    hints = Hints(previous=("astronaut",), files=("notes", "core.xyz"), project="elsewhere")
    assert not NOTHING_LEARNED.witnesses(hints).any()


def test_the_last_specialist_weighs_more_than_the_one_before():
    odds = row(Hints(previous=("qa", "backend")), "session")
    ranked = [SPECIALISTS[place] for place in np.argsort(-odds)]
    assert ranked[:2] == ["backend", "qa"]
    assert SPECIALISTS[int(row(Hints(previous=("qa", "backend")), "last").argmax())] == "backend"


def test_what_was_learned_of_files_and_projects_beats_the_habits_of_the_trade():
    security = np.eye(len(SPECIALISTS))[SPECIALISTS.index("security")]
    learned = Surroundings(SPECIALISTS, {"vault": security}, {"end .md": security})
    assert SPECIALISTS[int(row(Hints(files=("a.md",)), "files", learned).argmax())] == "security"
    assert SPECIALISTS[int(row(Hints(project="vault"), "project", learned).argmax())] == "security"
