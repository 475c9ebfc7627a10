"""docs/data-dictionary.md is what the views say."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.store.dictionary import main

DOCS = Path(__file__).parents[3] / "docs"
FILES = ("data-dictionary.md", "fr/dictionnaire.md")


def test_the_committed_dictionaries_are_the_generated_ones(tmp_path: Path) -> None:
    (tmp_path / "fr").mkdir()
    main(tmp_path)
    for file in FILES:
        generated = (tmp_path / file).read_text(encoding="utf-8")
        again = "python -m streams.store.dictionary docs"
        assert generated == (DOCS / file).read_text(encoding="utf-8"), f"a view has changed: run {again}"


@pytest.mark.parametrize("file", FILES)
def test_every_promised_view_is_in_it(file: str) -> None:
    text = (DOCS / file).read_text(encoding="utf-8")
    for view in (
        "mentions",
        "volume_hourly",
        "sentiment_hourly",
        "incidents",
        "incident_log",
        "notifications",
        "gaps",
        "dead_letters",
        "planned",
    ):
        assert f"\n## {view}\n" in text
