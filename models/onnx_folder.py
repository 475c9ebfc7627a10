"""A folder with a transformer of the user's own: what it must hold, what it promises, and its digest.

model.onnx        inputs `input_ids` and `attention_mask`, and `token_type_ids` if it wants them; its first
                  output three logits a text; weights may stand beside it in files named `model.onnx...`
tokenizer.json    as Hugging Face tokenizers write it
config.json       `id2label`; a list `languages` may name the ISO 639-1 codes it was trained for

OnnxFolderError    the folder lacks a file, or its labels are not negative, neutral, positive
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from models.tone import LABELS

FILES = ("model.onnx", "tokenizer.json", "config.json")


class OnnxFolderError(Exception):
    """The folder cannot serve; the message names the file and what was expected."""


@dataclass(frozen=True, slots=True)
class OnnxFolder:
    """What a folder promises before anything of it is loaded; the extra is not needed to read this.

    `columns` are the model's output columns of our labels; `languages` is None where the folder names none.
    `digest` changes with any byte of any file.
    """

    path: Path
    columns: tuple[int, ...]
    languages: frozenset[str] | None
    digest: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises `OnnxFolderError` where a file is missing or `config.json` is not of three such labels."""
        for name in FILES:
            if not (path / name).is_file():
                raise OnnxFolderError(
                    f"{path}: no {name} there; export the model with its tokenizer and config"
                )
        try:
            config = _config(path / "config.json")
            digest = _digest(path)
        except OSError as fault:
            raise OnnxFolderError(f"{path}: cannot be read: {fault.strerror}") from None
        return cls(path, _columns(path, config), _languages(path, config), digest)


def _digest(path: Path) -> str:
    """SHA-256 over every file that decides an answer, each under its name."""
    whole = hashlib.sha256()
    for each in sorted({*path.glob("model.onnx*"), *(path / name for name in FILES)}):
        with each.open("rb") as handle:
            whole.update(f"{each.name}\0{hashlib.file_digest(handle, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise OnnxFolderError(f"{path}: not JSON: {wrong}") from None
    if not isinstance(config, dict):
        raise OnnxFolderError(f"{path}: not an object")
    return config


def _columns(path: Path, config: dict[str, Any]) -> tuple[int, ...]:
    """The model's output column of each of our labels."""
    given = config.get("id2label")
    pairs = given.items() if isinstance(given, dict) else ()
    named = {str(label).lower(): str(column) for column, label in pairs}
    if sorted(named) != sorted(LABELS) or sorted(named.values()) != ["0", "1", "2"]:
        shown = json.dumps(given, ensure_ascii=False)[:200]
        raise OnnxFolderError(
            f"{path / 'config.json'}: id2label is {shown}; it must give 0, 1 and 2 the names "
            f"{', '.join(LABELS)}, in any order"
        )
    return tuple(int(named[label]) for label in LABELS)


def _languages(path: Path, config: dict[str, Any]) -> frozenset[str] | None:
    given = config.get("languages")
    if given is None:
        return None
    if not isinstance(given, list) or not given or not all(isinstance(each, str) for each in given):
        raise OnnxFolderError(f'{path / "config.json"}: languages must be a list such as ["fr", "en"]')
    return frozenset(given)
