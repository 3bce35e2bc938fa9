import io

from e2e.cluster.progress import EVERY, PlainLines, progress


def test_lines_come_at_most_every_ten_seconds():
    now = 0.0
    out = io.StringIO()
    advance = PlainLines("compiling", 100, out, clock=lambda: now)
    for _ in range(30):
        now += EVERY / 10
        advance()
    assert out.getvalue().splitlines() == [
        "compiling: 10 of 100, 10 s",
        "compiling: 20 of 100, 20 s",
        "compiling: 30 of 100, 30 s",
    ]


def test_an_unknown_total_is_left_out():
    times = iter([0.0, EVERY])
    out = io.StringIO()
    PlainLines("fetching", None, out, clock=lambda: next(times))()
    assert out.getvalue() == "fetching: 1, 10 s\n"


def test_a_terminal_gets_a_bar():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    with progress("compiling", 2, out) as advance:
        advance()
        advance()
    assert "2/2" in out.getvalue()
