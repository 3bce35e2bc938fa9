"""What people do to a sentence without meaning anything else: typos, politeness, case, missing diacritics."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

Noise = Callable[[str, random.Random], str]

BEFORE = ("please", "hi there,", "could you please", "hey, can you", "good morning!", "vui lòng", "bạn ơi")
AFTER = ("thanks!", "thank you", "please", "if you can", "asap", "giúp mình với", "cảm ơn")


def typos(text: str, rng: random.Random) -> str:
    """One slip of the finger in every fourth word of four letters or more, and at least one."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= 4]
    for place in rng.sample(long, min(len(long), max(1, len(words) // 4))):
        words[place] = _slip(words[place], rng)
    return " ".join(words)


def politeness(text: str, rng: random.Random) -> str:
    """A kind word before and after."""
    return f"{rng.choice(BEFORE)} {text} {rng.choice(AFTER)}"


def case(text: str, rng: random.Random) -> str:
    """All capitals, or every word with one."""
    return text.upper() if rng.random() < 0.5 else text.title()


def diacritics(text: str, rng: random.Random) -> str:  # noqa: ARG001 - all noises are called alike
    """As typed on a keyboard without them."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(one for one in apart if unicodedata.category(one) != "Mn")


def _slip(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :],
        )
    )


NOISES: Mapping[str, Noise] = MappingProxyType(
    {"typos": typos, "politeness": politeness, "case": case, "missing diacritics": diacritics}
)
