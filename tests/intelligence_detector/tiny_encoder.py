"""A BERT-type encoder small enough for a test: random weights and a handful of pieces."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HIDDEN, WIDE, LAYERS, HEADS = 16, 32, 2, 4
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def write(folder: Path, words: set[str], seed: int = 1) -> Path:
    """Files of an encoder that knows these words and every letter."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = [piece for letter in "abcdefghijklmnopqrstuvwxyz" for piece in (letter, f"##{letter}")]
    pieces = dict.fromkeys([*SPECIAL, *sorted(words), *letters])
    numbers = {piece: place for place, piece in enumerate(pieces)}
    _tokenizer(numbers).save(str(folder / "tokenizer.json"))
    config = {"model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    save_file(_weights(np.random.default_rng(seed), len(numbers)), folder / "model.safetensors")
    return folder


def _tokenizer(numbers: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(piece, numbers[piece]) for piece in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = processors.BertProcessing(*ends)
    return tokenizer


def _weights(rng: np.random.Generator, pieces: int) -> dict[str, np.ndarray]:
    def normal(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32) / np.float32(np.sqrt(shape[-1]))

    def norm(base: str) -> dict[str, np.ndarray]:
        return {f"{base}.LayerNorm.weight": np.ones(HIDDEN, np.float32), f"{base}.LayerNorm.bias": normal(HIDDEN)}

    tables = {"word": pieces, "position": 512, "token_type": 2}
    found = {f"embeddings.{name}_embeddings.weight": normal(size, HIDDEN) for name, size in tables.items()}
    found |= norm("embeddings")
    for number in range(LAYERS):
        base = f"encoder.layer.{number}"
        shapes = {f"attention.self.{part}": (HIDDEN, HIDDEN) for part in ("query", "key", "value")}
        shapes |= {"attention.output.dense": (HIDDEN, HIDDEN), "intermediate.dense": (WIDE, HIDDEN)}
        shapes |= {"output.dense": (HIDDEN, WIDE)}
        for name, shape in shapes.items():
            found |= {f"{base}.{name}.weight": normal(*shape), f"{base}.{name}.bias": normal(shape[0])}
        found |= norm(f"{base}.attention.output") | norm(f"{base}.output")
    return found
