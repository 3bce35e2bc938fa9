"""The surface of a raw text: how much of it is read, what is visible, what is prose and what is code."""

import re
from itertools import takewhile
from typing import Final

MAX_BYTES: Final = 65_536
"""A text above this is refused; UTF-8 bytes."""
SURELY_FITS: Final = MAX_BYTES // 4
"""Characters; none takes more than four bytes."""
MAX_CHARACTERS: Final = 2_000
"""Nothing beyond these is ever looked at."""

# Controls that are not white space, format and bidi characters, lone surrogates, and what renders as nothing.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]+"
)
# An open fence runs to the end. Every alternative consumes what it looked at, so the search is linear.
FENCE: Final = r"```[\s\S]*?(?:```|\Z)|^[ \t]*~~~[\s\S]*?(?:^[ \t]*~~~|\Z)"
_FENCE: Final = re.compile(FENCE, re.MULTILINE)
_PYTHON_ERROR: Final = re.compile(r"[\w.]+(?::.*)?")
_FRAME: Final = re.compile(
    r'File "[^"]*", line \d|Caused by: |goroutine \d+ \[|Exception in thread "|#\d+ +0x|\.\.\. \d+ more'
)
_PLACE: Final = re.compile(r":\d+\)?$|\)$")


class TooLongError(ValueError):
    """A text above MAX_BYTES."""


def capped(text: str) -> str:
    """The part of a text that is read, without what nobody can see. Raises TooLongError, before anything else."""
    if len(text) > SURELY_FITS and (len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES):
        raise TooLongError(f"text: more than {MAX_BYTES} bytes; send the request itself and leave out the attachment")
    return visible(text[:MAX_CHARACTERS])


def visible(text: str) -> str:
    """The text without controls, zero-width, bidi and other characters that nobody sees, and lone surrogates."""
    # Printable ASCII, which most requests are, hides nothing.
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)


def split(text: str) -> tuple[str, str]:
    """Prose, and apart from it the code fences and stack traces."""
    if "\n" not in text and "```" not in text:
        return text, ""
    code = _FENCE.findall(text)
    prose, trace = _without_traces(_FENCE.sub("\n", text).splitlines())
    return "\n".join(prose), "\n".join([*code, *trace])


def _without_traces(lines: list[str]) -> tuple[list[str], list[str]]:
    prose: list[str] = []
    trace: list[str] = []
    at = 0
    while at < len(lines):
        end = _end_of_traceback(lines, at) if lines[at].strip().startswith("Traceback (most recent") else at
        end = max(end, at + 1)
        belongs = end > at + 1 or _is_frame(lines[at].strip())
        (trace if belongs else prose).extend(lines[at:end])
        at = end
    return prose, trace


def _end_of_traceback(lines: list[str], start: int) -> int:
    """Python's shape: indented lines, then the line that names the error."""
    indented = sum(1 for _ in takewhile(lambda line: line[:1] in {" ", "\t"}, lines[start + 1 :]))
    end = start + 1 + indented
    return end + 1 if end < len(lines) and _PYTHON_ERROR.fullmatch(lines[end]) else end


def _is_frame(line: str) -> bool:
    if line.startswith("at "):
        return _PLACE.search(line[-24:]) is not None
    return _FRAME.match(line) is not None
