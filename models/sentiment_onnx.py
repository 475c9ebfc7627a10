"""A user's own transformer as a sentiment engine: an ONNX folder on this machine, extra `vigie[onnx]`.

The folder holds what exporters write: `model.onnx` (inputs `input_ids` and `attention_mask`, and
`token_type_ids` if it wants them; one output of logits), `tokenizer.json`, and `config.json` with `id2label`.
In `config.json` a list `languages` may name the ISO 639-1 codes it was trained for; without it, all seven
are taken. Nothing is downloaded.

    OnnxFolderError    the folder lacks a file, or its labels are not negative, neutral, positive
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.encoders import prepare
from models.hashed_head import Floats, softmax
from models.sentiment_fast import LANGUAGES, judgements
from models.tone import LABELS, UNSUPPORTED, Sentiment, SentimentUnavailableError

BATCH = 32
LONGEST_TOKENS = 128


class OnnxFolderError(Exception):
    """The folder cannot serve; the message names the file and what was expected."""


class OnnxEngine:
    """Batches of like length, one thread; the labels of the model in any order and spelling of case."""

    name = "onnx"

    def __init__(
        self, session: Any, tokenizer: Any, columns: Sequence[int], languages: frozenset[str], version: str
    ) -> None:
        self._session, self._tokenizer, self._columns = session, tokenizer, list(columns)
        self._inputs = {each.name for each in session.get_inputs()}
        self.languages = languages
        self.version = version

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]:
        """One judgement a text, `UNSUPPORTED` where its language is none of `languages`."""
        if len(texts) != len(langs):
            raise ValueError(f"{len(texts)} texts but {len(langs)} languages")
        judged = [UNSUPPORTED] * len(texts)
        rows = sorted(
            (row for row, lang in enumerate(langs) if lang in self.languages), key=lambda row: len(texts[row])
        )
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            shares = softmax(self._logits([prepare(texts[row]) for row in part]))
            known = np.ones(len(part), dtype=np.bool_)
            for row, judgement in zip(part, judgements(shares, known), strict=True):
                judged[row] = judgement
        return judged

    def _logits(self, texts: list[str]) -> Floats:
        encoded = self._tokenizer.encode_batch(texts)
        longest = max(1, *(len(each.ids) for each in encoded))
        ids: npt.NDArray[np.int64] = np.zeros((len(texts), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, each in enumerate(encoded):
            ids[row, : len(each.ids)] = each.ids
            mask[row, : len(each.ids)] = 1
        offered = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        feed = {name: value for name, value in offered.items() if name in self._inputs}
        logits = np.asarray(self._session.run(None, feed)[0], dtype=np.float32)
        ordered: Floats = logits[:, self._columns]
        return ordered


def load_onnx(folder: Path) -> OnnxEngine:
    """Raises `OnnxFolderError` where it cannot serve, `SentimentUnavailableError` without the extra."""
    try:
        import onnxruntime  # noqa: PLC0415 - an optional extra
        import tokenizers  # noqa: PLC0415 - an optional extra
    except ImportError as missing:
        raise SentimentUnavailableError(
            f"sentiment: onnx needs more packages; install them with: pip install 'vigie[onnx]' ({missing})"
        ) from missing
    for name in ("model.onnx", "tokenizer.json", "config.json"):
        if not (folder / name).is_file():
            raise OnnxFolderError(
                f"{folder}: no {name} there; export the model with its tokenizer and config"
            )
    config = _config(folder / "config.json")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    content = (folder / "model.onnx").read_bytes()
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as wrong:  # both libraries raise their own bare kinds
        raise OnnxFolderError(f"{folder}: model.onnx or tokenizer.json cannot be read: {wrong}") from wrong
    tokenizer.enable_truncation(LONGEST_TOKENS)
    tokenizer.no_padding()
    languages = frozenset(config.get("languages") or LANGUAGES)
    digest = hashlib.sha256(content).hexdigest()[:12]
    return OnnxEngine(session, tokenizer, _columns(folder, config), languages, f"onnx-{digest}")


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise OnnxFolderError(f"{path}: not JSON: {wrong}") from wrong
    if not isinstance(config, dict):
        raise OnnxFolderError(f"{path}: not an object")
    return config


def _columns(folder: Path, config: dict[str, Any]) -> list[int]:
    """The model's output column of each of our labels."""
    named = {str(label).lower(): int(column) for column, label in dict(config.get("id2label") or {}).items()}
    if sorted(named) != sorted(LABELS):
        raise OnnxFolderError(
            f"{folder / 'config.json'}: id2label names {sorted(named)}; it must name {', '.join(LABELS)}"
        )
    return [named[label] for label in LABELS]
