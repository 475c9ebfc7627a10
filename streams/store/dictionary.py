"""The data dictionary, from the views themselves: types from ClickHouse, words from the views' comments.

python -m streams.store.dictionary docs/data-dictionary.md
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from streams.store.base import Store
from streams.store.migrate import Migration, shipped
from streams.store.open import open_store

# Views that others are made of; they may change without a word.
_INTERNAL: Final = frozenset({"mentions_kept", "mentions_counted"})
_VIEW = re.compile(r"CREATE OR REPLACE VIEW (\w+) AS")
_COLUMN = re.compile(r"(?P<name>`?\w+`?),?\s+-- (?P<words>.+)")
_HEAD: Final = """\
# Data dictionary

Generated from the views by `python -m streams.store.dictionary docs/data-dictionary.md`; do not edit.

Query these views and nothing else: tables whose names end in `_raw` change without notice. Times are UTC.
A text that is absent is empty; a number or a label that is absent is NULL.
"""


def render(store: Store) -> str:
    """Markdown for the views of a migrated store."""
    sections = [_HEAD]
    for migration in shipped():
        name = _name(migration)
        if name is not None and name not in _INTERNAL:
            sections.append(_section(name, migration, store))
    return "\n".join(sections)


def _name(migration: Migration) -> str | None:
    found = _VIEW.search(migration.sql)
    return None if found is None else found.group(1)


def _section(name: str, migration: Migration, store: Store) -> str:
    words = dict(_column_words(migration.sql))
    rows = [
        f"| `{column}` | {kind} | {words[column]} |"
        for column, kind, *_ in store.query(f"DESCRIBE TABLE {name}")
    ]
    return "\n".join(
        [f"## {name}\n", _intro(migration.sql), "\n| column | type | |", "|---|---|---|", *rows, ""]
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


def main(target: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"chdb://{folder}/store")
        try:
            store.migrate()
            Path(target).write_text(render(store), encoding="utf-8")
        finally:
            store.close()


if __name__ == "__main__":
    main(sys.argv[1])
