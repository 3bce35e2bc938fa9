from pathlib import Path

from e2e.stories import figures
from e2e.stories.board import Confirmation, Write
from tests.stories.boards import Clock, board_at


def process(proc: Path, pid: int, cpu_ticks: int, pages: int) -> None:
    folder = proc / str(pid)
    folder.mkdir(exist_ok=True)
    fields = ["S", *["0"] * 10, str(cpu_ticks), "0", *["0"] * 8, str(pages)]
    (folder / "stat").write_text(f"{pid} (name with) brackets) {' '.join(fields)}")


def test_memory_is_the_most_and_cpu_is_the_mean(tmp_path):
    clock = Clock()
    meter = figures.ProcessMeter(clock)
    for ticks, pages in ((0, 1000), (figures.TICKS, 3000), (2 * figures.TICKS, 2000)):
        process(tmp_path, 7, ticks, pages)
        meter.sample(7, tmp_path)
        clock.now += 10
    assert meter.figures() == {"operator.rss_mib": round(3000 * figures.PAGE_MIB, 1), "operator.cpu_cores": 0.1}


def test_a_restart_does_not_count_as_cpu_time(tmp_path):
    clock = Clock()
    meter = figures.ProcessMeter(clock)
    for pid, ticks in ((7, 5000), (8, 10), (8, 10)):
        process(tmp_path, pid, ticks, 1)
        meter.sample(pid, tmp_path)
        clock.now += 1
    assert meter.figures()["operator.cpu_cores"] == 0


def test_a_process_that_is_gone_leaves_no_figure(tmp_path):
    meter = figures.ProcessMeter(Clock())
    meter.sample(7, tmp_path)
    assert meter.figures() == {}


def test_convergence_is_from_the_write_to_its_own_confirmation():
    board = board_at(0)
    board.writes = [Write(1.0, 20, "r20", "1"), Write(5.0, 50, "r50", "2"), Write(6.0, 20, "r20b", "3")]
    board.confirmations = [Confirmation(1.5, "r20"), Confirmation(6.25, "r20b")]
    assert figures.convergence(board) == [{"traffic": 20, "seconds": 0.5}, {"traffic": 20, "seconds": 0.25}]
