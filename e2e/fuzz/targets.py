"""What must hold for every input, one function per target; a broken promise is an AssertionError."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from intelligence_detector import explicit, flagrules
from intelligence_detector.catalogue import SPECIALISTS
from intelligence_detector.flagfile import FlagFile
from intelligence_detector.lexicon import MAX_TOKENS, normalise
from intelligence_detector.surface import MAX_CHARACTERS, TooLongError, visible
from rollout_contract import flagset

FOLDER: Final = Path("build/fuzz")


def normaliser(text: str, _raw: bytes) -> None:
    """Any text has a normal form, which is its own normal form and bounded."""
    try:
        once = normalise(text)
    except TooLongError:
        return
    again = normalise(once.text)
    assert (again.tokens, again.folded) == (once.tokens, once.folded)
    assert len(once.tokens) == len(once.folded) <= MAX_TOKENS
    assert len(once.text) <= MAX_CHARACTERS
    assert once.text == visible(once.text)
    assert len(once.digest) == 16


def explicit_layer(text: str, _raw: bytes) -> None:
    """Only the vocabulary is ever found, only where it is written, and the flags obey their rules."""
    try:
        said = explicit.read(text)
    except TooLongError:
        return
    assert said.specialist is None or said.specialist in SPECIALISTS
    assert len(said.rest) <= len(text)
    if said.flags or said.specialist:
        assert "--" in text or "@" in text or visible(text) != text
    resolved = flagrules.resolve((), said.flags)
    assert flagrules.resolve((), resolved) == resolved


def flag_document(_text: str, raw: bytes) -> None:
    """Any bytes leave a snapshot in force; what is taken can be written and read again without a change."""
    path = FOLDER / "config.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    reader = FlagFile(path, {}, lambda _: None)
    if reader.in_force.error is not None:
        assert reader.in_force.source == "defaults"
        return
    parsed = flagset.parse(raw.decode())
    assert 0 <= reader.in_force.traffic_percentage == parsed.traffic_percentage <= 100
    assert flagset.revision_of(flagset.parse(flagset.dump(parsed, onto=raw.decode()))) == reader.in_force.revision


TARGETS: Final[dict[str, Callable[[str, bytes], None]]] = {
    "normaliser": normaliser,
    "explicit": explicit_layer,
    "flags": flag_document,
}
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "normaliser": (
        "```",
        "~~~",
        "\nTraceback (most recent call last):\n  File ",
        "ci/cd",
        ".net",
        "c++",
        "c#",
        "\n at x:1",
    ),
    "explicit": (
        *flagrules.FLAGS,
        *SPECIALISTS,
        "--persona-",
        "@",
        "@agent-",
        "```",
        "`",
        '"',
        "'",
        "\n> ",
        "don't ",
        "<!--",
    ),
    "flags": (
        *flagset.DETECTOR_FLAGS,
        flagset.FLAGS,
        flagset.TRAFFIC,
        flagset.ROLLOUT,
        ": true\n",
        ": 20\n",
        "&a ",
        "*a",
        "!!",
    ),
}
"""What a mutation may paste in; it finds these by itself only after a long time."""
SEEDS: Final[dict[str, tuple[str, ...]]] = {
    "normaliser": ("please build a login screen", "thiết kế giao diện\n```\ncode\n```", "हिन्दी 登录 🙂 c++ ci/cd"),
    "explicit": ("--persona-qa test this --no-magic", "@security look, don't use --magic", 'what does "--magic" do'),
    "flags": (
        "feature_flags: {cache_enabled: true, traffic_percentage: 20}\nrollout: {name: a, attempt: 1, phase: b}\n",
    ),
}
