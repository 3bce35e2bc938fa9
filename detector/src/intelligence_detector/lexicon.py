"""From raw text to its normal form, and the table of examples."""

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from importlib import resources
from typing import Final

MAX_CHARACTERS: Final = 2_000
MAX_TOKENS: Final = 128
COURTESY: Final = frozenset(
    {"please", "pls", "plz", "kindly", "thanks", "thank", "thx", "hi", "hello", "hey"}
    | {"nhé", "nhe", "ạ", "ơi", "giùm", "dùm", "giúp", "giup", "cảm"}
)
"""Words of politeness; they say nothing about the work."""

_TOKEN = re.compile(r"ci/cd|\.net\b|[^\W_]+(?:\.[^\W_]+)*(?:\+\+|#)?")


@dataclass(frozen=True, slots=True)
class Normal:
    """A text as the detector sees it: tokens, and the same without diacritics."""

    tokens: tuple[str, ...]
    folded: tuple[str, ...]

    @property
    def text(self) -> str:
        """The normal form, tokens with one space between."""
        return " ".join(self.tokens)

    @property
    def digest(self) -> bytes:
        """A hash of the normal form, for tables that must not hold the text."""
        return hashlib.blake2b(self.text.encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence whose specialist is known."""

    normal: Normal
    label: str


def normalise(text: str) -> Normal:
    """Cap, compatibility form, case, invisible characters, tokens, courtesy: in this order."""
    words = _TOKEN.findall(_canonical(text[:MAX_CHARACTERS]))[:MAX_TOKENS]
    tokens = tuple(word for word in words if word not in COURTESY) or tuple(words)
    return Normal(tokens, tuple(fold(token) for token in tokens))


def fold(token: str) -> str:
    """Drop diacritics, so that Vietnamese typed without them meets Vietnamese typed with them."""
    if token.isascii():
        return token
    apart = unicodedata.normalize("NFD", token.replace("đ", "d"))
    return "".join(character for character in apart if unicodedata.category(character) != "Mn")


def load_examples() -> tuple[Example, ...]:
    """The sentences shipped with the package."""
    rows = [json.loads(line) for line in _data("examples.jsonl").splitlines()]
    return tuple(Example(normalise(row["text"]), row["label"]) for row in rows)


def load_vocabulary() -> tuple[Example, ...]:
    """The words and phrases of each specialist's trade, as very short examples."""
    terms = json.loads(_data("vocabulary.json")).items()
    return tuple(Example(normalise(term), label) for label, own in terms for term in own)


def _data(name: str) -> str:
    return resources.files(__package__).joinpath("data", name).read_text("utf-8")


def _canonical(text: str) -> str:
    if text.isascii():
        return text.casefold()
    # Some characters need a second round: case folding can leave a text that composes again.
    for _ in range(2):
        # One character can become eighteen, so the cap holds after each round as well.
        text = unicodedata.normalize("NFKC", _visible(text)).casefold()[:MAX_CHARACTERS]
    return unicodedata.normalize("NFKC", text)


def _visible(text: str) -> str:
    """Without zero-width, bidi and other format characters, and without lone surrogates."""
    return "".join(character for character in text if unicodedata.category(character) not in {"Cf", "Cs"})
