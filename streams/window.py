"""The mentions of one watch that detection still holds: open steps, and the last hours for evidence."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from streams.records import STEP_S, Flag, Tally

RECENT_S: Final = 6 * 3600
"""How far back evidence looks: what a rise is made of is told of these hours at the most."""

MAX_ROWS_A_STEP: Final = 2_000
"""Of a louder step evidence keeps this many rows, drawn by a hash of the id; its count stays exact."""


class Row(NamedTuple):
    """One mention, as the tally carries it. Sorting rows gives the one order that decisions see."""

    counted_ms: int
    id: str
    version_ms: int
    flags: int
    author: int
    lang: str
    signature: tuple[int, ...]
    urgent: tuple[str, ...]


def rows_of(tally: Tally) -> Iterator[Row]:
    return map(
        Row._make,
        zip(
            tally.counted_ms,
            tally.ids,
            tally.versions_ms,
            tally.flags,
            tally.authors,
            tally.langs,
            tally.signatures,
            tally.urgent,
            strict=True,
        ),
    )


@dataclass(slots=True)
class Window:
    """Rows by step. Adding a row twice, or an edit of it, leaves one: the first place, the newest state."""

    decided_until_s: int = 0
    _open: dict[int, dict[str, Row]] = field(default_factory=dict)
    _place: dict[str, int] = field(default_factory=dict)
    _recent: dict[int, tuple[Row, ...]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Count the row where it belongs; one that is late, or whose step was decided, is left out."""
        step_s = row.counted_ms // 1000 // STEP_S * STEP_S
        if row.flags & Flag.LATE or step_s < self.decided_until_s:
            return
        place_s = self._place.get(row.id)
        if place_s is None:
            self._place[row.id] = step_s
            self._open.setdefault(step_s, {})[row.id] = row
            return
        held = self._open[place_s][row.id]
        newest = max(held, row, key=lambda state: (state.version_ms, state))
        first_ms = min(held.counted_ms, row.counted_ms)
        first_s = first_ms // 1000 // STEP_S * STEP_S
        if first_s != place_s:
            del self._open[place_s][row.id]
            self._place[row.id] = first_s
        self._open.setdefault(first_s, {})[row.id] = newest._replace(counted_ms=first_ms)

    def restore(self, row: Row) -> None:
        """Take back a row of a step that was decided before this process began."""
        step_s = row.counted_ms // 1000 // STEP_S * STEP_S
        if not row.flags & Flag.LATE and step_s < self.decided_until_s:
            self._recent[step_s] = (*self._recent.get(step_s, ()), row)

    def close(self, step_s: int) -> tuple[Row, ...]:
        """The rows of the step that begins at `step_s`, in order, which is decided herewith."""
        rows = tuple(sorted(self._open.pop(step_s, {}).values()))
        for row in rows:
            del self._place[row.id]
        self.decided_until_s = step_s + STEP_S
        if rows:
            self._recent[step_s] = _sample(rows)
        return rows

    def forget(self) -> None:
        """Drop what is too old for evidence."""
        oldest_s = self.decided_until_s - RECENT_S
        for step_s in [step_s for step_s in self._recent if step_s < oldest_s]:
            del self._recent[step_s]

    def recent(self, since_s: int) -> list[Row]:
        """Rows of decided steps from `since_s` on, in order."""
        return [
            row
            for step_s in sorted(self._recent)
            if step_s >= since_s
            for row in sorted(self._recent[step_s])
        ]

    @property
    def first_open_s(self) -> int | None:
        """Start of the earliest step that holds something undecided."""
        return min((step_s for step_s, rows in self._open.items() if rows), default=None)


def _sample(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    if len(rows) <= MAX_ROWS_A_STEP:
        return rows
    drawn = sorted(rows, key=lambda row: (zlib.crc32(row.id.encode()), row))[:MAX_ROWS_A_STEP]
    return tuple(sorted(drawn))
