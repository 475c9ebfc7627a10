"""A linear head over the hashed features, and the small file it is kept in.

Weights are one byte each on disk: the sign and the square root of the share of the column's largest
weight, so that the many small ones keep their proportions. In memory they are float32.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from models.features import CHAR_BUCKETS, CUES, WORD_BUCKETS, FeatureBatch, Idf

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class HashedHead:
    """k classes: `chars` (CHAR_BUCKETS, k), `words` (WORD_BUCKETS, k), `cues` (any number, k), `bias` (k)."""

    chars: Floats
    words: Floats
    cues: Floats
    bias: Floats

    def logits(
        self, batch: FeatureBatch, rows: npt.NDArray[np.int64] | None = None, more_cues: Floats | None = None
    ) -> Floats:
        """Shape (n, k), of the named rows only where given.

        `more_cues` are further columns after the batch's.
        """
        chars, words, cues = batch.chars, batch.words, batch.cues
        if rows is not None and len(rows) < len(cues):
            chars, words, cues = chars[rows], words[rows], cues[rows]
        if more_cues is not None:
            cues = np.hstack([cues, more_cues])
        scored: Floats = chars @ self.chars + words @ self.words
        # In double precision: how a dense product is added up depends on the size of the batch, and a post
        # has to get the same score in any.
        dense = cues.astype(np.float64) @ self.cues
        return scored + dense.astype(np.float32) + self.bias

    def packed(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        """Named arrays for one `.npz`; several heads share a file under different prefixes."""
        arrays: dict[str, npt.NDArray[Any]] = {f"{prefix}.cues": self.cues, f"{prefix}.bias": self.bias}
        for name, weights in (("chars", self.chars), ("words", self.words)):
            top = np.maximum(np.abs(weights).max(axis=0), 1e-12).astype(np.float32)
            share = np.sqrt(np.abs(weights) / top)
            arrays[f"{prefix}.{name}"] = (np.sign(weights) * np.rint(share * 127)).astype(np.int8)
            arrays[f"{prefix}.{name}_top"] = top
        return arrays

    @staticmethod
    def unpacked(arrays: Mapping[str, npt.NDArray[Any]], prefix: str) -> "HashedHead":
        """The inverse of `packed`, up to the rounding of the weights."""
        steps = np.arange(-128, 128, dtype=np.float32) / 127
        table = np.sign(steps) * steps**2
        blocks = {}
        for name in ("chars", "words"):
            stored = arrays[f"{prefix}.{name}"]
            blocks[name] = table[stored.view(np.uint8) ^ 0x80] * arrays[f"{prefix}.{name}_top"]
        head = HashedHead(
            blocks["chars"], blocks["words"], arrays[f"{prefix}.cues"], arrays[f"{prefix}.bias"]
        )
        if len(head.chars) != CHAR_BUCKETS or len(head.words) != WORD_BUCKETS or len(head.cues) < len(CUES):
            raise ValueError(f"the head {prefix!r} was trained on other features; train it again")
        return head


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file of `models/artefacts`: its arrays, and a version that changes when any byte does."""

    arrays: Mapping[str, npt.NDArray[Any]]
    version: str


def read_artefact(name: str) -> Artefact:
    """Reads `models/artefacts/NAME.npz`; never unpickles."""
    content = resources.files("models").joinpath("artefacts", f"{name}.npz").read_bytes()
    with np.load(BytesIO(content), allow_pickle=False) as archive:
        arrays = {key: archive[key] for key in archive.files}
    return Artefact(arrays, f"{name}-{hashlib.sha256(content).hexdigest()[:12]}")


@cache
def shipped_idf() -> Idf:
    """How rare each bucket was in training; every shipped head expects it."""
    return idf_of(read_artefact("idf").arrays)


def idf_of(arrays: Mapping[str, npt.NDArray[Any]]) -> Idf:
    """From the bytes in which an idf is kept."""
    step = arrays["step"]
    return Idf(arrays["chars"].astype(np.float32) * step, arrays["words"].astype(np.float32) * step)


def softmax(logits: Floats) -> Floats:
    """Row by row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares
