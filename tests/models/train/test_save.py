"""Artefacts come out the same to the byte."""

import time
from pathlib import Path

import numpy as np
import pytest

from models.features import extract
from models.hashed_head import HashedHead, idf_of
from models.train import __main__ as command
from models.train import design, softmax

TEXTS = [f"le pont {number} est fermé" if number % 2 else f"merci {number} fois" for number in range(60)]


def _artefacts(folder: Path) -> bytes:
    """A small head trained and saved as the command does."""
    folder.mkdir()
    command.save(folder / "idf.npz", design.count_idf(TEXTS))
    with np.load(folder / "idf.npz") as arrays:
        idf = idf_of(arrays)
    x = design.matrix(TEXTS, idf)
    found = softmax.fit(x, np.eye(2)[[number % 2 for number in range(60)]], np.ones(60), l2=0.1)
    command.save(folder / "head.npz", design.head(*found).packed("head"))
    return (folder / "idf.npz").read_bytes() + (folder / "head.npz").read_bytes()


def test_training_twice_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _artefacts(tmp_path / "a")
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert _artefacts(tmp_path / "b") == first


def test_a_saved_head_judges_as_it_was_trained(tmp_path: Path) -> None:
    _artefacts(tmp_path / "a")
    with np.load(tmp_path / "a" / "head.npz") as arrays:
        head = HashedHead.unpacked(dict(arrays), "head")
    with np.load(tmp_path / "a" / "idf.npz") as arrays:
        idf = idf_of(arrays)
    logits = head.logits(extract(["le pont 99 est fermé", "merci 99 fois"], idf))
    assert logits.argmax(axis=1).tolist() == [1, 0]


def test_idf_is_smooth_and_in_one_byte() -> None:
    arrays = design.count_idf(TEXTS)
    idf = idf_of(arrays)
    assert arrays["chars"].dtype == np.uint8
    assert idf.words.max() == pytest.approx(np.log(61) + 1, abs=design.IDF_STEP)
    assert idf.words.min() == pytest.approx(np.log(61 / 31) + 1, abs=design.IDF_STEP)
