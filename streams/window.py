"""The mentions of one watch that detection still holds: open steps, and the last day for evidence."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from streams.records import STEP_S, Flag, Tally

RECENT_S: Final = 3 * 3600
"""How far back rows are held as densely as `MAX_ROWS_A_STEP` allows."""

LONGEST_S: Final = 24 * 3600
"""How far back evidence looks: as far as the longest window that decides."""

MAX_ROWS_A_STEP: Final = 2_000
"""Of a louder step evidence keeps this many rows, drawn by a hash of the id; its count stays exact."""

MAX_OLD_ROWS_A_STEP: Final = 40
"""The same of a step longer ago than `RECENT_S`: a day is 10,000 rows at the most, and its shares are
told to a percent or two."""


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
    words: tuple[int, ...] = ()
    """Read while its step is decided, and not kept after it."""


def rows_of(tally: Tally) -> Iterator[Row]:
    words = tally.words or ((),) * len(tally.ids)
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
            words,
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
    _counts: dict[int, int] = field(default_factory=dict)
    _decided: dict[str, int] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Count the row where it belongs; one that is late, or whose step was decided, is left out."""
        step_s = row.counted_ms // 1000 // STEP_S * STEP_S
        if row.flags & Flag.LATE or step_s < self.decided_until_s or row.id in self._decided:
            return
        place_s = self._place.get(row.id)
        if place_s is None:
            self._place[row.id] = step_s
            self._open.setdefault(step_s, {})[row.id] = row
            return
        held = self._open[place_s].pop(row.id)
        newest = max(held, row, key=lambda state: (state.version_ms, state))
        first_ms = min(held.counted_ms, row.counted_ms)
        first_s = max(first_ms // 1000 // STEP_S * STEP_S, self.decided_until_s)
        self._place[row.id] = first_s
        self._open.setdefault(first_s, {})[row.id] = newest._replace(counted_ms=first_ms)

    def close(self, step_s: int, *, heard: bool = True) -> tuple[Row, ...]:
        """The rows of the step that begins at `step_s`, in order, which is decided herewith.

        Those of a step in which nobody listened were backfilled: they are no part of what is told.
        """
        rows = tuple(sorted(self._open.pop(step_s, {}).values()))
        for row in rows:
            del self._place[row.id]
            self._decided[row.id] = step_s
        self.decided_until_s = step_s + STEP_S
        if rows and heard:
            kept = tuple(row._replace(words=()) for row in _sample(rows, MAX_ROWS_A_STEP))
            self._recent[step_s] = kept
            self._counts[step_s] = len(rows)
        self._forget()
        return rows

    def recent(self, since_s: int) -> list[Row]:
        """Rows of decided steps from `since_s` on, in order."""
        return [row for step_s in sorted(self._recent) if step_s >= since_s for row in self._recent[step_s]]

    def weights(self, since_s: int) -> list[float]:
        """How many mentions each row of `recent` stands for: more than one where its step is a sample."""
        return [
            self._counts[step_s] / len(rows)
            for step_s, rows in sorted(self._recent.items())
            if step_s >= since_s
            for _ in rows
        ]

    def count(self, since_s: int) -> int:
        """Mentions of decided steps from `since_s` on: exact, also where `recent` is a sample."""
        return sum(count for step_s, count in self._counts.items() if step_s >= since_s)

    def to_json(self) -> dict[str, Any]:
        """The decided rows that evidence may still ask for. What is open comes again from its source."""
        return {
            "decided_until_s": self.decided_until_s,
            "counts": [list(item) for item in self._counts.items()],
            "rows": [list(row[:-1]) for row in self.recent(0)],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Window:
        self = cls(decided_until_s=value["decided_until_s"])
        self._restore(value["rows"])
        self._counts = dict(value["counts"])
        return self

    def _restore(self, rows: Iterable[Sequence[Any]]) -> None:
        steps: dict[int, list[Row]] = {}
        for values in rows:
            counted_ms, id_, version_ms, flags, author, lang, signature, urgent = values
            row = Row(counted_ms, id_, version_ms, flags, author, lang, tuple(signature), tuple(urgent))
            steps.setdefault(counted_ms // 1000 // STEP_S * STEP_S, []).append(row)
            self._decided[row.id] = counted_ms // 1000 // STEP_S * STEP_S
        self._recent = {step_s: tuple(held) for step_s, held in steps.items()}

    def _forget(self) -> None:
        recent_s = self.decided_until_s - RECENT_S
        oldest_s = self.decided_until_s - LONGEST_S
        # Steps are decided in order, so the oldest stand first in all three.
        while self._recent and (step_s := next(iter(self._recent))) < oldest_s:
            del self._recent[step_s], self._counts[step_s]
        if ageing := self._recent.get(recent_s - STEP_S):
            self._recent[recent_s - STEP_S] = _sample(ageing, MAX_OLD_ROWS_A_STEP)
        while self._decided and self._decided[id_ := next(iter(self._decided))] < recent_s:
            del self._decided[id_]


def _sample(rows: tuple[Row, ...], most: int) -> tuple[Row, ...]:
    if len(rows) <= most:
        return rows
    drawn = sorted(rows, key=lambda row: (zlib.crc32(row.id.encode()), row))[:most]
    return tuple(sorted(drawn))
