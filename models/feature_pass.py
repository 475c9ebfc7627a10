"""One feature pass a batch, whoever asks first.

Language, sentiment and other heads ask for the features of the same batch, or of some of its posts, one after
the other. The last passes are kept, so that asking again costs a look-up and no step hands features around.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from models.features import FeatureBatch, extract
from models.hashed_head import shipped_idf

BATCH = 1_000
"""Heads cut longer inputs at multiples of this, all alike, so that they meet at the same passes."""

_KEPT = 4


@dataclass(frozen=True, slots=True)
class _Pass:
    row_of: dict[str, int]
    features: FeatureBatch


_passes: tuple[_Pass, ...] = ()  # replaced whole, never changed: threads may read it at any moment


def features_of(texts: Sequence[str]) -> FeatureBatch:
    """The features of these texts, at most `BATCH` of them, under the shipped idf."""
    global _passes  # noqa: PLW0603 - a memo of the process, bounded by `_KEPT`
    for kept in _passes:
        rows = [kept.row_of.get(text, -1) for text in texts]
        if -1 not in rows:
            return _taken(kept.features, rows)
    features = extract(texts, shipped_idf())
    # Equal texts have equal features, so the last row of each may stand for all.
    _passes = (_Pass({text: row for row, text in enumerate(texts)}, features), *_passes[: _KEPT - 1])
    return features


def _taken(features: FeatureBatch, rows: list[int]) -> FeatureBatch:
    if rows == list(range(len(features.cues))):
        return features
    chosen = np.array(rows, dtype=np.int64)
    return FeatureBatch(*(getattr(features, field.name)[chosen] for field in fields(FeatureBatch)))


def forget() -> None:
    """Drops the kept passes; for those who measure."""
    global _passes  # noqa: PLW0603
    _passes = ()
