"""The labelled and unlabelled posts that training reads, with the known leaks removed.

The folder is an argument and its posts are real people's: no text of it may enter the repository.

    CorpusError    a file that training needs is missing or has other columns
"""

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "pt")

_UMSAB_FOLDERS = {
    "arabic": "ar",
    "english": "en",
    "french": "fr",
    "german": "de",
    "hindi": "hi",
    "italian": "it",
    "portuguese": "pt",
    "spanish": "es",
}
_LITERAL = re.compile(r"\\u([0-9a-fA-F]{4})")
_NOISE = re.compile(r"https?(?::\S+|\b)|@\w+|[\W_]+")

Source = Literal["umsab", "semeval", "xed", "crisis"]
Split = Literal["train", "val"]


class CorpusError(Exception):
    """The data folder lacks what training needs; the message names the file."""


@dataclass(frozen=True, slots=True)
class Row:
    """One post: `label` is 0 negative, 1 neutral, 2 positive, None where nobody labelled it."""

    text: str
    label: int | None
    lang: str
    source: Source
    split: Split


def load(folder: Path) -> list[Row]:
    """Every row in a fixed order, without what would leak.

    Dropped: a training row whose text, compared without case, punctuation, names and links, is also a
    validation text of any set (1,754 of the 2,000 English ones are in the multilingual training files);
    repeats within training; the Hindi part's tweets in English from sentiment (it serves language only).
    Where the two English sets share a validation text, it stays a validation text of both.
    """
    rows = [*_umsab(folder), *_semeval(folder), *_xed(folder), *_crisis(folder)]
    held_out = {_key(row.text) for row in rows if row.split == "val"}
    seen: set[tuple[str, str]] = set()
    kept = []
    for row in rows:
        key = _key(row.text)
        if row.split == "train":
            if key in held_out or (row.lang, key) in seen:
                continue
            seen.add((row.lang, key))
        kept.append(row)
    return kept


def shuffled(rows: Iterable[Row]) -> list[Row]:
    """An order that depends on the texts alone: the same on every machine, and for every subset."""
    return sorted(rows, key=lambda row: hashlib.sha256(row.text.encode("utf-8", "replace")).digest())


def _umsab(folder: Path) -> Iterator[Row]:
    for name, lang in _UMSAB_FOLDERS.items():
        for split in ("train", "val"):
            for record in _csv(folder / "sentiment_multi" / name / f"{split}.csv.gz"):
                yield Row(_decode(record["text"]), int(record["label"]), lang, "umsab", split)


def _semeval(folder: Path) -> Iterator[Row]:
    splits: list[tuple[Split, str]] = [("val", "val"), ("train", "train_rebuilt")]
    for split, name in splits:
        for record in _csv(folder / "sentiment_en" / f"{name}.csv.gz"):
            yield Row(_decode(record["text"]), int(record["label"]), "en", "semeval", split)


def _xed(folder: Path) -> Iterator[Row]:
    """Film subtitles. Their projected labels helped nothing, so they are left to the teacher."""
    for record in _csv(folder / "sentiment_xed" / "xed.csv.gz"):
        yield Row(record["text"], int(record["label"]), record["lang"], "xed", "train")


def _crisis(folder: Path) -> Iterator[Row]:
    """Crisis posts, unlabelled for sentiment; their language is another detector's guess."""
    paths = sorted((folder / "crisis_labelled").glob("*.jsonl.gz"))
    if not paths:
        raise CorpusError(f"{folder / 'crisis_labelled'}: no *.jsonl.gz file there")
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                yield Row(record["text"], None, record["lang_guess"], "crisis", "train")


def _csv(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        raise CorpusError(f"{path}: not there; training reads the whole data folder")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def _decode(text: str) -> str:
    r"""Literal \uXXXX sequences, as some published files hold them, become characters."""
    if "\\u" not in text:
        return text
    decoded = _LITERAL.sub(lambda match: chr(int(match[1], 16)), text)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _key(text: str) -> str:
    return _NOISE.sub(" ", text.lower()).strip()
