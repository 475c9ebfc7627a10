"""A head in memory, on disk, and against scikit-learn's own linear model."""

from io import BytesIO

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from models.features import CHAR_BUCKETS, CUES, WORD_BUCKETS, extract
from models.hashed_head import HashedHead, read_artefact, shipped_idf, softmax

TEXTS = ["l'eau monte", "merci à tous", "no bus again!", "", "bravo \U0001f44f"] * 4


def _random(classes: int, cues: int = len(CUES)) -> HashedHead:
    rng = np.random.default_rng(3)
    shapes = ((CHAR_BUCKETS, classes), (WORD_BUCKETS, classes), (cues, classes), (classes,))
    return HashedHead(*(rng.normal(size=shape).astype(np.float32) ** 3 for shape in shapes))


def test_serving_agrees_with_scikit_learn() -> None:
    """A LogisticRegression fitted on the same matrix gives the same probabilities through the head."""
    batch = extract(TEXTS, shipped_idf())
    x = sparse.hstack([batch.chars, batch.words, sparse.csr_matrix(batch.cues)]).tocsr()
    model = LogisticRegression(C=10).fit(x, [row % 3 for row in range(len(TEXTS))])
    chars, words, cues = np.split(
        model.coef_.T.astype(np.float32), [CHAR_BUCKETS, CHAR_BUCKETS + WORD_BUCKETS]
    )
    head = HashedHead(chars, words, cues, model.intercept_.astype(np.float32))
    np.testing.assert_allclose(softmax(head.logits(batch)), model.predict_proba(x), atol=1e-4)


def test_rows_and_further_cues() -> None:
    batch, head = extract(TEXTS), _random(2, len(CUES) + 1)
    more = np.linspace(0, 1, len(TEXTS), dtype=np.float32)[:, None]
    whole, rows = head.logits(batch, None, more), np.array([4, 0, 7])
    np.testing.assert_allclose(head.logits(batch, rows, more[rows]), whole[rows], rtol=1e-5)


def test_one_byte_a_weight_keeps_the_judgement() -> None:
    head, batch = _random(3), extract(TEXTS)
    again = HashedHead.unpacked(head.packed("x"), "x")
    np.testing.assert_array_equal(again.cues, head.cues)
    top = np.abs(head.chars).max(axis=0)
    # Half a step of the square root is at most 1/127 of the top, near the top.
    assert (np.abs(again.chars - head.chars) <= top / 127 + 1e-6).all()
    small = np.abs(head.chars) < top / 100
    assert np.abs((again.chars - head.chars)[small]).max() < top.max() / 1000
    np.testing.assert_allclose(
        again.logits(batch), head.logits(batch), atol=0.05 * np.abs(head.logits(batch)).max()
    )


def test_packing_is_stable() -> None:
    once = HashedHead.unpacked(_random(2).packed("x"), "x")
    twice = HashedHead.unpacked(once.packed("x"), "x")
    np.testing.assert_array_equal(once.chars, twice.chars)


def test_a_head_of_other_features_is_refused() -> None:
    arrays = _random(2).packed("x")
    arrays["x.chars"] = arrays["x.chars"][:100]
    with pytest.raises(ValueError, match="train it again"):
        HashedHead.unpacked(arrays, "x")


@pytest.mark.parametrize("name", ["idf", "language", "sentiment", "accurate"])
def test_shipped_artefacts_are_plain_arrays_with_a_version(name: str) -> None:
    artefact = read_artefact(name)
    assert artefact.version == read_artefact(name).version
    assert artefact.version.startswith(f"{name}-")
    assert all(array.dtype.kind in "fiu" for array in artefact.arrays.values())


def test_pickles_are_never_read(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    buffer = BytesIO()
    np.savez(buffer, evil=np.array([{"a": 1}], dtype=object))

    class Folder:
        def joinpath(self, *_: str) -> "Folder":
            return self

        def read_bytes(self) -> bytes:
            return buffer.getvalue()

    monkeypatch.setattr("models.hashed_head.resources.files", lambda _: Folder())
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_artefact("evil")
