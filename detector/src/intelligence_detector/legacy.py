"""The control pipeline: eight steps, each done in full for every request."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Final

from rapidfuzz import fuzz, process

from intelligence_detector.lexicon import Example, Normal, normalise
from intelligence_detector.model import Verdict

TIER: Final = "legacy"
ABSTAIN: Final = "abstain"
THRESHOLD: Final = 0.25
NEAREST: Final = 5
KEYWORDS: Final = 12
"""So many words speak for a label that nobody wrote rules for."""
KEYWORD: Final = 1.0
SYNONYM: Final = 0.6
FUZZY: Final = 1.2
SCANNED: Final = 128
"""So many characters of a request are compared with the table, whose sentences are shorter; a scan costs by length."""
MARKS_OF_VIETNAMESE: Final = 2
"""So many words with diacritics or Vietnamese function words make a sentence Vietnamese: one `café` does not."""

Scores = Mapping[str, float]


class Legacy:
    """Rules and a fuzzy scan of the whole table; the rules are words without diacritics in `data/legacy.json`."""

    def __init__(self, examples: Sequence[Example]) -> None:
        rules = json.loads(resources.files(__package__).joinpath("data/legacy.json").read_text("utf-8"))
        written: dict[str, list[str]] = rules["keywords"]
        telling = _telling(examples)
        self._keywords = {label: frozenset(written.get(label) or words) for label, words in telling.items()}
        self._synonyms: dict[str, str] = rules["synonyms"]
        self._english, self._vietnamese = (frozenset(rules["stop"][language]) for language in ("en", "vi"))
        self._texts = [" ".join(example.normal.folded) for example in examples]
        self._labels = [example.label for example in examples]

    def detect(self, text: str) -> Verdict:
        """Run the eight steps one after the other."""
        normal = normalise(text)  # 1 normalise
        stop = self._vietnamese if self._is_vietnamese(normal) else self._english  # 2 language
        words = [word for word in normal.folded if word not in stop]  # 3 tokens
        keywords = self._by_keywords(words, KEYWORD)  # 4 keywords
        synonyms = self._by_keywords([self._synonyms[w] for w in words if w in self._synonyms], SYNONYM)  # 5 synonyms
        nearest = self._by_fuzzy_scan(normal)  # 6 fuzzy scan of the whole table
        label, confidence = _rank(keywords, synonyms, nearest)  # 7 rule scores
        sure = confidence >= THRESHOLD  # 8 threshold
        ranking = ((label, confidence),)
        return Verdict(label, confidence, TIER, ranking) if sure else Verdict(None, confidence, ABSTAIN, ranking)

    def _is_vietnamese(self, normal: Normal) -> bool:
        pairs = zip(normal.tokens, normal.folded, strict=True)
        marks = sum(token != plain or plain in self._vietnamese for token, plain in pairs)
        return marks >= MARKS_OF_VIETNAMESE

    def _by_keywords(self, words: Sequence[str], weight: float) -> Scores:
        return {label: weight * sum(word in own for word in words) for label, own in self._keywords.items()}

    def _by_fuzzy_scan(self, normal: Normal) -> Scores:
        text = " ".join(normal.folded)[:SCANNED]
        found = process.extract(text, self._texts, scorer=fuzz.token_set_ratio, limit=NEAREST)
        scores: dict[str, float] = defaultdict(float)
        for _, likeness, place in found:
            scores[self._labels[place]] += FUZZY * likeness / 100 / NEAREST
        return scores


def _telling(examples: Sequence[Example]) -> Mapping[str, list[str]]:
    """For labels that nobody wrote rules for: the words that are met most with one label and little elsewhere."""
    by_label: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        by_label[example.label].update(set(example.normal.folded))
    everywhere = sum(by_label.values(), Counter[str]())
    return {
        label: sorted(counts, key=lambda word: (-(counts[word] ** 2) / everywhere[word], word))[:KEYWORDS]
        for label, counts in by_label.items()
    }


def _rank(*opinions: Scores) -> tuple[str, float]:
    """The label with the highest sum, and its share of everything said; little said is little sure."""
    total: dict[str, float] = defaultdict(float)
    for scores in opinions:
        for label, score in scores.items():
            total[label] += score
    label = max(total, key=lambda name: total[name])
    return label, total[label] / max(1.0, sum(total.values()))
