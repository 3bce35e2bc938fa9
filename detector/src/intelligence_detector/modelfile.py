"""Models in one `.npz` file: arrays as they are, everything else as UTF-8 JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from intelligence_detector.paths import replace_file
from intelligence_detector.tiers.dense import DenseHead
from intelligence_detector.tiers.features import Vocabulary
from intelligence_detector.tiers.habits import Habits
from intelligence_detector.tiers.models import Bounds, Models, Witnesses
from intelligence_detector.tiers.network import Network, Weights
from intelligence_detector.tiers.packed import Packed
from intelligence_detector.tiers.retrieval import Retrieval
from intelligence_detector.tiers.spelling import Spelling
from intelligence_detector.tiers.stage import Stage
from intelligence_detector.tiers.static import StaticTable
from intelligence_detector.tiers.surroundings import Surroundings

FORMAT: Final = 3
SMALL: Final = ("hidden_bias", "outputs", "output_bias", "linear_bias")
LARGE: Final = ("inputs", "linear")

Arrays = dict[str, NDArray[Any]]


class ModelFileError(ValueError):
    """The file is missing, damaged, or of another format."""


def save(models: Models, path: Path) -> None:
    """Write the file."""
    arrays = _arrays(replace(models, about=dict(models.about) | {"version": version_of(models)}))
    arrays["digest"] = _digest(arrays)
    with replace_file(path) as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes no mapping of arrays


def load(path: Path) -> Models:
    """Read what `save` wrote. Nothing in the file can run code."""
    try:
        # Opened here, because numpy leaves a file open that it cannot read.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        _check(arrays)
        models = _models(arrays, _json(arrays["meta"]))
    except FileNotFoundError as error:
        raise ModelFileError(f"{path}: there is no such file; `intelligence-detector train` writes one") from error
    except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds of error on damaged bytes
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ModelFileError(f"{path}: is no model of this version ({reason}); train it again") from error
    return replace(models, about=dict(models.about) | {"bytes": path.stat().st_size})


def version_of(models: Models) -> str:
    """The same for the same weights, whenever and however fast they were trained."""
    if known := models.about.get("version"):
        return str(known)
    digest = hashlib.blake2b(digest_size=8)
    for name, array in sorted(_arrays(replace(models, about={})).items()):
        digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _digest(arrays: Arrays) -> NDArray[np.uint8]:
    """Over every other array's name, type, shape and bytes: what is whole is also what `save` put together."""
    digest = hashlib.blake2b(digest_size=16)
    for name, array in sorted(arrays.items()):
        if name != "digest":
            digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            digest.update(array.tobytes())
    return np.frombuffer(digest.digest(), np.uint8)


def _check(arrays: Arrays) -> None:
    if "digest" not in arrays:
        raise ValueError("it has no digest")
    if not np.array_equal(arrays["digest"], _digest(arrays)):
        raise ValueError("its digest is another; the file is damaged")


def _arrays(models: Models) -> Arrays:
    witnesses = models.witnesses
    network, retrieval, around = witnesses.network, witnesses.retrieval, witnesses.surroundings
    arrays: Arrays = _weights(network.weights) | {
        "rarity": network.vocabulary.rarity,
        "grams": _bytes("\n".join(network.vocabulary.grams)),
        "texts": _bytes("\n".join(retrieval.texts)),
        "places": retrieval.labels.astype(np.int32),
        "exact": np.frombuffer(b"".join(witnesses.exact), np.uint8),
        "exact_places": np.array([models.labels.index(label) for label in witnesses.exact.values()], np.int32),
        "projects": _rows(around.projects, len(models.labels)),
        "kinds": _rows(around.kinds, len(models.labels)),
        "meta": _bytes(json.dumps(_meta(models), ensure_ascii=False)),
    }
    if around.habits is not None:
        arrays["base"] = around.habits.base
    for name, stage in models.stages.items():
        arrays |= {f"{name}.witnesses": stage.witnesses, f"{name}.odds": stage.odds}
    for name, head in _heads(witnesses).items():
        if head is not None:
            arrays |= {f"{name}.weights": head.weights.astype(np.float16), f"{name}.bias": head.bias}
    if witnesses.table is not None:
        arrays |= {"pieces": _bytes("\n".join(witnesses.table.pieces))} | _packed(
            "vectors", Packed.of(witnesses.table.vectors)
        )
    return arrays


def _meta(models: Models) -> dict[str, Any]:
    around = models.witnesses.surroundings
    return {
        "format": FORMAT,
        "labels": models.labels,
        "bounds": asdict(models.bounds),
        "stages": list(models.stages),
        "projects": list(around.projects),
        "kinds": list(around.kinds),
        "habits": list(around.habits.projects) if around.habits else [],
        "about": dict(models.about),
    }


def _models(arrays: Arrays, meta: dict[str, Any]) -> Models:
    if meta["format"] != FORMAT:
        raise ValueError(f"format {meta['format']}, not {FORMAT}")
    labels = tuple(meta["labels"])
    stages = {name: Stage(arrays[f"{name}.witnesses"], arrays[f"{name}.odds"]) for name in meta["stages"]}
    return Models(_witnesses(arrays, meta, labels), stages, Bounds(**meta["bounds"]), meta["about"])


def _witnesses(arrays: Arrays, meta: dict[str, Any], labels: tuple[str, ...]) -> Witnesses:
    vocabulary = Vocabulary(_lines(arrays["grams"]), arrays["rarity"])
    digests = arrays["exact"].reshape(-1, 16)
    known = {digest.tobytes(): labels[place] for digest, place in zip(digests, arrays["exact_places"], strict=True)}
    return Witnesses(
        labels=labels,
        exact=known,
        network=Network(vocabulary, _read_weights(arrays), len(labels)),
        spelling=Spelling.of(vocabulary),
        retrieval=Retrieval(_lines(arrays["texts"]), arrays["places"], len(labels)),
        surroundings=Surroundings(
            labels,
            dict(zip(meta["projects"], arrays["projects"], strict=True)),
            dict(zip(meta["kinds"], arrays["kinds"], strict=True)),
            _habits(arrays, meta),
        ),
        table=StaticTable(_lines(arrays["pieces"]), _unpacked(arrays, "vectors").unpacked())
        if "pieces" in arrays
        else None,
        by_table=_head(arrays, "table"),
        by_encoder=_head(arrays, "encoder"),
        by_centre=_head(arrays, "centre"),
    )


def _weights(weights: Weights) -> Arrays:
    arrays: Arrays = {name: getattr(weights, name) for name in SMALL if getattr(weights, name) is not None}
    for name in LARGE:
        if (table := getattr(weights, name)) is not None:
            arrays |= _packed(name, table)
    return arrays


def _packed(name: str, table: Packed) -> Arrays:
    return {name: table.steps, f"{name}.scale": table.scale}


def _unpacked(arrays: Arrays, name: str) -> Packed:
    return Packed(arrays[name], arrays[f"{name}.scale"])


def _read_weights(arrays: Arrays) -> Weights:
    known: dict[str, Any] = {name: arrays[name] for name in SMALL if name in arrays}
    return Weights(**known | {name: _unpacked(arrays, name) for name in LARGE if name in arrays})


def _heads(witnesses: Witnesses) -> dict[str, DenseHead | None]:
    habits = witnesses.surroundings.habits
    return {
        "table": witnesses.by_table,
        "encoder": witnesses.by_encoder,
        "centre": witnesses.by_centre,
        "habits": habits.head if habits else None,
    }


def _habits(arrays: Arrays, meta: dict[str, Any]) -> Habits | None:
    head = _head(arrays, "habits")
    return None if head is None else Habits(tuple(meta["habits"]), head, arrays["base"])


def _head(arrays: Arrays, name: str) -> DenseHead | None:
    if f"{name}.weights" not in arrays:
        return None
    return DenseHead(arrays[f"{name}.weights"].astype(np.float32), arrays[f"{name}.bias"])


def _rows(odds: Mapping[str, NDArray[np.floating[Any]]], width: int) -> NDArray[Any]:
    return np.array(list(odds.values()), np.float32).reshape(-1, width)


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _text(array: NDArray[Any]) -> str:
    return array.tobytes().decode()


def _lines(array: NDArray[Any]) -> tuple[str, ...]:
    return tuple(_text(array).split("\n"))


def _json(array: NDArray[Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_text(array))
    return found
