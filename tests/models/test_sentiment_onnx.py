"""The ONNX engine with a tiny model made here: an embedding of three numbers a token, averaged."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from models.hashed_head import softmax
from models.sentiment import UNSUPPORTED, SentimentUnavailableError
from models.sentiment_onnx import OnnxFolderError, load_onnx

pytest.importorskip("onnxruntime", reason="install it with: pip install 'vigie[onnx]'")
tokenizers = pytest.importorskip("tokenizers", reason="install it with: pip install 'vigie[onnx]'")

VOCABULARY = {"[UNK]": 0, "merci": 1, "honte": 2, "rue": 3}
# Columns in the model's own order: positive, negative, neutral.
WEIGHTS = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4]], dtype=np.float32)


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


def _tiny_model() -> bytes:
    """Gather(table, input_ids) then ReduceMean over the tokens, as ONNX's ModelProto."""
    table = _field(1, 4) + _field(1, 3) + _field(2, 1) + _field(8, b"table")
    table += _field(9, struct.pack("<12f", *WEIGHTS.ravel()))
    gather = _field(1, b"table") + _field(1, b"input_ids") + _field(2, b"each") + _field(4, b"Gather")
    axes = _field(1, b"axes") + _field(8, 1) + _field(20, 7)
    keep = _field(1, b"keepdims") + _field(3, 0) + _field(20, 2)
    mean = (
        _field(1, b"each")
        + _field(2, b"logits")
        + _field(4, b"ReduceMean")
        + _field(5, axes)
        + _field(5, keep)
    )
    graph = _field(1, gather) + _field(1, mean) + _field(2, b"tiny") + _field(5, table)
    graph += _field(11, _value("input_ids", 7, ["n", "t"])) + _field(12, _value("logits", 1, ["n", 3]))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "model.onnx").write_bytes(_tiny_model())
    labels = {"0": "Positive", "1": "NEGATIVE", "2": "neutral"}
    (tmp_path / "config.json").write_text(json.dumps({"id2label": labels, "languages": ["fr", "oc"]}))
    return tmp_path


def test_judges_with_the_users_own_model(folder: Path) -> None:
    engine = load_onnx(folder)
    judged = engine.score(
        ["merci", "honte", "rue", "merci merci merci", "merci"], ["fr", "fr", "oc", "fr", "de"]
    )
    assert [each.label for each in judged] == ["positive", "negative", "neutral", "positive", None]
    assert judged[4] is UNSUPPORTED
    shares = softmax(np.array([[4, 0, 0]], dtype=np.float32))[0]
    assert engine.score(["merci"], ["fr"])[0].score == pytest.approx(shares[0] - shares[1], abs=1e-3)
    assert engine.name == "onnx"
    assert engine.languages == {"fr", "oc"}
    assert engine.version == load_onnx(folder).version


def test_long_and_broken_texts_do_no_harm(folder: Path) -> None:
    engine = load_onnx(folder)
    judged = engine.score(["honte " * 100_000, "", "\ud800\x00", *["rue"] * 70], ["fr"] * 73)
    assert judged[0].label == "negative"
    assert all(each.label for each in judged)
    assert engine.score([], []) == []


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_or_broken_file_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\x00 not it")
    with pytest.raises(OnnxFolderError, match=name.replace(".", r"\.")):
        load_onnx(folder)
    (folder / name).unlink()
    with pytest.raises(OnnxFolderError, match=f"no {name}"):
        load_onnx(folder)


def test_other_labels_are_refused(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}))
    with pytest.raises(OnnxFolderError, match="must name negative, neutral, positive"):
        load_onnx(folder)


def test_without_the_extra_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(SentimentUnavailableError, match=r"vigie\[onnx\]"):
        load_onnx(folder)
