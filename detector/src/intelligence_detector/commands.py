"""The commands about models: train, evaluate, detect, explain, model."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from intelligence_detector import default, workbench
from intelligence_detector.encoder.errors import EncoderError
from intelligence_detector.modelfile import ModelFileError
from intelligence_detector.progress import Progress as Report
from intelligence_detector.tiers.models import Models

ACCURACIES = (
    "forced_accuracy",
    "coverage",
    "accuracy_when_answered",
    "oos_recall",
    "oos_recall_at_925_kept",
    "legacy_accuracy",
)


def train(chosen: argparse.Namespace) -> int:
    """Learn from examples and write the model."""
    _check_place(chosen.model, [one for one in (chosen.examples, chosen.oos, chosen.unlabelled) if one])
    if chosen.unlabelled and not chosen.encoder:
        raise EncoderError("--unlabelled: it is an encoder that answers texts without labels; give --encoder too")
    with _bar("training") as report:
        models = workbench.train(
            chosen.examples,
            workbench.Lectern(chosen.oos, chosen.encoder, chosen.unlabelled),
            seed=chosen.seed,
            floor=chosen.floor,
            progress=report,
        )
    workbench.save(models, chosen.model)
    about = models.about
    size = chosen.model.stat().st_size / 1e6
    learned = f"{len(models.labels)} labels from {about['examples']} examples in {about['train_seconds']:.1f} s"
    _say(f"{chosen.model}: {learned}, {size:.1f} MB, version {workbench.version_of(models)}")
    return 0


def evaluate(chosen: argparse.Namespace) -> int:
    """Judge a model by examples it was not trained with."""
    models = load(chosen)
    with _bar("evaluating") as report:
        found = workbench.evaluate(models, chosen.examples, chosen.oos, progress=report)
    if chosen.plots:
        from intelligence_detector.learn import plots  # noqa: PLC0415 - matplotlib is wanted only here

        plots.draw(found, chosen.plots)
    if chosen.json:
        _say(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _show(found)
    return 0


def explain(chosen: argparse.Namespace) -> int:
    """Say what decided."""
    _say(json.dumps(workbench.explain(load(chosen), chosen.text), ensure_ascii=False, indent=2))
    return 0


def model(chosen: argparse.Namespace) -> int:
    """Build the default model, or copy it to a place of one's own."""
    with _bar("building the default model") as report:
        models = default.models(report)
    path = default.default_path()
    if chosen.model:
        workbench.save(models, chosen.model)
        path = chosen.model
    _say(f"{path}: {len(models.labels)} specialists, {path.stat().st_size / 1e6:.1f} MB")
    return 0


def load(chosen: argparse.Namespace) -> Models:
    """The model of a file, else the default one."""
    models = workbench.load(chosen.model) if chosen.model else default.models()
    return workbench.with_encoder(models, chosen.encoder)


def _check_place(model: Path, read: Sequence[Path]) -> None:
    """Refuse a place for the model before the work, not after it."""
    if model.resolve() in [one.resolve() for one in read]:
        raise ModelFileError(f"--model {model}: is read by this command; name another file")
    if model.is_dir():
        raise ModelFileError(f"--model {model}: is a directory; name a file in it")
    try:
        model.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelFileError(f"--model {model}: cannot be written ({error.strerror}); name another place") from error
    if not os.access(model.parent, os.W_OK):
        raise ModelFileError(f"--model {model}: its directory cannot be written to; name another place")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


@contextmanager
def _bar(what: str) -> Iterator[Report]:
    """A progress bar on the error stream, so that the output stays clean; silent where nobody watches."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(what)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def _show(found: dict[str, Any]) -> None:
    table = Table("figure", "value", "95 % interval")
    for name in ACCURACIES:
        one = found[name]
        if one["of"]:
            table.add_row(name, f"{one['value']:.1%}", f"{one['low']:.1%} to {one['high']:.1%}")
    table.add_row("ece", f"{found['ece']:.3f}", "")
    for name, value in found["latency_ms"].items():
        table.add_row(f"latency {name}", f"{value:.2f} ms", "")
    for name, tier in found["tiers"].items():
        table.add_row(f"decided by {name}", f"{tier['share']:.1%}", f"p50 {tier['p50']:.2f}, p99 {tier['p99']:.2f} ms")
    Console().print(table)
