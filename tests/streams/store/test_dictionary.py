"""docs/data-dictionary.md is what the views say."""

from __future__ import annotations

from pathlib import Path

from streams.store.dictionary import main

COMMITTED = Path(__file__).parents[3] / "docs" / "data-dictionary.md"


def test_the_committed_dictionary_is_the_generated_one(tmp_path: Path) -> None:
    main(str(tmp_path / "dictionary.md"))
    generated = (tmp_path / "dictionary.md").read_text(encoding="utf-8")
    again = "python -m streams.store.dictionary docs/data-dictionary.md"
    assert generated == COMMITTED.read_text(encoding="utf-8"), f"a view has changed: run {again}"


def test_every_promised_view_is_in_it() -> None:
    text = COMMITTED.read_text(encoding="utf-8")
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
