"""Texts to one training matrix, and the idf that goes with it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from models.features import CHAR_BUCKETS, CUES, FLAT, WORD_BUCKETS, Idf, extract
from models.hashed_head import Floats, HashedHead

CHUNK = 1_000
CUE_SCALE = 0.3
"""Cues are dense and large beside n-grams of unit length; unscaled, the penalty would hardly touch them."""

IDF_STEP = 0.06
"""An idf is kept in one byte, as a multiple of this."""


def matrix(texts: Sequence[str], idf: Idf, more_cues: Floats | None = None) -> sparse.csr_matrix:
    """CSR with CHAR_BUCKETS + WORD_BUCKETS + cues columns, a row a text."""
    if not texts:
        width = len(CUES) + (0 if more_cues is None else more_cues.shape[1])
        return sparse.csr_matrix((0, CHAR_BUCKETS + WORD_BUCKETS + width), dtype=np.float32)
    parts = []
    for start in range(0, len(texts), CHUNK):
        batch = extract(texts[start : start + CHUNK], idf)
        cues = batch.cues if more_cues is None else np.hstack([batch.cues, more_cues[start : start + CHUNK]])
        parts.append(sparse.hstack([batch.chars, batch.words, sparse.csr_matrix(cues * CUE_SCALE)]))
    joined: sparse.csr_matrix = sparse.vstack(parts).tocsr()
    joined.sum_duplicates()
    return joined


def head(weights: Floats, bias: Floats) -> HashedHead:
    """What `softmax.fit` found on such a matrix, cut into blocks again."""
    chars, words, cues = np.split(weights, [CHAR_BUCKETS, CHAR_BUCKETS + WORD_BUCKETS])
    return HashedHead(chars, words, (cues * CUE_SCALE).astype(np.float32), bias)


def count_idf(texts: Sequence[str]) -> dict[str, npt.NDArray[np.generic]]:
    """The arrays of `idf.npz`: smooth idf as in scikit-learn, ln((1 + n) / (1 + df)) + 1, in one byte."""
    seen = {"chars": np.zeros(CHAR_BUCKETS), "words": np.zeros(WORD_BUCKETS)}
    for start in range(0, len(texts), CHUNK):
        batch = extract(texts[start : start + CHUNK], FLAT)
        for name, block in (("chars", batch.chars), ("words", batch.words)):
            block.sum_duplicates()
            seen[name] += np.bincount(block.indices, minlength=len(seen[name]))
    arrays: dict[str, npt.NDArray[np.generic]] = {"step": np.array(IDF_STEP, dtype=np.float32)}
    for name, df in seen.items():
        idf = np.log((1 + len(texts)) / (1 + df)) + 1
        arrays[name] = np.rint(idf / IDF_STEP).astype(np.uint8)
    return arrays
