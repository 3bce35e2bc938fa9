"""The default model: our own specialists, taught by our own examples, built once and kept in the user's cache."""

import hashlib
import logging
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Final

from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.lexicon import load_examples, load_out_of_scope, load_vocabulary
from intelligence_detector.modelfile import FORMAT, ModelFileError, load, save
from intelligence_detector.paths import cache
from intelligence_detector.progress import Progress, silent
from intelligence_detector.tiers.models import Models

LOG = logging.getLogger(__name__)
SEED: Final = 7
FLOOR: Final = 0.25
"""A wrong specialist costs a moment, and so does none: a likely guess is offered."""
TAUGHT_BY: Final = (
    *("default.py", "lexicon.py", "surface.py"),
    *(f"tiers/{name}.py" for name in ("evidence", "features", "packed", "spelling", "stage")),
    *(
        f"learn/{name}.py"
        for name in (
            "network",
            "ridge",
            "fitting",
            "folds",
            "stages",
            "training",
            "bounds",
            "duration",
            "linear",
            "profile",
        )
    ),
)
LEARNED_FROM: Final = (
    *("examples.jsonl", "out_of_scope.jsonl", "vocabulary.json"),
    *("validation.jsonl", "validation_out_of_scope.jsonl"),
)


def models(progress: Progress = silent) -> Models:
    """Read the default model, after building it when it is not there yet or was built from other examples."""
    path = default_path()
    try:
        return load(path)
    except ModelFileError:
        LOG.info("building the default model; this takes some seconds, once")
    built = build(progress)
    try:
        save(built, path)
    except OSError as error:
        LOG.warning("the default model cannot be kept at %s (%s); it will be built again", path, error.strerror)
        return built
    return load(path)


def build(progress: Progress = silent) -> Models:
    """Train it from the sentences shipped with the package."""
    # Training brings scipy along; who finds the model built already does not need it.
    from intelligence_detector.learn.lessons import read_examples, read_texts  # noqa: PLC0415 - only a first start learns
    from intelligence_detector.learn.training import Course, train  # noqa: PLC0415 - as above

    lessons = [Lesson(one.normal, one.label) for one in load_examples()]
    terms = [Lesson(one.normal, one.label) for one in load_vocabulary()]
    beyond = resources.files(__package__).joinpath("data/out_of_scope.jsonl")
    outside = [Lesson(one, "") for one in load_out_of_scope()] if beyond.is_file() else []
    course = Course(lessons, outside, SEED, terms=terms, floor=FLOOR)
    files = resources.files(__package__).joinpath("data")
    with (
        resources.as_file(files.joinpath("validation.jsonl")) as held,
        resources.as_file(files.joinpath("validation_out_of_scope.jsonl")) as held_outside,
    ):
        course = replace(course, held=read_examples(held), held_outside=read_texts(held_outside))
    return train(course, progress)


def default_path() -> Path:
    """One file per state of the examples and of the code that learns, so that no stale model is ever served."""
    digest = hashlib.blake2b(f"{FORMAT}".encode(), digest_size=8)
    package = resources.files(__package__)
    for name in TAUGHT_BY:
        digest.update(package.joinpath(name).read_bytes())
    for name in LEARNED_FROM:
        data = package.joinpath("data", name)
        digest.update(data.read_bytes() if data.is_file() else b"")
    return cache() / "detector" / f"model-{digest.hexdigest()}.npz"
