"""The shared pass: asked twice, computed once."""

from collections.abc import Sequence

import numpy as np
import pytest

from models import feature_pass
from models.feature_pass import features_of
from models.features import FeatureBatch, Idf, extract
from models.hashed_head import shipped_idf


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the passes that were computed."""
    sizes: list[int] = []

    def counting(texts: Sequence[str], idf: Idf) -> FeatureBatch:
        sizes.append(len(texts))
        return extract(texts, idf)

    monkeypatch.setattr(feature_pass, "extract", counting)
    monkeypatch.setattr(feature_pass, "_passes", ())
    return sizes


TEXTS = ["l'eau monte", "merci à tous", "l'eau monte", "", "no bus again"]


def test_the_same_batch_is_read_once(counted: list[int]) -> None:
    first = features_of(TEXTS)
    features_of(tuple(TEXTS))
    features_of([*TEXTS[:2], *TEXTS[4:]])
    assert counted == [5]
    assert len(first.cues) == 5


def test_a_part_of_a_batch_gets_its_own_rows(counted: list[int]) -> None:
    features_of(TEXTS)
    part, alone = (
        features_of([TEXTS[4], TEXTS[1], TEXTS[1]]),
        extract([TEXTS[4], TEXTS[1], TEXTS[1]], shipped_idf()),
    )
    assert counted == [5]
    np.testing.assert_array_equal(part.chars.toarray(), alone.chars.toarray())
    np.testing.assert_array_equal(part.words.toarray(), alone.words.toarray())
    np.testing.assert_array_equal(part.cues, alone.cues)
    np.testing.assert_array_equal(part.latin, alone.latin)


def test_a_text_never_seen_is_read(counted: list[int]) -> None:
    features_of(TEXTS)
    features_of([*TEXTS, "neuf"])
    assert counted == [5, 6]


def test_only_a_few_passes_are_kept(counted: list[int]) -> None:
    for number in range(50):
        features_of([f"post {number}"])
    assert len(feature_pass._passes) <= 4
    features_of(["post 49"])
    assert len(counted) == 50


def test_no_texts(counted: list[int]) -> None:
    assert features_of([]).cues.shape[0] == 0
