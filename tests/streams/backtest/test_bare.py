"""Bare series as cases: their own clock, hours or longer bins, and what is missing."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.spike import Sensitivity
from streams.backtest.bare import bare_case
from streams.backtest.case import Case, within
from streams.records import Signal
from streams.series import find_incidents, read_moments
from streams.series_file import name_of, read_series, why_no_series

START = datetime(2026, 3, 2, tzinfo=UTC)
PARIS = "+01:00"


def series(
    path: Path,
    *,
    minutes: int,
    days: float,
    missing: tuple[float, float] = (0, 0),
    empty: tuple[float, float] = (0, 0),
    offset: str = "",
) -> Path:
    """Counts with a daily shape, a burst, and stretches without a row or without a number; in days."""
    dice = random.Random(3)
    rows = ["timestamp,value"]
    for number in range(int(days * 1440 / minutes)):
        at = START + timedelta(minutes=number * minutes)
        day = (at - START) / timedelta(days=1)
        if missing[0] <= day < missing[1]:
            continue
        mean = minutes / 5 * (2 + math.sin(at.hour / 24 * 2 * math.pi)) * (9 if 9.5 <= day < 9.7 else 1)
        value = str(sum(dice.random() < mean / 400 for _ in range(400)))
        rows.append(f"{at:%Y-%m-%d %H:%M:%S}{offset},{'' if empty[0] <= day < empty[1] else value}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def holed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bare") / "holed.csv"
    return series(path, minutes=5, days=12, missing=(3.0, 3.25), empty=(5.0, 5.125), offset=PARIS)


@pytest.fixture(scope="module")
def case(holed: Path) -> Case:
    return bare_case("holed", read_series(holed), Sensitivity.BALANCED, [Sensitivity.MORE])


def wall(days: float) -> datetime:
    return START + timedelta(days=days)


def test_it_opens_what_detect_opens(case: Case, holed: Path) -> None:
    points = read_series(holed)
    assert [tried.rule for tried in case.tried] == ["balanced", "more"]
    for tried in case.tried:
        opened = find_incidents("holed", read_moments(points, tried.rule))
        assert [each.at for each in tried.found] == [(each.at, each.until) for each in opened] != []
        assert [(each.first.observed, each.first.limit) for each in tried.found] == [
            (each.observed, each.limit) for each in opened
        ]
    (found,) = [each for each in case.in_force.found if wall(9.5) <= each.first.opened_at < wall(9.6)]
    assert found.last.resolved_at is not None
    assert found.at is not None
    assert found.at[0].endswith(PARIS)


def test_hours_are_those_of_the_file(case: Case, holed: Path) -> None:
    points = {point.text: point.value for point in read_series(holed)}
    hour = next(each for each in case.counted if each.at == wall(1.5))
    noon = [points[f"2026-03-03 12:{minute:02}:00{PARIS}"] for minute in range(0, 60, 5)]
    assert hour.mentions == sum(value or 0 for value in noon) > 0
    assert hour.expected is not None
    assert hour.limit is not None
    assert 0 < hour.expected < hour.limit
    assert (case.since, case.until, case.one) == (wall(0), wall(12), timedelta(hours=1))


def test_what_is_missing_is_no_calm(case: Case) -> None:
    assert [(gap.from_at, gap.until_at) for gap in case.blind] == [
        (wall(3.0), wall(3.25)), (wall(5.0), wall(5.125)),
    ]  # fmt: skip
    assert case.heard == timedelta(days=12) - timedelta(hours=9)
    by_hour = {each.at: each for each in case.counted}
    assert by_hour[wall(3.0)].expected is None
    assert by_hour[wall(5.0)].expected is None
    assert wall(3.125) not in by_hour


def test_longer_steps_are_their_own_bins(tmp_path: Path) -> None:
    daily = bare_case("d", read_series(series(tmp_path / "d.csv", minutes=1440, days=60)), Sensitivity.MORE)
    assert daily.one == timedelta(days=1)
    assert len(daily.counted) == 60
    assert daily.counted[40].limit is not None
    one = series(tmp_path / "s.csv", minutes=5, days=1 / 288)
    single = bare_case("s", read_series(one), Sensitivity.MORE)
    assert (len(single.counted), single.in_force.found, single.blind) == (1, (), ())


def test_a_part_of_it(case: Case) -> None:
    part = within(case, wall(9), wall(10))
    assert len(part.counted) == 24
    opened = [each for each in case.in_force.found if wall(9) <= each.first.opened_at < wall(10)]
    assert list(part.in_force.found) == opened != []
    assert part.blind == ()
    assert not set(within(case, wall(0), wall(9)).in_force.found) & set(opened)


def test_silence_too(tmp_path: Path) -> None:
    path = series(tmp_path / "quiet.csv", minutes=5, days=14)
    lines = path.read_text().splitlines()
    # Nothing at all for a day, and it was listened to.
    quiet = [line.rpartition(",")[0] + ",0" if "2026-03-12" in line else line for line in lines]
    path.write_text("\n".join(quiet))
    points = read_series(path)
    found = bare_case("q", points, Sensitivity.BALANCED, signals=[Signal.SILENCE]).in_force.found
    assert {each.first.signal for each in found} == {"silence"}


@pytest.mark.parametrize(
    ("name", "header", "yes"),
    [
        ("a.csv", "timestamp,value", True),
        ("a.csv", "value, timestamp,note", True),
        ("a.csv", "timestamp,value,text", False),
        ("a.csv", "id,text", False),
        ("a.csv", "", False),
        ("a.jsonl", "timestamp,value", False),
    ],
)
def test_a_series_is_known_by_its_header(tmp_path: Path, name: str, header: str, yes: bool) -> None:
    (tmp_path / name).write_text(header)
    assert (why_no_series(tmp_path / name) is None) is yes
    assert "no such file" in (why_no_series(tmp_path / "absent.csv") or "")
    assert name_of(Path("a/b.c.csv.gz")) == "b.c"
