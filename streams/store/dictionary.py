"""The data dictionary, from the views themselves: types from ClickHouse, words from the views' comments.

`python -m streams.store.dictionary docs` writes it in English and, with the words of `dictionary_fr`, in
French.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from streams.store.base import Store
from streams.store.dictionary_fr import FRENCH, HEAD
from streams.store.migrate import Migration, shipped
from streams.store.open import open_store

# Views that others are made of; they may change without a word.
_INTERNAL: Final = frozenset({"mentions_kept", "mentions_counted"})
_VIEW = re.compile(r"CREATE OR REPLACE VIEW (\w+) AS")
_COLUMN = re.compile(r"(?P<name>`?\w+`?),?\s+-- (?P<words>.+)")
_HEAD: Final = """\
# Data dictionary

Generated from the views by `python -m streams.store.dictionary docs`; do not edit.
[En français](fr/dictionnaire.md).

Query these views and nothing else: tables whose names end in `_raw` change without notice. Times are UTC.
A text that is absent is empty; a number or a label that is absent is NULL.
"""


Translate = Callable[[str], str]


def render(store: Store) -> str:
    """Markdown for the views of a migrated store."""
    return _render(store, _HEAD, lambda words: words)


def render_french(store: Store) -> str:
    """Raises KeyError, with the words: a comment of a view has no French yet."""
    return _render(store, HEAD, FRENCH.__getitem__)


def _render(store: Store, head: str, to: Translate) -> str:
    sections = [head]
    for migration in shipped():
        name = _name(migration)
        if name is not None and name not in _INTERNAL:
            sections.append(_section(name, migration, store, to))
    return "\n".join(sections)


def _name(migration: Migration) -> str | None:
    found = _VIEW.search(migration.sql)
    return None if found is None else found.group(1)


def _section(name: str, migration: Migration, store: Store, to: Translate) -> str:
    words = dict(_column_words(migration.sql))
    rows = [
        f"| `{column}` | {kind} | {to(words[column])} |"
        for column, kind, *_ in store.query(f"DESCRIBE TABLE {name}")
    ]
    return "\n".join(
        [
            f"## {name}\n",
            to(_intro(migration.sql)),
            f"\n| {to('column')} | type | |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _intro(sql: str) -> str:
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def _column_words(sql: str) -> Iterator[tuple[str, str]]:
    """The last name before a comment on its line is the column: `count() AS mentions,  -- late ones too`."""
    for line in sql.splitlines():
        found = _COLUMN.search(line)
        if found is not None:
            yield found["name"].strip("`"), found["words"].strip()


def main(docs: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"chdb://{folder}/store")
        try:
            store.migrate()
            (docs / "data-dictionary.md").write_text(render(store), encoding="utf-8")
            (docs / "fr" / "dictionnaire.md").write_text(render_french(store), encoding="utf-8")
        finally:
            store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
