"""What is judged: a series of counts, with the crises put into it or the windows labelled in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HOUR_S = 3_600
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Crisis:
    """A rise to `size` times the normal volume, which must be seen by `due_s` (None: need not be seen)."""

    size: float
    onset_s: int
    end_s: int
    due_s: int | None


@dataclass(frozen=True, slots=True)
class Series:
    """Counts of steps that END at `at_s`; NaN is a gap. `windows` are NAB's, as first and last row."""

    name: str
    kind: str
    step_s: int
    at_s: Ints
    counts: Floats
    local_hour: Floats
    local_weekday: Ints
    factor: Floats
    windows: tuple[tuple[int, int], ...] = ()
    crises: tuple[Crisis, ...] = ()
    excused: tuple[tuple[int, int], ...] = ()
    """Times (from, until) of which an incident is neither right nor wrong: the start of a new level."""
    unscored: tuple[tuple[int, int], ...] = ()
    """Rows whose alerts are not scored: a fault put in to stress the detector."""
    tags: tuple[str, ...] = field(default=())

    @property
    def weeks(self) -> float:
        return len(self.counts) * self.step_s / (7 * DAY_S)

    def with_counts(self, counts: Floats, **changes: object) -> Series:
        return replace(self, counts=counts, **changes)  # type: ignore[arg-type]


def local_times(at_s: Ints, step_s: int, zone: str) -> tuple[Floats, Ints]:
    """Local hour and weekday of the START of each step; one offset is looked up for each hour."""
    starts = at_s - step_s
    tz = ZoneInfo(zone)
    offsets = {int(hour): _offset_s(int(hour) * HOUR_S, tz) for hour in np.unique(starts // HOUR_S)}
    local = starts + np.array([offsets[int(hour)] for hour in starts // HOUR_S], dtype=np.int64)
    weekday = (local // DAY_S + 3) % 7
    return (local % DAY_S) / HOUR_S, weekday.astype(np.int64)


def _offset_s(unix_s: int, tz: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(unix_s, tz).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def nab_windows(rows: int, centres: list[int]) -> tuple[tuple[int, int], ...]:
    """Windows as NAB makes them: together a tenth of the rows, centred, cut where they would meet."""
    if not centres:
        return ()
    half = int(0.1 * rows / len(centres)) // 2
    spans: list[tuple[int, int]] = []
    for centre in sorted(centres):
        first, last = max(centre - half, 0), min(centre + half, rows - 1)
        if spans and first <= spans[-1][1]:
            first = spans[-1][1] + 1
        if first <= last:
            spans.append((first, last))
    return tuple(spans)
