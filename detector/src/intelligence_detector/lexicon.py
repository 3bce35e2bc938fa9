"""From raw text to its normal form, and the table of examples."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import groupby, islice
from operator import itemgetter
from typing import Final

from intelligence_detector import surface
from intelligence_detector.surface import MAX_CHARACTERS

MAX_TOKENS: Final = 128
PIECE: Final = 256
KEPT_WORDS: Final = 3
"""Words of politeness go only while this many others remain: `thanks` alone is what the text says."""
COURTESY: Final = frozenset(
    {"please", "pls", "plz", "kindly", "thanks", "thx", "hi", "hello", "hey"}
    | {"nhé", "nhe", "ạ", "ơi", "giùm", "dùm", "giúp", "giup"}
)
"""Words of politeness; they say nothing about the work."""


def _phrases(key: int, *lines: str) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """By the word at place `key`; the longest first, so that no shorter one leaves a piece behind."""
    phrases = [tuple(phrase.split()) for line in lines for phrase in line.split(",")]
    phrases.sort(key=lambda phrase: (phrase[key], -len(phrase)))
    return {word: tuple(own) for word, own in groupby(phrases, key=itemgetter(key))}


OPENINGS: Final = _phrases(
    0,
    "could you, can you, would you, will you, would you mind, would you be so kind as to, do you think you could",
    "i would like you to, i d like you to, i want you to, i need you to, i was wondering if you could",
    "i would appreciate it if you could, i d appreciate it if you could, would it be possible to, is it possible to",
    "sorry to bother you but, sorry to bother you, excuse me, if you don t mind, when you have time, quick question",
    "good morning, good afternoon, good evening, dear team, hi there, hello there, hey there, there, team, just",
    "xin chào, xin chao, vui lòng, vui long, xin vui lòng, xin vui long, làm ơn, lam on, nhờ bạn, nho ban, phiền bạn",
    "phien ban, bạn có thể, ban co the, anh có thể, anh co the, làm phiền, lam phien, cho mình hỏi, cho minh hoi",
    "cho em hỏi, cho em hoi, bạn ơi, ban oi, anh ơi, anh oi, chị ơi, chi oi, em ơi, em oi, mọi người ơi, moi nguoi oi",
)
CLOSINGS: Final = _phrases(
    -1,
    "thank you, thank you very much, thank you so much, many thanks, a lot, a million, in advance, so much, very much",
    "if you can, if possible, if you could, if you don t mind, when you can, when you have time, cheers",
    "much appreciated, would be great, that would be great, best regards, kind regards, regards, mình, minh",
    "cảm ơn, cam on, cảm ơn bạn, cam on ban, cảm ơn nhiều, cam on nhieu, xin cảm ơn, xin cam on, với, nha",
    "được không, duoc khong, mình với, minh voi, em với",
    "em voi, tôi với, toi voi, nếu được, neu duoc, bạn nhé, ban nhe, ạ",
)
"""Polite only where a request begins or ends."""

# Scripts written without spaces: each character is a word.
_UNSPACED: Final = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUN: Final = rf"[^\W_{_UNSPACED}]{{1,64}}"
_TOKEN = re.compile(rf"ci/cd|\.net\b|[{_UNSPACED}]|{_RUN}(?:\.{_RUN}){{0,8}}(?:\+\+|#)?")
_DIACRITICS: Final = dict.fromkeys(range(0x300, 0x370)) | {ord("đ"): "d"}


@dataclass(frozen=True, slots=True)
class Normal:
    """A text as the detector sees it: tokens, the same without diacritics, and the tokens of code apart from them."""

    tokens: tuple[str, ...]
    folded: tuple[str, ...]
    apart: tuple[str, ...] = ()
    """Tokens of code fences and stack traces; part of `tokens` only when there is no prose."""

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
    """Cap, invisible characters, code apart, compatibility form, case, tokens, courtesy: in this order.

    Raises surface.TooLongError above 64 KiB.
    """
    prose, code = surface.split(surface.capped(text))
    apart = _tokens(_canonical(code)) if code else ()
    tokens = _without_courtesy(_tokens(_canonical(prose)) or apart)
    return Normal(tokens, tuple(map(fold, tokens)), apart)


def fold(token: str) -> str:
    """Drop diacritics, so that Vietnamese typed without them meets Vietnamese typed with them."""
    if token.isascii():
        return token
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", token).translate(_DIACRITICS))


def load_examples(name: str = "examples.jsonl") -> tuple[Example, ...]:
    """Sentences shipped with the package; `validation.jsonl` are those for choosing thresholds."""
    rows = [json.loads(line) for line in _data(name).splitlines()]
    return tuple(Example(normalise(row["text"]), row["label"]) for row in rows)


def load_out_of_scope() -> tuple[Normal, ...]:
    """Sentences that are nobody's work here."""
    return tuple(normalise(json.loads(line)["text"]) for line in _data("out_of_scope.jsonl").splitlines())


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
        # One character can become eighteen, so the cap holds after each step as well.
        text = surface.visible(_composed(text).casefold()[:MAX_CHARACTERS])
    return unicodedata.normalize("NFKC", text)


def _composed(text: str) -> str:
    """NFKC of as much as the cap lets through, piece by piece; the last call composes over the seams."""
    pieces: list[str] = []
    for start in range(0, len(text), PIECE):
        pieces.append(unicodedata.normalize("NFKC", text[start : start + PIECE]))
        if sum(map(len, pieces)) >= MAX_CHARACTERS:
            break
    return unicodedata.normalize("NFKC", "".join(pieces)[:MAX_CHARACTERS])


def _tokens(text: str) -> tuple[str, ...]:
    """At most MAX_TOKENS words, which with a space between are no longer than MAX_CHARACTERS."""
    words = _TOKEN.findall(text)[:MAX_TOKENS] if text.isascii() else _marked(text)
    # The text holds no more than so many characters, but words that touch are set apart here.
    while len(text) + len(words) > MAX_CHARACTERS and sum(len(word) + 1 for word in words) > MAX_CHARACTERS:
        words.pop()
    return tuple(words)


def _marked(text: str) -> list[str]:
    """Words with their combining marks, which belong to them."""
    return [text[slice(*found.span())] for found in islice(_TOKEN.finditer(_outline(text)), MAX_TOKENS)]


def _outline(text: str) -> str:
    """The text with a letter for every combining mark: `re` does not know them as parts of words."""
    odd = {character for character in text if not character.isalnum() and not character.isascii()}
    return text.translate({ord(mark): "x" for mark in odd if unicodedata.category(mark).startswith("M")})


def _without_courtesy(words: tuple[str, ...]) -> tuple[str, ...]:
    rest = tuple(word for word in words if word not in COURTESY)
    while rest and (opening := next((p for p in OPENINGS.get(rest[0], ()) if rest[: len(p)] == p), ())):
        rest = rest[len(opening) :]
    while rest and (closing := next((p for p in CLOSINGS.get(rest[-1], ()) if rest[-len(p) :] == p), ())):
        rest = rest[: -len(closing)]
    return rest if len(rest) >= KEPT_WORDS else words
