"""The parts of the benchmark; each trains what it needs and returns figures ready for JSON."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from e2e.bench.detector import data, rivals
from e2e.bench.detector.noise import NOISES
from intelligence_detector import default, modelfile, workbench
from intelligence_detector.learn.encoded import train_with_encoder
from intelligence_detector.learn.lessons import Lesson, read_examples, read_texts
from intelligence_detector.learn.report import Subject, report
from intelligence_detector.learn.training import Course, train
from intelligence_detector.lexicon import fold
from intelligence_detector.progress import silent
from intelligence_detector.tiers.models import Models

OWN = Path(__file__).resolve().parents[3] / "detector/src/intelligence_detector/data"
SENTENCES = Path(__file__).resolve().parents[2] / "traffic/sentences.jsonl"
HELD_SEED = 2026
HELD_LABELS = 64
UNLABELLED = 2_000
NOISY = 1_000


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the data lies, whether an encoder is at hand, the seed, and who is told what is going on."""

    folder: Path
    encoder: Path | None
    seed: int
    say: Callable[[str], None]

    def taught(self, split: data.Split, *, encoder: bool, unlabelled: Sequence[Lesson] = ()) -> Models:
        """Models for one split, from a file as a user would have them."""
        course = Course(split.train, split.outside_train, self.seed)
        if encoder and self.encoder:
            models = train_with_encoder(course, self.encoder, unlabelled, silent)
        else:
            models = train(course)
        with tempfile.TemporaryDirectory() as place:
            modelfile.save(models, Path(place) / "model.npz")
            return workbench.with_encoder(modelfile.load(Path(place) / "model.npz"), self.encoder if encoder else None)

    def judged(self, split: data.Split, *, encoder: bool, unlabelled: Sequence[Lesson] = ()) -> dict[str, Any]:
        """The report of `intelligence-detector evaluate` on one split."""
        models = self.taught(split, encoder=encoder, unlabelled=unlabelled)
        return judge(models, split.test, split.outside_test)


def judge(models: Models, test: Sequence[Lesson], outside: Sequence[Lesson] = ()) -> dict[str, Any]:
    """The report on lessons."""
    subject = Subject(models, workbench.legacy_of(models), workbench.version_of(models))
    return report(subject, test, outside, silent)


SETS: Mapping[str, Callable[..., data.Split]] = MappingProxyType(
    {"clinc150": data.clinc, "banking77": data.banking, "commit-areas": data.commits}
)


def label_set(bench: Bench, name: str) -> dict[str, Any]:
    """A public set in full, beside its rivals."""
    split = SETS[name](bench.folder, validation=False)
    bench.say(f"{name}: without an encoder, {len(split.train)} examples")
    found = {"plain": bench.judged(split, encoder=False)}
    if bench.encoder:
        bench.say(f"{name}: with the encoder")
        found["encoder"] = bench.judged(split, encoder=True)
    bench.say(f"{name}: rivals")
    return found | {"scan": rivals.scan(split.train, split.test), "linear": rivals.linear(split.train, split.test)}


def held_back(bench: Bench) -> dict[str, Any]:
    """Few examples of 64 labels, by draws that nothing was chosen on."""
    found: dict[str, Any] = {}
    for name, read in (("clinc150", data.clinc), ("banking77", data.banking)):
        whole = read(bench.folder, validation=False)
        for each in (10, 50):
            train_part = data.few(whole.train, each, HELD_LABELS, HELD_SEED)
            labels = {one.label for one in train_part}
            split = data.Split(train_part, [one for one in whole.test if one.label in labels])
            bench.say(f"{name}: {HELD_LABELS} labels with {each} examples each")
            row = {"plain": bench.judged(split, encoder=False), "linear": rivals.linear(split.train, split.test)}
            if bench.encoder:
                row["encoder"] = bench.judged(split, encoder=True)
            found[f"{name} at {each}"] = row
    return found


def distilled(bench: Bench) -> dict[str, Any]:
    """What the encoder's sure answers on texts without labels teach the quick filter. Validation data, as the rest is.

    Few examples of 64 labels; other training texts of the same labels come without theirs.
    """
    found: dict[str, Any] = {}
    for name, read in (("clinc150", data.clinc), ("banking77", data.banking)) if bench.encoder else ():
        whole = read(bench.folder, validation=True)
        taught = data.few(whole.train, 10, HELD_LABELS, HELD_SEED)
        labels, known = {one.label for one in taught}, {one.text for one in taught}
        others = [one for one in whole.train if one.label in labels and one.text not in known]
        drawn = random.Random(bench.seed).sample(others, UNLABELLED)  # noqa: S311 - a fixed draw, no secret
        split = data.Split(taught, [one for one in whole.test if one.label in labels])
        bench.say(f"{name}: {UNLABELLED} texts without labels")
        texts = [replace(one, label="") for one in drawn]
        found[name] = {
            "without": bench.judged(split, encoder=True),
            "with": bench.judged(split, encoder=True, unlabelled=texts),
        }
    return found


def routing(bench: Bench) -> dict[str, Any]:
    """Specialists known by their descriptions only: is the right one first, is it among the first three?"""
    found: dict[str, Any] = {}
    for name, encoder, cut in (("plain", False, data.SENTENCES), ("encoder", True, data.CLAUSES)):
        if encoder and not bench.encoder:
            continue
        bench.say(f"agent-routing: {name}")
        split = data.routing(bench.folder, validation=False, cut=cut)
        found |= {"specialists": len({one.label for one in split.train}), "requests": len(split.test)}
        models = bench.taught(split, encoder=encoder)
        ranked = [[label for label, _ in workbench.detect(models, one.text).ranking] for one in split.test]
        pairs = list(zip(ranked, split.test, strict=True))
        found[name] = {
            "top_1": round(sum(labels[0] == one.label for labels, one in pairs) / len(pairs), 4),
            "top_3": round(sum(one.label in labels for labels, one in pairs) / len(pairs), 4),
        }
    return found


def robustness(bench: Bench) -> dict[str, Any]:
    """Points lost to noise that means nothing, on intents in English and on our own sentences."""
    bench.say("robustness")
    clinc = data.clinc(bench.folder, validation=False)
    english = random.Random(bench.seed).sample(list(clinc.test), NOISY)  # noqa: S311 - a fixed draw, no secret
    own = [*read_examples(OWN / "validation.jsonl"), *read_examples(SENTENCES)]
    sets = {"clinc150": (bench.taught(clinc, encoder=False), english), "own": (default.models(), own)}
    return {name: _losses(models, lessons, bench.seed) for name, (models, lessons) in sets.items()}


def _losses(models: Models, lessons: Sequence[Lesson], seed: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, noise in NOISES.items():
        rng = random.Random(seed)  # noqa: S311 - a fixed draw, no secret
        asked = [one for one in lessons if name != "missing diacritics" or fold(one.text.lower()) != one.text.lower()]
        if asked:
            plain = _right(models, [(one.text, one.label) for one in asked])
            noisy = _right(models, [(noise(one.text, rng), one.label) for one in asked])
            found[name] = {"requests": len(asked), "plain": plain, "noisy": noisy, "lost": round(plain - noisy, 4)}
    return found


def _right(models: Models, pairs: Sequence[tuple[str, str]]) -> float:
    guesses = [workbench.detect(models, text).ranking for text, _ in pairs]
    hits = sum(bool(ranking) and ranking[0][0] == label for ranking, (_, label) in zip(guesses, pairs, strict=True))
    return round(hits / len(pairs), 4)


def own_specialists(bench: Bench) -> dict[str, Any]:
    """The default model on sentences of ours that it was not taught."""
    bench.say("our own specialists")
    outside = read_texts(OWN / "validation_out_of_scope.jsonl")
    models = default.models()
    return {
        "validation": judge(models, read_examples(OWN / "validation.jsonl"), outside),
        "traffic": judge(models, read_examples(SENTENCES)),
    }
