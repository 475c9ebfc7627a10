"""A bare series of counts as a file has it: a CSV of `timestamp,value` in, points in the order of time out.

SeriesError(ValueError)    the file is no such series; `str()` names the line
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from connectors.recorded import FileError, delimiter_of, opened

COLUMNS: Final = ("timestamp", "value")
STANDARD_INPUT: Final = Path("-")
LARGEST: Final = 1e12
"""More in one step is a fault of the file, and far above it the sums of the detector overflow."""
_MAX_CELL: Final = 131_072
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


class SeriesError(ValueError):
    """`str()` is a sentence that names the file and the line."""


@dataclass(frozen=True, slots=True)
class Point:
    """A row: its timestamp as written, the same in Unix seconds and on its own wall clock, its value.

    `shown` is what pages and tables show: where no zone was named, the wall clock taken for UTC.
    A `value` of None is a gap: the row is missing, or holds no number.
    """

    text: str
    at_s: int
    local: datetime
    shown: datetime
    value: float | None


def name_of(path: Path) -> str:
    return "stdin" if path == STANDARD_INPUT else path.name.removesuffix(".gz").removesuffix(".csv")


def why_no_series(path: Path) -> str | None:
    """What keeps a file from being a bare series, by its name and its header; None where it is one."""
    if not path.name.endswith((".csv", ".csv.gz")):
        return f"{path} is no series: that is a .csv, or .csv.gz, of {','.join(COLUMNS)}"
    try:
        with opened(str(path)) as source:
            header = _reader(path, _decoded(path, source.stream.readline(_MAX_CELL))).fieldnames or ()
    except (FileError, SeriesError, csv.Error) as error:
        return str(error)
    return f"{path} holds posts: it has a column 'text'" if "text" in header else None


def read_series(path: Path, zone: ZoneInfo | None = None) -> list[Point]:
    """Rows in order; those that are missing are left out.

    With a `zone`, days and hours are those of its clock, and times without an offset are its own.

    Raises:
        SeriesError: unreadable, no such columns, time that does not increase, or rows at no regular step.
    """
    text = _text(path)
    # The limit is of the whole process, and who reads posts raises it.
    csv.field_size_limit(_MAX_CELL)
    points: list[Point] = []
    lines: list[int] = []
    try:
        reader = _reader(path, text)
        for row in reader:
            where = f"{path} line {reader.line_num}"
            points.append(_point(where, row["timestamp"], row["value"], zone, points))
            lines.append(reader.line_num)
    except csv.Error as error:
        raise SeriesError(f"{path} cannot be read: {error}") from None
    _on_a_grid(path, points, lines)
    return points


def step_of(points: Sequence[Point]) -> int:
    """Seconds between two rows of a regular series: the middle of what occurs."""
    if len(points) < 2:
        return 300
    return max(1, int(statistics.median_low([b.at_s - a.at_s for a, b in itertools.pairwise(points)])))


def _text(path: Path) -> str:
    try:
        with opened(str(path)) as source:
            raw = source.stream.read()
    except FileError as error:
        raise SeriesError(str(error)) from None
    if source.damage is not None:
        raise SeriesError(f"{path} cannot be read: its gzip stream is damaged, {source.damage}")
    return _decoded(path, raw)


def _decoded(path: Path, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SeriesError(
            f"{path} is not UTF-8 (byte {error.start + 1} is 0x{raw[error.start]:02x}): "
            "save it as CSV UTF-8, or convert it with iconv -f UTF-16 -t UTF-8 (or -f LATIN1)"
        ) from None


def _reader(path: Path, text: str) -> csv.DictReader[str]:
    """Behind the header. Raises SeriesError where that lacks a column."""
    lines = io.StringIO(text, newline="")
    reader = csv.DictReader(lines, delimiter=delimiter_of(text.partition("\n")[0]))
    names = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise SeriesError(f"{path}: no column {missing[0]!r}; it needs {','.join(COLUMNS)}")
    reader.fieldnames = names
    return reader


def _point(
    where: str, timestamp: str | None, value: str | None, zone: ZoneInfo | None, before: Sequence[Point]
) -> Point:
    text = (timestamp or "").strip()
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise SeriesError(f"{where}: timestamp {text!r} is no time, 2026-01-31 08:00:00") from None
    try:
        number = float(value) if value is not None and value.strip() else None
    except ValueError:
        raise SeriesError(f"{where}: value {value!r} is no number; leave it empty for a gap") from None
    if number is not None and not (math.isfinite(number) and number >= 0):
        raise SeriesError(f"{where}: value {value!r} is no count; leave it empty for a gap")
    if number is not None and number > LARGEST:
        raise SeriesError(f"{where}: value {value!r} is no count: above {LARGEST:,.0f}")
    if zone is None:
        if before and (before[-1].local.tzinfo is None) != (when.tzinfo is None):
            has = "has no" if when.tzinfo is None else "has an"
            raise SeriesError(
                f"{where}: {text} {has} offset, other than the row before: --timezone ZONE says where those "
                "without one are"
            )
        wall = when.replace(tzinfo=UTC)
        at_s = int((wall if when.tzinfo is None else when).timestamp())
        point = Point(text, at_s, when, wall, number)
    else:
        try:
            at = _instant(where, when, zone, before)
            point = Point(text, int(at.timestamp()), at.astimezone(zone), at, number)
        except OverflowError:
            raise SeriesError(f"{where}: {text} is outside the years that can be counted") from None
    if before and point.at_s <= before[-1].at_s:
        raise SeriesError(f"{where}: time does not increase{_hint(point, before, zone)}")
    return point


def _instant(where: str, when: datetime, zone: ZoneInfo, before: Sequence[Point]) -> datetime:
    """In UTC; where the clocks were put back, the second of two such times if the first is past."""
    if when.tzinfo is not None:
        return when.astimezone(UTC)
    at = when.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != when:
        raise SeriesError(f"{where}: there is no {when} in {zone}, where the clocks were put forward")
    if before and at <= before[-1].shown:
        return when.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return at


def _hint(point: Point, before: Sequence[Point], zone: ZoneInfo | None) -> str:
    back_s = before[-1].at_s + step_of(before) - point.at_s
    if zone is not None or point.local.tzinfo is not None or back_s != _HOUR_S:
        return ""
    return (
        ", it goes back an hour: local times, where the clocks were put back, need --timezone ZONE, "
        "or an offset, or UTC"
    )


def _on_a_grid(path: Path, points: Sequence[Point], lines: Sequence[int]) -> None:
    """Raises SeriesError where a row is no whole number of steps after the one before."""
    step_s = step_of(points)
    # Local days are an hour shorter or longer where the clocks change.
    tolerated_s = _HOUR_S if step_s >= _DAY_S - _HOUR_S else 0
    for (before, point), line in zip(itertools.pairwise(points), lines[1:], strict=True):
        after_s = point.at_s - before.at_s
        if min(after_s % step_s, -after_s % step_s) > tolerated_s:
            raise SeriesError(
                f"{path} line {line}: {point.text} is {after_s:,} s after the row before, and rows are "
                f"{step_s:,} s apart: a series needs a regular step, from which rows may be missing"
            )
