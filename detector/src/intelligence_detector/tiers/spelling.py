"""Slips of the finger: a word never met is read as the known word one slip away, if there is one."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from intelligence_detector.lexicon import Normal
from intelligence_detector.tiers.features import WORD, Vocabulary

SHORTEST: Final = 4
"""Shorter words have too many neighbours."""
SURE: Final = 6
"""In words below this, one letter in place of another makes another word too often (`yarn` and `yawn`)."""
LONGEST: Final = 24
WORDS_CACHED: Final = 8_192


class Spelling:
    """Known words, indexed by what is left of them without one character: so all that are near share an entry.

    One slip is a letter left out, doubled, wrong, or swapped with the next (the optimal string alignment distance).
    The first letter is taken to be right, as it nearly always is.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """`words` are without diacritics, the commonest first: it wins where several are near."""
        self._rank = {word: rank for rank, word in enumerate(words)}
        self._shorter: dict[str, str] = {}
        for word in words:
            if SHORTEST <= len(word) <= LONGEST:
                for shorter in _shorter(word):
                    self._shorter.setdefault(shorter, word)
        self._near = lru_cache(WORDS_CACHED)(self._search)

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> "Spelling":
        """All words that a network knows."""
        pairs = zip(vocabulary.rarity.tolist(), vocabulary.grams, strict=True)
        return cls([gram[len(WORD) :] for _, gram in sorted(pairs) if gram.startswith(WORD)])

    def corrected(self, normal: Normal) -> Normal:
        """The text with each slip undone."""
        if all(word in self._rank for word in normal.folded):
            return normal
        folded = tuple(map(self._near, normal.folded))
        pairs = zip(normal.tokens, normal.folded, folded, strict=True)
        return Normal(tuple(token if old == new else new for token, old, new in pairs), folded, normal.apart)

    def _search(self, word: str) -> str:
        if word in self._rank or not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
            return word
        near = {candidate for candidate in self._candidates(word) if _is_slip(word, candidate)}
        return min(near, key=self._rank.__getitem__, default=word)

    def _candidates(self, word: str) -> Iterator[str]:
        for key in (word, *_shorter(word)):
            if key in self._rank and len(key) >= SHORTEST:
                yield key
            if key in self._shorter:
                yield self._shorter[key]


def _is_slip(word: str, meant: str) -> bool:
    if OSA.distance(word, meant) != 1:
        return False
    return len(word) >= SURE or len(word) != len(meant) or sorted(word) == sorted(meant)


def _shorter(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(1, len(word))]
