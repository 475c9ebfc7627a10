"""A transformer's folder made here, and stand-ins for the packages that read one.

The tiny model is an embedding of a few numbers a token, averaged. The real packages run it; so does
`Session` below, which takes the table out of the same file.
"""

from __future__ import annotations

import json
import re
import struct
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

VOCABULARY = {"[UNK]": 0, "merci": 1, "honte": 2, "rue": 3}
# Columns in the model's own order: positive, negative, neutral.
LABELS = {"0": "Positive", "1": "NEGATIVE", "2": "neutral"}
WEIGHTS = ((0, 0, 0), (4, 0, 0), (0, 4, 0), (0, 0, 4))


def make_folder(path: Path, *, weights: Any = WEIGHTS, **config: Any) -> Path:
    """What an exporter would write; `config` adds to `config.json` or replaces parts of it."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "model.onnx").write_bytes(tiny_model(weights))
    model = {"type": "WordLevel", "vocab": VOCABULARY, "unk_token": "[UNK]"}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": model,
    }
    nothing = dict.fromkeys(("truncation", "padding", "normalizer", "post_processor", "decoder"))
    (path / "tokenizer.json").write_text(json.dumps(tokenizer | nothing))
    (path / "config.json").write_text(json.dumps({"id2label": LABELS} | config))
    return path


def tiny_model(weights: Any) -> bytes:
    """Gather(table, input_ids) then ReduceMean over the tokens, as ONNX's ModelProto."""
    rows, columns = len(weights), len(weights[0])
    table = _field(1, rows) + _field(1, columns) + _field(2, 1) + _field(8, b"table")
    table += _field(9, struct.pack(f"<{rows * columns}f", *(x for row in weights for x in row)))
    gather = _field(1, b"table") + _field(1, b"input_ids") + _field(2, b"each") + _field(4, b"Gather")
    axes = _field(1, b"axes") + _field(8, 1) + _field(20, 7)
    keep = _field(1, b"keepdims") + _field(3, 0) + _field(20, 2)
    mean = _field(1, b"each") + _field(2, b"logits") + _field(4, b"ReduceMean")
    mean += _field(5, axes) + _field(5, keep)
    graph = _field(1, gather) + _field(1, mean) + _field(2, b"tiny") + _field(5, table)
    graph += _field(11, _value("input_ids", 7, ["n", "t"])) + _field(12, _value("logits", 1, ["n", columns]))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))


def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both packages importable, whether or not they are installed."""
    onnxruntime, tokenizers = ModuleType("onnxruntime"), ModuleType("tokenizers")
    onnxruntime.SessionOptions = SimpleNamespace  # type: ignore[attr-defined]
    onnxruntime.InferenceSession = Session  # type: ignore[attr-defined]
    tokenizers.Tokenizer = Tokenizer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "onnxruntime", onnxruntime)
    monkeypatch.setitem(sys.modules, "tokenizers", tokenizers)


class Session:
    """The part of onnxruntime's that the engine uses."""

    def __init__(self, path: str, options: Any, providers: list[str]) -> None:  # noqa: ARG002
        content = Path(path).read_bytes()
        found = re.search(rb"\x08(.)\x08(.)\x10\x01\x42\x05table\x4a(.)", content, re.DOTALL)
        if found is None:
            raise RuntimeError("Protobuf parsing failed")
        rows, columns, size = (each[0] for each in found.groups())
        packed = content[found.end() : found.end() + size]
        self._table = np.array(struct.unpack(f"<{rows * columns}f", packed), np.float32).reshape(
            rows, columns
        )

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="input_ids")]

    def run(self, outputs: None, feed: dict[str, Any]) -> list[Any]:  # noqa: ARG002
        return [self._table[feed["input_ids"]].mean(axis=1)]


class Tokenizer:
    """The part of tokenizers' that the engine uses."""

    def __init__(self, vocabulary: dict[str, int]) -> None:
        self._vocabulary, self._longest = vocabulary, 0

    @classmethod
    def from_file(cls, path: str) -> Tokenizer:
        return cls(json.loads(Path(path).read_text())["model"]["vocab"])

    def enable_truncation(self, longest: int) -> None:
        self._longest = longest

    def no_padding(self) -> None:
        pass

    def encode(self, text: str) -> Any:
        words = re.findall(r"\w+|[^\w\s]+", text)[: self._longest]
        return SimpleNamespace(ids=[self._vocabulary.get(word, 0) for word in words])


def _field(number: int, content: bytes | int) -> bytes:
    """One protobuf field: a varint, or bytes with their length."""

    def varint(value: int) -> bytes:
        low = value & 0x7F
        return bytes([low]) if value < 0x80 else bytes([low | 0x80]) + varint(value >> 7)

    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def _value(name: str, kind: int, dims: list[str | int]) -> bytes:
    shape = b"".join(_field(1, _field(2, d.encode()) if isinstance(d, str) else _field(1, d)) for d in dims)
    tensor = _field(1, kind) + _field(2, shape)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))
