"""Our sentences with their right specialist, drawn the way people ask: a few of them very often."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

SENTENCES = Path(__file__).with_name("sentences.jsonl")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A request in a developer's words and the specialist who should take it."""

    text: str
    label: str


def load(path: Path = SENTENCES) -> tuple[Sentence, ...]:
    """Read one JSON object a line with `text` and `label`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(Sentence(**json.loads(line)) for line in lines if line.strip())


def popular(sentences: tuple[Sentence, ...], rng: random.Random) -> Callable[[], Sentence]:
    """Return a draw in which the n-th sentence of a shuffled order is asked 1/n as often as the first (Zipf)."""
    order = rng.sample(sentences, len(sentences))
    weights = list(accumulate(1 / rank for rank in range(1, len(order) + 1)))
    return lambda: rng.choices(order, cum_weights=weights)[0]
