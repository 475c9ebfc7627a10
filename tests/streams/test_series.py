"""`vigie detect`: bare series of counts; rows, gaps, bad rows, and timestamps given back verbatim."""

from __future__ import annotations

import gzip
import math
import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from models.spike import Sensitivity
from streams.records import Signal
from streams.series import (
    LONGEST_GAP_STEPS,
    Point,
    SeriesError,
    SeriesIncident,
    find_incidents,
    read_moments,
    read_series,
    step_of,
)

START = datetime(2026, 3, 2)  # noqa: DTZ001 - a series without time zones
Value = Callable[[int], float | None]


def wave(i: int) -> float:
    """A day's shape in steps of five minutes, with noise."""
    return round(40 + 25 * math.sin(2 * math.pi * i / 288) + random.Random(i).uniform(-6, 6))


def rows(days: float, value: Value, *, minutes: int = 5) -> Iterator[str]:
    for i in range(int(days * 24 * 60 / minutes)):
        found = value(i)
        yield f"{START + timedelta(minutes=i * minutes)},{'' if found is None else found}"


def series(path: Path, lines: Iterator[str] | list[str]) -> Path:
    path.write_text("timestamp,value\n" + "\n".join(lines) + "\n")
    return path


def incidents(
    path: Path,
    sensitivity: Sensitivity = Sensitivity.BALANCED,
    signals: tuple[Signal, ...] = (Signal.VOLUME,),
) -> list[SeriesIncident]:
    return find_incidents(path.stem, read_moments(read_series(path), sensitivity), signals)


def with_burst(i: int) -> float:
    return wave(i) * (12 if 1_200 <= i < 1_212 else 1)


def test_a_burst_is_one_incident_whose_times_are_rows_of_the_file(tmp_path: Path) -> None:
    path = series(tmp_path / "a.csv", rows(6, with_burst))
    (found,) = incidents(path)
    texts = [line.partition(",")[0] for line in path.read_text().splitlines()[1:]]
    assert 1_200 <= texts.index(found.at) < 1_204
    assert found.until is not None
    assert texts.index(found.until) > 1_212
    assert found.observed >= found.limit > found.expected > 0
    assert (found.series, found.signal) == ("a", Signal.VOLUME)


def test_what_was_decided_does_not_change_with_what_comes_later(tmp_path: Path) -> None:
    lines = list(rows(6, with_burst))
    (whole,) = incidents(series(tmp_path / "whole.csv", lines))
    cut = next(i for i, line in enumerate(lines) if line.startswith(whole.at)) + 1
    (early,) = incidents(series(tmp_path / "early.csv", lines[:cut]))
    assert (early.at, early.observed, early.expected, early.limit) == (
        whole.at,
        whole.observed,
        whole.expected,
        whole.limit,
    )
    assert early.until is None
    assert incidents(series(tmp_path / "before.csv", lines[: cut - 1])) == []


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S+02:00", "%Y%m%dT%H%M%SZ"])
def test_timestamps_come_back_verbatim(tmp_path: Path, form: str) -> None:
    written = [f"{(START + timedelta(minutes=5 * i)).strftime(form)},{with_burst(i)}" for i in range(6 * 288)]
    (found,) = incidents(series(tmp_path / "a.csv", written))
    assert found.at in {line.partition(",")[0] for line in written}


def test_missing_rows_and_empty_values_are_the_same_gap(tmp_path: Path) -> None:
    def holed(i: int) -> float | None:
        return None if 800 <= i < 1_000 else wave(i)

    empty = series(tmp_path / "empty.csv", rows(6, holed))
    missing = series(tmp_path / "missing.csv", [line for line in rows(6, holed) if not line.endswith(",")])
    assert incidents(empty) == incidents(missing) == []
    last = [list(read_moments(read_series(path), Sensitivity.BALANCED))[-1] for path in (empty, missing)]
    assert last[0].reading == last[1].reading


def test_a_gap_is_not_silence_and_zeros_are(tmp_path: Path) -> None:
    both = (Signal.VOLUME, Signal.SILENCE)
    zeros = series(tmp_path / "zeros.csv", rows(10, lambda i: 0 if i >= 2_700 else wave(i)))
    gap = series(tmp_path / "gap.csv", rows(10, lambda i: None if i >= 2_700 else wave(i)))
    assert [found.signal for found in incidents(zeros, signals=both)] == [Signal.SILENCE]
    assert incidents(gap, signals=both) == []


def test_the_eager_have_the_lower_limit(tmp_path: Path) -> None:
    path = series(tmp_path / "a.csv", rows(6, with_burst))
    points = read_series(path)[:1_201]
    # How high the same row stands above the limit: the very first of the burst.
    fewer, balanced, more = (list(read_moments(points, each))[-1].reading.score for each in Sensitivity)
    assert 0 < fewer < balanced < more
    assert [len(incidents(path, each)) for each in Sensitivity] == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column 'timestamp'"),
        ("time,count\n1,2\n", "no column 'timestamp'"),
        ("timestamp,count\n2026-01-01,2\n", "no column 'value'"),
        ("timestamp,value\nyesterday,2\n", "line 2: timestamp 'yesterday' is no time"),
        ("timestamp,value\n,2\n", "line 2: timestamp '' is no time"),
        ("timestamp,value\n2026-01-01,many\n", "line 2: value 'many' is no number; leave it empty for a gap"),
        ("timestamp,value\n2026-01-01,-1\n", "line 2: value '-1' is no count"),
        ("timestamp,value\n2026-01-01,nan\n", "line 2: value 'nan' is no count"),
        ("timestamp,value\n2026-01-01,1e999\n", "line 2: value '1e999' is no count"),
        ("timestamp,value\n2026-01-02,1\n2026-01-01,1\n", "line 3: time does not increase"),
        ("timestamp,value\n2026-01-02,1\n2026-01-02,1\n", "line 3: time does not increase"),
        ("timestamp,value\n2026-01-02," + "1" * 200_000 + "\n", "cannot be read: field larger than"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(text)
    with pytest.raises(SeriesError) as caught:
        read_series(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"timestamp,value\n2026-01-01,\xe9\n")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(b"timestamp,value\n" + b"2026-01-01,1\n" * 10)[:-12])
    for path, said in (
        (tmp_path / "nowhere.csv", "cannot be read: No such file"),
        (tmp_path, "is a directory"),
        (latin, "cannot be read: 'utf-8' codec"),
        (cut, "cannot be read"),
    ):
        with pytest.raises(SeriesError, match=said):
            read_series(path)


def test_few_rows_or_none_are_no_fault(tmp_path: Path) -> None:
    assert incidents(series(tmp_path / "none.csv", [])) == []
    assert incidents(series(tmp_path / "one.csv", ["2026-01-01,5"])) == []
    zeros = series(tmp_path / "zeros.csv", rows(3, lambda _: 0))
    assert incidents(zeros) == []
    last = list(read_moments(read_series(zeros), Sensitivity.MORE))[-1].reading
    assert math.isfinite(last.expected + last.limit + last.score)


@pytest.mark.parametrize(("minutes", "step_s"), [(1, 60), (5, 300), (60, 3_600), (1_440, 86_400)])
def test_the_step_is_read_from_the_rows(tmp_path: Path, minutes: int, step_s: int) -> None:
    path = series(tmp_path / "a.csv", rows(3 if minutes < 60 else 30, lambda _: 5, minutes=minutes))
    points = read_series(path)
    assert step_of(points) == step_s
    assert len(list(read_moments(points, Sensitivity.BALANCED))) == len(points)


def test_a_gap_knows_no_time_zone_of_this_computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hours in which the clocks of this computer jump, and years that it cannot count."""
    path = series(tmp_path / "a.csv", ["2026-03-29 00:00,5", "2026-03-29 00:30,5", "2026-03-29 04:00,5"])
    first = ["0001-01-01 00:00,5", "0001-01-01 00:30,5", "0001-01-01 04:00,5"]
    readings = []
    try:
        for zone in ("UTC", "Europe/Paris", "America/New_York"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            readings.append([each.reading for each in read_moments(read_series(path), Sensitivity.BALANCED)])
            assert incidents(series(tmp_path / "first.csv", first)) == []
    finally:
        monkeypatch.delenv("TZ")
        os.environ.pop("TZ", None)
        time.tzset()
    assert readings[0] == readings[1] == readings[2]


def test_a_hole_of_years_takes_no_years() -> None:
    at = datetime(1990, 1, 1)  # noqa: DTZ001
    points = [
        Point(str(when), int((when - at).total_seconds()), when, 5.0)
        for when in (at, at + timedelta(minutes=5), at + timedelta(minutes=10), at + timedelta(days=12_000))
    ]
    began = time.monotonic()
    assert len(list(read_moments(points, Sensitivity.BALANCED))) == 4
    # Three million steps would take minutes.
    assert time.monotonic() - began < 60
    assert LONGEST_GAP_STEPS < 10_000
