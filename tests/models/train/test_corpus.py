"""The data folder as training reads it, made here: what leaks is dropped, what is missing is named."""

import csv
import gzip
import json
from pathlib import Path

import pytest

from models.train.corpus import CorpusError, load, shuffled

LANGUAGES = ("arabic", "english", "french", "german", "hindi", "italian", "portuguese", "spanish")


def _csv(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in LANGUAGES:
        for split in ("train", "val"):
            rows = [{"label": number % 3, "text": f"{name} {split} {number}"} for number in range(4)]
            _csv(tmp_path / "sentiment_multi" / name / f"{split}.csv.gz", rows)
    _csv(
        tmp_path / "sentiment_en" / "val.csv.gz", [{"label": 0, "text": "@user The bridge is closed!! http"}]
    )
    train = [
        {"label": 2, "text": "@someone the BRIDGE is closed https://t.example/x"},
        {"label": 1, "text": "It\\u2019s \\ud83d\\ude00 open"},
        {"label": 1, "text": "twice over"},
        {"label": 1, "text": "Twice, over."},
    ]
    _csv(tmp_path / "sentiment_en" / "train_rebuilt.csv.gz", train)
    xed = [{"text": "ja, bitte", "label": 2, "source": "film", "lang": "de"}]
    _csv(tmp_path / "sentiment_xed" / "xed.csv.gz", xed)
    crisis = tmp_path / "crisis_labelled" / "2013_flood.jsonl.gz"
    crisis.parent.mkdir()
    with gzip.open(crisis, "wt") as handle:
        handle.write(json.dumps({"text": "el río sube", "lang_guess": "es"}) + "\n")
    return tmp_path


def test_reads_every_source_in_a_fixed_order(folder: Path) -> None:
    rows = load(folder)
    assert rows == load(folder)
    assert {row.source for row in rows} == {"umsab", "semeval", "xed", "crisis"}
    assert {row.lang for row in rows if row.source == "umsab"} == {
        "ar",
        "de",
        "en",
        "es",
        "fr",
        "hi",
        "it",
        "pt",
    }
    assert [row.label for row in rows if row.source == "crisis"] == [None]


def test_what_is_also_a_validation_post_is_not_trained_on(folder: Path) -> None:
    texts = [row.text for row in load(folder) if row.source == "semeval" and row.split == "train"]
    assert texts == ["It’s \U0001f600 open", "twice over"]


def test_order_depends_on_the_texts_alone(folder: Path) -> None:
    rows = load(folder)
    assert shuffled(rows) == shuffled(rows[::-1])
    assert [row for row in shuffled(rows) if row.lang == "fr"] == shuffled(
        row for row in rows if row.lang == "fr"
    )


@pytest.mark.parametrize(
    "missing",
    ["sentiment_multi/french/val.csv.gz", "sentiment_en/val.csv.gz", "crisis_labelled/2013_flood.jsonl.gz"],
)
def test_a_missing_file_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(CorpusError, match=missing.split("/", maxsplit=1)[0]):
        load(folder)
