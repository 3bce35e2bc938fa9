"""Run a BERT-type sentence encoder with numpy: token vectors, attention, mean over the tokens, length 1."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from intelligence_detector.encoder.errors import EncoderError

Matrix = NDArray[np.float32]

MOST_TOKENS: Final = 64
"""Of a longer text the beginning is read; time grows with the tokens."""
FILES: Final = ("config.json", "model.safetensors", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer; weights as [input, output], the three of attention side by side."""

    attend: Matrix
    attend_bias: Matrix
    merge: Matrix
    merge_bias: Matrix
    merge_norm: tuple[Matrix, Matrix]
    widen: Matrix
    widen_bias: Matrix
    narrow: Matrix
    narrow_bias: Matrix
    narrow_norm: tuple[Matrix, Matrix]


class Encoder:
    """Reads `config.json`, `model.safetensors` and `tokenizer.json` as sentence-transformers writes them."""

    def __init__(self, folder: Path) -> None:
        require(folder)
        self._config = _config(folder)
        self._tokenizer = _tokenizer(folder)
        weights = _weights(folder)
        try:
            self._load(weights)
        except KeyError as error:
            raise EncoderError(
                f"{folder}: model.safetensors has no {error}; only BERT-type encoders are read"
            ) from error
        self._check(folder)
        self.name = folder.resolve().name

    @property
    def frame(self) -> tuple[int, int]:
        """The numbers of the pieces that the tokenizer puts around every text."""
        around = self._tokenizer.encode("").ids
        return around[0], around[-1]

    @property
    def pieces(self) -> list[str]:
        """The vocabulary, each piece at its number."""
        numbers = self._tokenizer.get_vocab(with_added_tokens=True)
        return sorted(numbers, key=numbers.__getitem__)

    def encode(self, text: str) -> Matrix:
        """One vector of length 1."""
        vectors = self.encode_numbers(np.array([self._tokenizer.encode(text).ids[:MOST_TOKENS]]))
        return np.asarray(vectors[0], np.float32)

    def encode_many(self, texts: Sequence[str]) -> list[Matrix]:
        """The same vectors, put together by length so that nothing is padded."""
        numbers = [self._tokenizer.encode(text).ids[:MOST_TOKENS] for text in texts]
        found: list[Matrix] = [np.empty(0, np.float32)] * len(texts)
        for length in sorted({len(one) for one in numbers}):
            places = [place for place, one in enumerate(numbers) if len(one) == length]
            for start in range(0, len(places), 64):
                some = places[start : start + 64]
                for place, vector in zip(
                    some, self.encode_numbers(np.array([numbers[at] for at in some])), strict=True
                ):
                    found[place] = vector
        return found

    def encode_numbers(self, numbers: NDArray[np.int_]) -> Matrix:
        """One vector per row of token numbers; all rows are of one length and nothing is padded."""
        rows, length = numbers.shape
        state = self._words[numbers] + self._places[:length] + self._kind
        state = _normed(state.reshape(rows * length, -1), *self._norm)
        for layer in self._layers:
            state = self._through(layer, state, (rows, length))
        mean = state.reshape(rows, length, -1).mean(axis=1)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)

    def _through(self, layer: _Layer, state: Matrix, shape: tuple[int, int]) -> Matrix:
        heads = self._config["num_attention_heads"]
        width = state.shape[1] // heads
        asked = (state @ layer.attend + layer.attend_bias).reshape(*shape, 3, heads, width)
        query, key, value = asked.transpose(2, 0, 3, 1, 4)
        looks = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width))
        looks = np.exp(looks - looks.max(axis=-1, keepdims=True))
        looks /= looks.sum(axis=-1, keepdims=True)
        seen = np.asarray((looks @ value).transpose(0, 2, 1, 3).reshape(state.shape), np.float32)
        state = _normed(state + seen @ layer.merge + layer.merge_bias, *layer.merge_norm)
        wide = np.asarray(state @ layer.widen + layer.widen_bias, np.float32)
        wide *= np.float32(0.5) * (1 + erf(wide * np.float32(np.sqrt(0.5))))
        return _normed(state + wide @ layer.narrow + layer.narrow_bias, *layer.narrow_norm)

    def _load(self, weights: Mapping[str, Matrix]) -> None:
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = weights["embeddings.position_embeddings.weight"]
        self._kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._norm = (weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"])
        self._layers = [_layer(weights, number) for number in range(self._config["num_hidden_layers"])]

    def _check(self, folder: Path) -> None:
        """Raise EncoderError unless the three files fit each other, before anybody spends a minute on them."""
        rows, width = self._words.shape[0], self._words.shape[-1]
        largest = max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=-1)
        if not 0 <= largest < rows or not self._tokenizer.encode("").ids:
            raise _damaged(folder, "tokenizer.json", f"does not fit the {rows} pieces in model.safetensors")
        if width % self._config["num_attention_heads"]:
            raise _damaged(folder, "config.json", f"num_attention_heads does not divide the width {width}")
        try:
            whole = len(self._places) >= MOST_TOKENS and np.isfinite(self.encode("a")).all()
        except (ValueError, IndexError) as error:
            raise _damaged(folder, "model.safetensors", "has weights of shapes that do not fit") from error
        if not whole:
            raise _damaged(folder, "model.safetensors", f"has NaN or fewer than {MOST_TOKENS} positions")


def require(folder: Path) -> None:
    """Raise EncoderError unless the three files are there."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise EncoderError(f"{folder}: {missing[0]} is missing; an encoder is a directory with {', '.join(FILES)}")


def _normed(state: Matrix, scale: Matrix, shift: Matrix) -> Matrix:
    state = state - state.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("td,td->t", state, state)[:, None] / state.shape[1] + np.float32(1e-12))
    return np.asarray(state / spread * scale + shift, np.float32)


def _layer(weights: Mapping[str, Matrix], number: int) -> _Layer:
    base = f"encoder.layer.{number}."

    def turned(name: str) -> Matrix:
        return np.ascontiguousarray(weights[f"{base}{name}.weight"].T)

    def bias(name: str) -> Matrix:
        return weights[f"{base}{name}.bias"]

    def norm(name: str) -> tuple[Matrix, Matrix]:
        return weights[f"{base}{name}.LayerNorm.weight"], weights[f"{base}{name}.LayerNorm.bias"]

    parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
    return _Layer(
        np.ascontiguousarray(np.hstack([turned(part) for part in parts])),
        np.concatenate([bias(part) for part in parts]),
        turned("attention.output.dense"),
        bias("attention.output.dense"),
        norm("attention.output"),
        turned("intermediate.dense"),
        bias("intermediate.dense"),
        turned("output.dense"),
        bias("output.dense"),
        norm("output"),
    )


def _damaged(folder: Path, name: str, what: str) -> EncoderError:
    return EncoderError(f"{folder}: {name}: {' '.join(what.split())}; download the encoder again")


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except ValueError as error:
        raise _damaged(folder, "config.json", f"is not JSON ({error})") from error
    if not isinstance(config, dict):
        raise _damaged(folder, "config.json", "is not a JSON object")
    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
        kind = f"{config.get('model_type')} with {config.get('hidden_act')}"
        raise EncoderError(f"{folder}: config.json names a {kind}; only bert with gelu is read")
    for name in ("num_attention_heads", "num_hidden_layers"):
        if not isinstance(config.get(name), int) or config[name] < 1:
            raise _damaged(folder, "config.json", f"{name} is no positive number")
    return config


def _weights(folder: Path) -> Mapping[str, Matrix]:
    try:
        from safetensors.numpy import load_file  # noqa: PLC0415 - only those who have an encoder need it
    except ImportError as error:
        raise EncoderError("an encoder needs safetensors: pip install 'intelligence-rollout[encoder]'") from error
    try:
        found = load_file(folder / "model.safetensors")
    except Exception as error:  # safetensors has an error of its own, and others for some damage
        raise _damaged(folder, "model.safetensors", f"cannot be read ({error})") from error
    return {name.removeprefix("bert."): np.asarray(weight, np.float32) for name, weight in found.items()}


def _tokenizer(folder: Path) -> Any:  # noqa: ANN401 - tokenizers is not always there
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415 - only those who have an encoder need it
    except ImportError as error:
        raise EncoderError("an encoder needs tokenizers: pip install 'intelligence-rollout[encoder]'") from error
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises nothing narrower
        raise _damaged(folder, "tokenizer.json", f"cannot be read ({error})") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS)
    return tokenizer
