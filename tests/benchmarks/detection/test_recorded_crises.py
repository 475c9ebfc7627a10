"""Recorded crises are counted and timed from files as the benchmark is given them."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pytest

from benchmarks.detection.crises import RECORDED, counted, crisis_rows
from benchmarks.detection.series import Series

BEGINS = datetime(2013, 5, 20, 19, 2, tzinfo=UTC)


def _write(path: Path, minutes: list[int], *, zone: str) -> None:
    with gzip.open(path, "wb") as file:
        for minute in minutes:
            text = "a Tornado, and another flood in the storm" if minute % 2 else "nothing of that kind"
            at = (BEGINS + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S") + zone
            file.write(orjson.dumps({"ts": at, "text": text}) + b"\n")


def _above_two(series: Series) -> list[int]:
    return [int(row) for row in np.flatnonzero(series.counts > 2)]


@pytest.mark.parametrize("zone", ["", "Z"])
def test_a_file_is_counted_in_steps_and_timed_from_the_event(tmp_path: Path, zone: str) -> None:
    minutes = [0, 1, 9, 71, 72, 72, 73, 73, 73, 120]
    for recorded in RECORDED:
        _write(tmp_path / f"{recorded.name}.jsonl.gz", minutes, zone=zone)
    tornado = next(one for one in RECORDED if one.event_at is not None)
    series = counted(tmp_path / f"{tornado.name}.jsonl.gz", tornado)
    assert {row: count for row, count in enumerate(series.counts) if count} == {0: 1, 2: 1, 14: 1, 15: 3}
    assert series.at_s[0] == int(BEGINS.timestamp()) // 300 * 300 + 300
    rows = {row[0].partition(":")[0]: row[1:] for row in crisis_rows(tmp_path, {"rule": _above_two})}
    # The event is at 19:56, the step that has three ends at 20:20.
    assert rows.pop(tornado.name) == ["6", "rule", "0", "2013-05-20 20:20", "24 min", "1"]
    assert {tuple(row) for row in rows.values()} == {("6", "rule", "", "2013-05-20 20:20", "", "1")}


def test_a_folder_without_them_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"2012_Sandy_Hurricane\.jsonl\.gz"):
        next(crisis_rows(tmp_path, {"rule": _above_two}))
