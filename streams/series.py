"""Detection on a bare series of counts: a CSV of `timestamp,value` in, one record an incident out.

SeriesError(ValueError)    the file is no such series; `str()` names the line
"""

from __future__ import annotations

import csv
import gzip
import itertools
import math
import statistics
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final, cast

from models.episode import EpisodePolicy, EpisodeState, Opened, Resolved, advance
from models.severity import Size, judge
from models.spike import Reading, Sensitivity, SpikeDetector, Step, policy_for
from streams.records import Severity, Signal
from streams.signals import silence

_MAX_CELL: Final = 131_072
LONGEST_GAP_STEPS: Final = 4_032
"""Of a longer hole in a series only its end is stepped through: two weeks of five minutes."""


class SeriesError(ValueError):
    """`str()` is a sentence that names the file and the line."""


@dataclass(frozen=True, slots=True)
class Point:
    """A row: its timestamp as written, the same in Unix seconds and on its own wall clock, its value.

    A `value` of None is a gap: the row is missing, or holds no number.
    """

    text: str
    at_s: int
    local: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class SeriesIncident:
    """`at` and `until` are timestamps of the file, verbatim; `until` is None while it lasts."""

    series: str
    signal: Signal
    at: str
    until: str | None
    observed: float
    expected: float
    limit: float
    severity: Severity
    at_s: int
    window_s: int
    opened: Point
    ended: Point | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One step as the detector saw it, for drawing."""

    point: Point
    reading: Reading
    band: tuple[float, float] | None = None
    """(expected, limit) over the last `band_s` seconds, where that was asked for."""


def name_of(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".csv")


def is_series(path: Path) -> bool:
    """Whether its header is that of a bare series and not that of posts; False where it cannot be read."""
    if not path.name.endswith((".csv", ".csv.gz")):
        return False
    try:
        with _open(path) as stream:
            header = {name.strip() for name in next(csv.reader(stream), [])}
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error):
        return False
    return {"timestamp", "value"} <= header and "text" not in header


def _open(path: Path) -> IO[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    return cast("IO[str]", opener(path, "rt", encoding="utf-8-sig", newline=""))


def read_series(path: Path) -> list[Point]:
    """Rows in order, with the missing ones of a regular series as gaps.

    Raises:
        SeriesError: unreadable, no such columns, or time that does not increase.
    """
    points: list[Point] = []
    try:
        with _open(path) as stream:
            # The limit is of the whole process, and who reads posts raises it.
            csv.field_size_limit(_MAX_CELL)
            reader = csv.DictReader(stream)
            missing = {"timestamp", "value"} - set(reader.fieldnames or ())
            if missing:
                raise SeriesError(f"{path}: no column {min(missing)!r}; it needs timestamp,value")
            for row in reader:
                point = _point(path, reader.line_num, row["timestamp"], row["value"])
                if points and point.at_s <= points[-1].at_s:
                    raise SeriesError(f"{path} line {reader.line_num}: time does not increase")
                points.append(point)
    except IsADirectoryError:
        raise SeriesError(f"{path} is a directory") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SeriesError(f"{path} cannot be read: {said}") from None
    return points


def _point(path: Path, line: int, timestamp: str | None, value: str | None) -> Point:
    text = (timestamp or "").strip()
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise SeriesError(f"{path} line {line}: timestamp {text!r} is no time, 2026-01-31 08:00:00") from None
    try:
        number = float(value) if value is not None and value.strip() else None
    except ValueError:
        raise SeriesError(
            f"{path} line {line}: value {value!r} is no number; leave it empty for a gap"
        ) from None
    if number is not None and not (math.isfinite(number) and number >= 0):
        raise SeriesError(f"{path} line {line}: value {value!r} is no count; leave it empty for a gap")
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return Point(text, int(aware.timestamp()), when, number)


def step_of(points: Sequence[Point]) -> int:
    """Seconds between two rows of a regular series: the middle of what occurs."""
    if len(points) < 2:
        return 300
    return max(1, int(statistics.median_low([b.at_s - a.at_s for a, b in itertools.pairwise(points)])))


def read_moments(
    points: Sequence[Point], sensitivity: Sensitivity, *, band_s: int | None = None
) -> Iterator[Moment]:
    """What the detector says of each row, decided from rows up to and including it.

    `band_s` asks for the band of that window as well; it must be one of the policy's.
    """
    step_s = step_of(points)
    detector = SpikeDetector(policy_for(sensitivity, step_s))
    last: Point | None = None
    for point in points:
        if last is not None:
            missing = round((point.at_s - last.at_s) / step_s) - 1
            for back in range(min(missing, LONGEST_GAP_STEPS), 0, -1):
                # On the file's own wall clock: this computer's time zone has no say.
                back_s = back * step_s
                local = point.local - timedelta(seconds=back_s)
                detector.step(_step(point.at_s - back_s, local, step_s, None))
        reading = detector.step(_step(point.at_s, point.local, step_s, point.value))
        yield Moment(point, reading, None if band_s is None else detector.band(band_s))
        last = point


def _step(at_s: int, local: datetime, step_s: int, value: float | None) -> Step:
    return Step(
        at_s=at_s + step_s,
        step_s=step_s,
        local_hour=local.hour + local.minute / 60 + local.second / 3600,
        local_weekday=local.weekday(),
        count=value,
    )


def find_incidents(
    name: str, moments: Iterable[Moment], signals: Sequence[Signal] = (Signal.VOLUME,)
) -> list[SeriesIncident]:
    """The incidents of a series, in the order in which they open."""
    found: list[SeriesIncident] = []
    states = dict.fromkeys(signals, EpisodeState())
    running: dict[Signal, int] = {}
    for moment in moments:
        for signal in signals:
            reading = moment.reading if signal is Signal.VOLUME else silence(moment.reading)
            states[signal], event = advance(states[signal], reading, EpisodePolicy())
            if isinstance(event, Opened):
                running[signal] = len(found)
                found.append(_incident(name, signal, moment.point, reading))
            elif isinstance(event, Resolved) and signal in running:
                index = running.pop(signal)
                found[index] = replace(found[index], until=moment.point.text, ended=moment.point)
    return found


def _incident(name: str, signal: Signal, point: Point, reading: Reading) -> SeriesIncident:
    judged = judge(
        Size(
            observed=reading.observed,
            expected=reading.expected,
            window_s=reading.window_s,
            mentions=int(reading.observed),
        )
    )
    return SeriesIncident(
        series=name,
        signal=signal,
        at=point.text,
        until=None,
        observed=round(reading.observed, 3),
        expected=round(reading.expected, 3),
        limit=round(reading.limit, 3),
        severity=Severity(judged.level),
        at_s=point.at_s,
        window_s=reading.window_s,
        opened=point,
        ended=None,
    )
