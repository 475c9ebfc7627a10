"""The ONNX engine with a tiny model made here, run by the real packages and by stand-ins for them."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.hashed_head import softmax
from models.onnx_folder import OnnxFolder, OnnxFolderError
from models.sentiment import UNSUPPORTED, SentimentUnavailableError
from models.sentiment_onnx import load_onnx
from tests.tiny_onnx import make_folder, stand_in


@pytest.fixture(params=["installed", "stand-in"], autouse=True)
def packages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "stand-in":
        stand_in(monkeypatch)
        return
    for name in ("onnxruntime", "tokenizers"):
        pytest.importorskip(name, reason="install it with: pip install 'vigie[onnx]'")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "model", languages=["fr", "oc"])


def test_judges_with_the_users_own_model(folder: Path) -> None:
    engine = load_onnx(folder)
    judged = engine.score(
        ["merci", "honte", "rue", "merci merci merci", "merci"], ["fr", "fr", "oc", "fr", "de"]
    )
    assert [each.label for each in judged] == ["positive", "negative", "neutral", "positive", None]
    assert judged[4] is UNSUPPORTED
    shares = softmax(np.array([[4, 0, 0]], dtype=np.float32))[0]
    assert engine.score(["merci"], ["fr"])[0].score == pytest.approx(shares[0] - shares[1], abs=1e-3)
    assert engine.name == "onnx"
    assert engine.languages == {"fr", "oc"}


def test_a_folder_that_names_no_languages_takes_all_seven(tmp_path: Path) -> None:
    assert len(load_onnx(make_folder(tmp_path / "model")).languages) == 7


def test_the_version_names_the_content(folder: Path, tmp_path: Path) -> None:
    version = load_onnx(folder).version
    assert load_onnx(make_folder(tmp_path / "copy", languages=["fr", "oc"])).version == version
    other = tuple((a, b, c + 1) for a, b, c in ((0, 0, 0), (4, 0, 0), (0, 4, 0), (0, 0, 4)))
    versions = {
        version,
        load_onnx(make_folder(tmp_path / "other", weights=other, languages=["fr", "oc"])).version,
        load_onnx(make_folder(tmp_path / "config", languages=["fr"])).version,
    }
    # Large models keep their weights in a second file: it counts as much as the first.
    (folder / "model.onnx_data").write_bytes(b"\x01")
    versions.add(load_onnx(folder).version)
    assert len(versions) == 4


def test_a_post_is_judged_alike_in_any_company(folder: Path) -> None:
    engine = load_onnx(folder)
    texts = ["merci rue", "honte " * 50, "", "rue merci honte", "honte rue rue"]
    together = engine.score(texts, ["fr"] * 5)
    assert together == [engine.score([text], ["fr"])[0] for text in texts]


def test_long_and_broken_texts_do_no_harm(folder: Path) -> None:
    engine = load_onnx(folder)
    judged = engine.score(["honte " * 100_000, "", "\ud800\x00", *["rue"] * 70], ["fr"] * 73)
    assert judged[0].label == "negative"
    assert all(each.label for each in judged)
    assert engine.score([], []) == []


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_or_broken_file_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\x00 not it")
    with pytest.raises(OnnxFolderError, match=name.replace(".", r"\.")):
        load_onnx(folder)
    (folder / name).unlink()
    with pytest.raises(OnnxFolderError, match=f"no {name}"):
        OnnxFolder.read(folder)


@pytest.mark.parametrize(
    "config",
    [
        {"id2label": {"0": "LABEL_0", "1": "LABEL_1"}},
        {"id2label": {"0": "negative", "1": "neutral"}},
        {"id2label": {"0": "negative", "1": "neutral", "2": "positive", "3": "mixed"}},
        {"id2label": {"0": "negative", "1": "neutral", "5": "positive"}},
        {"id2label": ["negative", "neutral", "positive"]},
        {"id2label": None},
        {},
    ],
)
def test_other_labels_are_refused(folder: Path, config: dict[str, Any]) -> None:
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(
        OnnxFolderError, match="it must give 0, 1 and 2 the names negative, neutral, positive"
    ):
        OnnxFolder.read(folder)


@pytest.mark.parametrize("languages", ["fr", [], [7], {"fr": 1}])
def test_languages_are_a_list_of_codes(folder: Path, languages: object) -> None:
    with pytest.raises(OnnxFolderError, match="languages must be a list"):
        OnnxFolder.read(make_folder(folder, languages=languages))


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_a_model_of_other_columns_than_its_labels_is_refused(folder: Path, columns: int) -> None:
    make_folder(folder, weights=((0,) * columns,) * 4)
    with pytest.raises(OnnxFolderError, match=rf"shape \[1, {columns}\] for one text; it must give 3 logits"):
        load_onnx(folder)


@pytest.mark.parametrize("module", ["onnxruntime", "tokenizers"])
def test_without_the_extra_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SentimentUnavailableError, match=r"vigie\[onnx\]"):
        load_onnx(folder)
