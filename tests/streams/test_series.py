"""`vigie detect`: bare series of counts; rows, gaps, bad rows, and timestamps given back verbatim."""

from __future__ import annotations

import gzip
import itertools
import math
import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from models.spike import Sensitivity
from streams.backtest.bare import bare_case
from streams.records import Severity, Signal
from streams.series import LONGEST_GAP_STEPS, SeriesIncident, find_incidents, read_moments
from streams.series_file import Point, SeriesError, read_series, step_of, why_no_series

START = datetime(2026, 3, 2)  # noqa: DTZ001 - a series without time zones
PARIS = ZoneInfo("Europe/Paris")
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
        (
            "timestamp,value\n2026-01-01,1\n2026-01-02,1e308\n",
            "line 3: value '1e308' is no count: above 1,000,000,000,000",
        ),
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


@pytest.mark.parametrize(
    ("stamps", "line"),
    [
        (["00:00", "00:05", "00:11", "00:15"], 4),
        (["00:00:00", "00:05:00", "00:10:01", "00:15:01"], 4),
        (["00:00", "00:05", "00:10", "00:27"], 5),
    ],
)
def test_rows_off_the_step_are_refused(tmp_path: Path, stamps: list[str], line: int) -> None:
    path = series(tmp_path / "a.csv", [f"2026-03-02 {stamp},5" for stamp in stamps])
    with pytest.raises(SeriesError, match=f"line {line}: .* rows are 300 s apart: a series needs a regular"):
        read_series(path)


@pytest.mark.parametrize("days", [1, 7])
@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S%z", "utc"])
def test_local_days_may_be_an_hour_shorter_or_longer(tmp_path: Path, days: int, form: str) -> None:
    noons = [datetime(2026, 3, 2, 12, tzinfo=PARIS) + timedelta(days=days * i) for i in range(300 // days)]
    written = [
        f"{noon.astimezone(UTC).isoformat() if form == 'utc' else noon.strftime(form)},5" for noon in noons
    ]
    del written[5]
    points = read_series(series(tmp_path / "a.csv", written), PARIS)
    assert {point.local.hour for point in points} == {12}
    case = bare_case("a", points, Sensitivity.BALANCED)
    assert len(case.counted) == len(written) + 1
    assert len(case.blind) == 1
    # Half a day is no change of the clocks.
    written[9] = written[9].replace("T1", "T2")
    with pytest.raises(SeriesError, match="line 11"):
        read_series(series(tmp_path / "b.csv", written))


AUTUMN = [f"2026-10-25 {hour:02}:{minute:02}" for hour in (1, 2, 2, 3) for minute in range(0, 60, 5)]


def test_the_hour_that_comes_twice(tmp_path: Path) -> None:
    path = series(tmp_path / "a.csv", [f"{stamp},5" for stamp in AUTUMN])
    with pytest.raises(
        SeriesError, match=r"line 26: time does not increase, it goes back an hour: .* --timezone"
    ):
        read_series(path)
    points = read_series(path, PARIS)
    assert {b.at_s - a.at_s for a, b in itertools.pairwise(points)} == {300}
    assert [point.text for point in points] == AUTUMN
    assert [point.local.strftime("%Y-%m-%d %H:%M") for point in points] == AUTUMN
    case = bare_case("a", points, Sensitivity.BALANCED)
    assert [each.mentions for each in case.counted] == [60] * 4
    # Another step back is another mistake.
    with pytest.raises(SeriesError, match=r"time does not increase$"):
        read_series(
            series(tmp_path / "b.csv", ["2026-10-25 03:00,5", "2026-10-25 03:05,5", "2026-10-25 02:55,5"])
        )


def test_days_are_those_of_the_zone(tmp_path: Path) -> None:
    path = series(tmp_path / "a.csv", ["2026-07-01T22:30:00Z,5", "2026-07-01T23:00:00Z,5"])
    assert [point.local.strftime("%d %H:%M") for point in read_series(path)] == ["01 22:30", "01 23:00"]
    assert [point.local.strftime("%d %H:%M") for point in read_series(path, PARIS)] == [
        "02 00:30",
        "02 01:00",
    ]
    for stamp, said in (("2026-03-29 02:30", "there is no"), ("0001-01-01 00:00", "outside the years")):
        with pytest.raises(SeriesError, match=f"line 2: .*{said}"):
            read_series(series(tmp_path / "b.csv", [f"{stamp},5"]), PARIS)


def test_what_spreadsheets_write_is_read_or_gets_advice(tmp_path: Path) -> None:
    text = "timestamp, value\n2026-03-02 00:00,5\n2026-03-02 00:05,6\n"
    path = tmp_path / "a.csv"
    for content in (
        text.encode(),
        text.replace(",", ";").encode("utf-8-sig"),
        text.replace(",", "\t").encode(),
        gzip.compress(text.encode()),
    ):
        path.write_bytes(content)
        assert [point.value for point in read_series(path)] == [5, 6]
        assert why_no_series(path) is None
    path.write_bytes(text.encode("utf-16"))
    with pytest.raises(SeriesError, match=r"is not UTF-8 .* iconv -f UTF-16 -t UTF-8"):
        read_series(path)
    assert "is not UTF-8" in (why_no_series(path) or "")


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"timestamp,value\n2026-01-01,\xe9\n")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(b"timestamp,value\n" + b"2026-01-01,1\n" * 10)[:-12])
    for path, said in (
        (tmp_path / "nowhere.csv", "there is no such file"),
        (tmp_path, "is a directory"),
        (latin, "is not UTF-8 .byte 28 is 0xe9.: save it as CSV UTF-8"),
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
        Point(str(when), int((when - at).total_seconds()), when, when.replace(tzinfo=UTC), 5.0)
        for when in (at, at + timedelta(minutes=5), at + timedelta(minutes=10), at + timedelta(days=12_000))
    ]
    began = time.monotonic()
    assert len(list(read_moments(points, Sensitivity.BALANCED))) == 4
    # Three million steps would take minutes.
    assert time.monotonic() - began < 60
    assert LONGEST_GAP_STEPS < 10_000


def test_the_severity_is_that_of_its_gravest_hour_and_says_as_what_it_opened(tmp_path: Path) -> None:
    def growing(i: int) -> float:
        times = 5 if 2_400 <= i < 2_436 else 40 if 2_436 <= i < 2_460 else 1
        return wave(i) * times

    path = series(tmp_path / "a.csv", rows(9, growing))
    (found,) = incidents(path)
    assert (found.opened_as, found.severity) == (Severity.WARNING, Severity.CRITICAL)
    texts = [line.partition(",")[0] for line in path.read_text().splitlines()[1:]]
    assert texts.index(found.at) < 2_436 <= texts.index(found.severity_at) < 2_460


def test_a_silence_is_told_of_the_window_that_noticed_it(tmp_path: Path) -> None:
    zeros = series(tmp_path / "zeros.csv", rows(10, lambda i: 0 if i >= 2_700 else wave(i)))
    (found,) = incidents(zeros, signals=(Signal.SILENCE,))
    assert found.window_s >= 3_600
    assert found.observed <= found.limit < 0.1 * found.expected
    assert found.expected == pytest.approx(sum(wave(i) for i in range(2_700, 2_712)), rel=0.3)


def test_what_is_told_on_the_first_day_says_so(tmp_path: Path) -> None:
    def early(i: int) -> float:
        return random.Random(i).randint(4, 8) * (20 if 144 <= i < 156 else 1)

    (young,) = incidents(series(tmp_path / "young.csv", rows(2, early)))
    (old,) = incidents(series(tmp_path / "old.csv", rows(6, with_burst)))
    assert (young.warming_up, old.warming_up) == (True, False)


@pytest.mark.parametrize(("first", "second", "said"), [("", "Z", "has an"), ("Z", "", "has no")])
def test_times_with_and_without_an_offset_are_not_mixed(
    tmp_path: Path, first: str, second: str, said: str
) -> None:
    path = series(tmp_path / "a.csv", [f"2026-03-02T00:00:00{first},1", f"2026-03-02T00:05:00{second},1"])
    with pytest.raises(SeriesError, match=f"line 3: 2026-03-02T00:05:00{second} {said} offset, other than"):
        read_series(path)
    assert len(read_series(path, ZoneInfo("UTC"))) == 2
