"""Whole watches as the benchmark makes them: what is counted, lifted and taken together. Small, and exact."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.detection.whole import MOST_A_STEP, Page, _apart, nights, rows_of, watch_series
from models.spike import Sensitivity
from streams.budget import FALSE_A_MONTH, WARNINGS_A_MONTH
from streams.records import Flag, Severity

DETECTION = Path(__file__).parents[3] / "docs" / "detection.md"


def test_a_watch_is_thinned_to_a_towns_volume_and_its_rows_are_its_counts() -> None:
    series = watch_series("flat", 5)
    assert 0 < float(np.nanmean(series.counts)) <= 1.5 * MOST_A_STEP
    steps = list(islice(rows_of(series, 5), 288))
    assert [len(rows) for _, rows in steps] == series.counts[:288].astype(int).tolist()
    rows = [row for _, step in steps for row in step]
    assert len({row.id for row in rows}) == len(rows)
    assert all(row.flags & Flag.SCORED for row in rows)
    repeated = sum(bool(row.flags & Flag.REPOST) for row in rows) / len(rows)
    assert 0.2 < repeated < 0.4
    assert steps == list(islice(rows_of(series, 5), 288))


def test_common_nights_lift_every_watch_by_the_factor_they_have() -> None:
    lifts = nights(3)
    assert lifts == nights(3) != nights(4)
    for kind in ("flat", "daily"):
        usual, lifted = watch_series(kind, 3), watch_series(kind, 3, lifts)
        more = lifted.counts - usual.counts
        inside = np.zeros(len(more), bool)
        for first, last, times in lifts:
            inside[first:last] = True
            expected = (times - 1) * float(np.nanmean(usual.counts)) * (last - first)
            assert float(more[first:last].sum()) == pytest.approx(expected, rel=0.35)
        assert not more[~inside].any()


def test_what_opens_within_half_an_hour_is_one_message() -> None:
    pages = [Page("volume", 60 * minute, Severity.WARNING, False) for minute in (0, 20, 30, 31, 50, 100)]
    assert [page.at_s // 60 for page in _apart(pages)] == [0, 31, 100]


@pytest.mark.parametrize(("sensitivity", "most"), [*zip(Sensitivity, (0.7, 2.0, 3.5), strict=True)])
def test_what_check_tells_is_what_was_measured_and_within_what_is_promised(
    sensitivity: Sensitivity, most: float
) -> None:
    cost, warnings = FALSE_A_MONTH[sensitivity], WARNINGS_A_MONTH[sensitivity]
    assert cost <= most
    row = f"| `{sensitivity}` | at most {most:g} ({cost:.2f} measured, {warnings:.2f} "
    assert row in DETECTION.read_text(encoding="utf-8")
