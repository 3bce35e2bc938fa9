from dataclasses import dataclass

from e2e.stories.board import Board, keeping, trouble_of
from tests.stories.boards import Clock, board_at, flags, pod, revision, rollout


def test_an_empty_board_is_pending_and_off():
    board = Board(Clock())
    assert (board.phase, board.wanted, board.confirmed, board.document_traffic) == ("Pending", 0, 0, None)


def test_wanted_and_confirmed_traffic_are_told_apart():
    board = board_at(50, confirmed=20)
    assert (board.wanted, board.confirmed, board.converged) == (50, 20, False)


def test_a_document_that_cannot_be_read_has_no_traffic():
    board = Board(Clock())
    broken = flags(20)
    broken["data"]["config.yaml"] = "feature_flags: ["
    board.saw_flags("MODIFIED", broken)
    assert board.document_traffic is None
    assert board.writes == []


def test_each_change_of_the_document_is_one_write():
    board = board_at(0)
    board.saw_flags("MODIFIED", flags(20, "2"))
    board.saw_flags("MODIFIED", flags(20, "3"))
    assert [(w.traffic, w.revision, w.version) for w in board.writes] == [
        (0, revision(0), "1"),
        (20, revision(20), "2"),
    ]


def test_a_revision_is_confirmed_once_at_its_first_convergence():
    clock = Clock()
    board = Board(clock)
    board.saw_rollout("ADDED", rollout(20, 0, flagsRevision="r20"))
    clock.now += 2
    board.saw_rollout("MODIFIED", rollout(20, 20, flagsRevision="r20"))
    clock.now += 2
    board.saw_rollout("MODIFIED", rollout(20, 20, flagsRevision="r20"))
    assert [(c.revision, c.at) for c in board.confirmations] == [("r20", 1002.0)]


def test_moves_are_remembered_after_the_status_forgot_them():
    board = Board(Clock())
    board.saw_rollout("ADDED", rollout(20, 20, history=[{"from": 0, "to": 20}]))
    board.saw_rollout("MODIFIED", rollout(50, 50, history=[{"from": 20, "to": 50}]))
    assert [move["to"] for move in board.history] == [20, 50]


def test_only_ready_pods_that_stay_get_traffic():
    board = Board(Clock())
    seen = keeping(board.pods)
    for one in (pod("a"), pod("b", ready=False), pod("c", deletionTimestamp="2026-01-01T00:00:00Z")):
        seen("ADDED", one)
    assert board.addresses() == ["http://127.1.0.5:8080"]
    seen("DELETED", pod("a"))
    assert board.addresses() == []


def test_only_events_about_rollouts_are_kept():
    board = Board(Clock())
    for kind in ("Pod", "IntelligenceRollout"):
        board.saw_event("ADDED", {"involvedObject": {"kind": kind}, "reason": kind})
    assert [event["reason"] for event in board.events] == ["IntelligenceRollout"]


@dataclass
class Count:
    calls: int = 0

    def __call__(self) -> None:
        self.calls += 1


async def test_a_change_reaches_the_listeners():
    board, count = Board(Clock()), Count()
    board.listeners.append(count)
    await board.touch()
    assert count.calls == 1


def test_a_pod_that_waits_says_why():
    waiting = {"status": {"containerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}}
    assert trouble_of(waiting) == "CrashLoopBackOff"
    assert trouble_of(pod("a")) == ""
