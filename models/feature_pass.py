"""One feature pass a batch, whoever asks first.

Language, sentiment and the misinformation hint ask for the same features of the same batch, one after
the other. The last pass is kept, so that the second and third ask cost nothing and no step has to hand
features around.
"""

from collections.abc import Sequence

from models.features import FeatureBatch, extract
from models.hashed_head import shipped_idf

BATCH = 1_000
"""Heads cut longer inputs at multiples of this, all alike, so that they meet at the same passes."""

_KEPT = 4
_passes: list[tuple[list[str], FeatureBatch]] = []


def features_of(texts: Sequence[str]) -> FeatureBatch:
    """The features of these texts under the shipped idf; at most `BATCH` texts are worth keeping."""
    asked = list(texts)
    # Equal lists of the very same strings compare by identity: nanoseconds a text.
    for kept, features in tuple(_passes):
        if kept == asked:
            return features
    features = extract(asked, shipped_idf())
    if len(asked) <= BATCH:
        _passes.append((asked, features))
        del _passes[:-_KEPT]
    return features
