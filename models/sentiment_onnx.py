"""A user's own transformer as a sentiment engine: an ONNX folder on this machine, extra `vigie[onnx]`.

`models/onnx_folder.py` says what the folder holds. Nothing is downloaded. Where it names no languages, all
seven are taken.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.encoders import prepare
from models.hashed_head import Floats, softmax
from models.onnx_folder import OnnxFolder, OnnxFolderError
from models.sentiment_fast import LANGUAGES, judgements
from models.tone import LABELS, UNSUPPORTED, Sentiment, SentimentUnavailableError

LONGEST_TOKENS = 128
OFFERED = frozenset({"input_ids", "attention_mask", "token_type_ids"})


class OnnxEngine:
    """One text at a time, so that a judgement depends on its text alone; threads may share it."""

    name = "onnx"

    def __init__(self, session: Any, tokenizer: Any, folder: OnnxFolder) -> None:
        self._session, self._tokenizer, self._columns = session, tokenizer, list(folder.columns)
        self._inputs = {each.name for each in session.get_inputs()}
        self.languages = frozenset(LANGUAGES) if folder.languages is None else folder.languages
        self.version = f"onnx-{folder.digest[:12]}"

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]:
        """One judgement a text, `UNSUPPORTED` where its language is none of `languages`."""
        if len(texts) != len(langs):
            raise ValueError(f"{len(texts)} texts but {len(langs)} languages")
        return [
            judgements(softmax(self._logits(text)), np.ones(1, dtype=np.bool_))[0]
            if lang in self.languages
            else UNSUPPORTED
            for text, lang in zip(texts, langs, strict=True)
        ]

    def try_out(self) -> None:
        """Raises `OnnxFolderError` where the model does not answer as `score` needs it to."""
        strange = sorted(self._inputs - OFFERED)
        if strange:
            raise OnnxFolderError(f"model.onnx wants the input {strange[0]}; known are {sorted(OFFERED)}")
        shape = self._raw(".").shape
        if shape != (1, len(LABELS)):
            raise OnnxFolderError(
                f"model.onnx gives numbers of shape {list(shape)} for one text; it must give "
                f"{len(LABELS)} logits, one a label: [1, {len(LABELS)}]"
            )

    def _logits(self, text: str) -> Floats:
        ordered: Floats = self._raw(text)[:, self._columns]
        return ordered

    def _raw(self, text: str) -> Floats:
        ids = np.array([self._tokenizer.encode(prepare(text)).ids or [0]], dtype=np.int64)
        ones, zeros = np.ones_like(ids), np.zeros_like(ids)
        offered = {"input_ids": ids, "attention_mask": ones, "token_type_ids": zeros}
        feed = {name: value for name, value in offered.items() if name in self._inputs}
        return np.asarray(self._session.run(None, feed)[0], dtype=np.float32)


def load_onnx(path: Path) -> OnnxEngine:
    """Raises `OnnxFolderError` where it cannot serve, `SentimentUnavailableError` without the extra."""
    try:
        import onnxruntime  # noqa: PLC0415 - an optional extra
        import tokenizers  # noqa: PLC0415 - an optional extra
    except ImportError as missing:
        raise SentimentUnavailableError(
            f"sentiment: onnx needs more packages; install them with: pip install 'vigie[onnx]' ({missing})"
        ) from missing
    folder = OnnxFolder.read(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        # By its path: weights that stand in a file of their own are looked for beside it.
        session = onnxruntime.InferenceSession(
            str(path / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        tokenizer = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))
        tokenizer.enable_truncation(LONGEST_TOKENS)
        tokenizer.no_padding()
        engine = OnnxEngine(session, tokenizer, folder)
        engine.try_out()
    except OnnxFolderError as wrong:
        raise OnnxFolderError(f"{path}: {wrong}") from None
    except Exception as wrong:  # both libraries raise their own bare kinds
        raise OnnxFolderError(f"{path}: model.onnx or tokenizer.json cannot be used: {wrong}") from wrong
    return engine
