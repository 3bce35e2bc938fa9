"""The same as the commands, for Python: train, save, load, detect, explain, evaluate."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from intelligence_detector import explicit
from intelligence_detector.learn.encoded import train_with_encoder
from intelligence_detector.learn.lessons import check_trainable, read_examples, read_texts
from intelligence_detector.learn.report import Subject, report
from intelligence_detector.learn.training import Course
from intelligence_detector.learn.training import train as train_course
from intelligence_detector.lexicon import Normal, normalise
from intelligence_detector.model import Hints, Switches, Verdict
from intelligence_detector.modelfile import load, save, version_of
from intelligence_detector.progress import Progress, silent
from intelligence_detector.serving import facts_of, legacy_of, with_encoder
from intelligence_detector.tiers.cascade import Question, decide
from intelligence_detector.tiers.evidence import Evidence
from intelligence_detector.tiers.features import word_grams
from intelligence_detector.tiers.models import Models

__all__ = [
    "detect",
    "evaluate",
    "explain",
    "facts_of",
    "legacy_of",
    "load",
    "save",
    "train",
    "version_of",
    "with_encoder",
]

EVERY_TIER: Final = Switches(quick_filter=True, context_analysis=True, enhanced_filter=True)
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Lectern:
    """What training may use beside the examples, each optional: texts of none of the labels, an encoder, more texts."""

    oos: Path | None = None
    encoder: Path | None = None
    unlabelled: Path | None = None
    """Texts without labels; those that the encoder is sure about teach the quick filter too."""


def train(
    examples: Path,
    beside: Lectern = Lectern(),
    *,
    seed: int = 7,
    floor: float = 0.5,
    progress: Progress = silent,
) -> Models:
    """Learn from JSON lines; raises LessonError with file and line."""
    lessons = read_examples(examples)
    check_trainable(lessons, examples)
    course = Course(lessons, read_texts(beside.oos) if beside.oos else (), seed, floor=floor)
    if beside.encoder is None:
        return train_course(course, progress)
    pupils = read_texts(beside.unlabelled) if beside.unlabelled else []
    return train_with_encoder(course, beside.encoder, pupils, progress)


def detect(models: Models, text: str, hints: Hints = Hints()) -> Verdict:  # noqa: B008 - frozen
    """Decide with every tier on."""
    return decide([Question(normalise(text), hints, EVERY_TIER)], models)[0]


def evaluate(models: Models, examples: Path, oos: Path | None = None, *, progress: Progress = silent) -> dict[str, Any]:
    """The report over examples that the models were not trained with."""
    lessons = read_examples(examples)
    outside = read_texts(oos) if oos else []
    return report(Subject(models, legacy_of(models), version_of(models)), lessons, outside, progress)


def explain(models: Models, text: str, hints: Hints = Hints()) -> dict[str, Any]:  # noqa: B008 - frozen
    """What decided: what was said outright, the verdict, and the n-grams and neighbours that spoke for it."""
    said = explicit.read(text, explicit.names_of(models.labels))
    normal = normalise(said.rest)
    (verdict,) = decide([Question(normal, hints, EVERY_TIER)], models)
    label = verdict.ranking[0][0] if verdict.ranking else None
    evidence = Evidence(normal, hints, models.witnesses, models.encode)
    return {
        "specialist": said.specialist or verdict.specialist,
        "confidence": 1.0 if said.specialist else round(verdict.confidence, 4),
        "tier": "explicit" if said.specialist else verdict.tier,
        "said": {"specialist": said.specialist, "flags": said.flags},
        "ranking": [{"specialist": name, "chance": round(chance, 4)} for name, chance in verdict.ranking],
        "read_as": evidence.normal.text,
        "exact": evidence.known,
        "words": _words(models, evidence.normal, label),
        "neighbours": _neighbours(models, evidence),
    }


def _words(models: Models, normal: Normal, label: str | None) -> list[dict[str, Any]]:
    """By how much the network's log-chance for the label falls without a word, and the n-grams it knows the word by."""
    if label is None:
        return []
    place, network = models.labels.index(label), models.witnesses.network
    whole = float(network.read([normal])[0].log_chances[place])
    found = []
    for at, token in enumerate(normal.tokens):
        rest = Normal(normal.tokens[:at] + normal.tokens[at + 1 :], normal.folded[:at] + normal.folded[at + 1 :])
        known = [gram for gram in word_grams(token) if network.vocabulary.knows(gram)]
        weight = whole - float(network.read([rest])[0].log_chances[place])
        found.append((weight, {"word": token, "for": round(weight, 3), "ngrams_known": known}))
    return [one for _, one in sorted(found, key=lambda pair: -abs(pair[0]))[:SHOWN]]


def _neighbours(models: Models, evidence: Evidence) -> list[dict[str, Any]]:
    retrieval = models.witnesses.retrieval
    support = np.exp(evidence.nearest.log_support)
    return [
        {
            "text": retrieval.texts[place],
            "specialist": models.labels[int(retrieval.labels[place])],
            "support_of_specialist": round(float(support[int(retrieval.labels[place])]), 3),
        }
        for place in evidence.nearest.places[:SHOWN]
    ]
