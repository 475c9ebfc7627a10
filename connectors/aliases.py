"""Which of our ids a platform's local id stands for, kept across restarts.

Mastodon says that post 1089 of this server is deleted; what we stored is known by its global uri.
Without a memory of that, a deletion after a restart could not be honoured.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

MOST: Final = 1_000_000


class Aliases:
    """A small SQLite file, or memory where no path is given. The oldest of more than `most` are forgotten."""

    def __init__(self, path: Path | None = None, *, most: int = MOST) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._most = most
        self._database = sqlite3.connect(":memory:" if path is None else path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS alias (number INTEGER PRIMARY KEY AUTOINCREMENT, "
            "local TEXT NOT NULL UNIQUE, native TEXT NOT NULL)"
        )

    def remember(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Keep (local id, our id); what is known stays."""
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR IGNORE INTO alias (local, native) VALUES (?, ?)", pairs)
            self._database.execute(
                "DELETE FROM alias WHERE number <= (SELECT max(number) FROM alias) - ?", (self._most,)
            )

    def find(self, local: str) -> str | None:
        row = self._database.execute("SELECT native FROM alias WHERE local = ?", (local,)).fetchone()
        return None if row is None else str(row[0])

    def close(self) -> None:
        self._database.close()
