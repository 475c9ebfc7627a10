"""What is measured on: the invented posts beside this file, and the validation posts of a data folder."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.text.scores import Labels
from models.tone import LABELS
from models.train.corpus import Row

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Labelled:
    """Posts of one language from one source, with their labels (0 negative, 1 neutral, 2 positive)."""

    name: str
    lang: str
    texts: list[str]
    labels: Labels
    kinds: list[str]


def city_posts() -> list[Labelled]:
    """300 invented posts as a town hall gets them, labelled before any model had seen them."""
    records = _tsv("city_posts.tsv")
    return [
        _labelled(
            f"city posts ({lang})",
            lang,
            [(r["text"], LABELS.index(r["label"]), r["kind"]) for r in records if r["lang"] == lang],
        )
        for lang in ("fr", "en")
    ]


def other_languages() -> list[tuple[str, str]]:
    """(language, invented post) in some fifty languages that Vigie does not know."""
    return [(record["lang"], record["text"]) for record in _tsv("other_languages.tsv")]


def validation(rows: list[Row]) -> list[Labelled]:
    """The validation posts by source and language; training never reads them."""
    groups: dict[tuple[str, str], list[tuple[str, int, str]]] = {}
    for row in rows:
        if row.split == "val" and row.lang != "hi" and row.label is not None:
            groups.setdefault((row.source, row.lang), []).append((row.text, row.label, ""))
    return [_labelled(f"{source} {lang}", lang, found) for (source, lang), found in sorted(groups.items())]


def _labelled(name: str, lang: str, found: list[tuple[str, int, str]]) -> Labelled:
    labels = np.array([label for _, label, _ in found], dtype=np.int64)
    return Labelled(name, lang, [text for text, _, _ in found], labels, [kind for _, _, kind in found])


def _tsv(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
