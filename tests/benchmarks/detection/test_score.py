"""The scores of the detection benchmark against numbers worked out by hand; its generators and rules."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.detection import generate, stress
from benchmarks.detection.folder import load
from benchmarks.detection.rules import RULES
from benchmarks.detection.score import crises, nab, sigmoid
from benchmarks.detection.series import Crisis, Series, nab_windows
from benchmarks.detection.wild import wild


def series(rows: int = 4_000, **more: object) -> Series:
    return Series(
        name="made",
        kind="made",
        step_s=300,
        at_s=300 * np.arange(1, rows + 1, dtype=np.int64),
        counts=np.ones(rows),
        local_hour=np.arange(rows) / 12 % 24,
        local_weekday=(np.arange(rows) // 288 % 7).astype(np.int64),
        factor=np.ones(rows),
        **more,  # type: ignore[arg-type]
    )


WINDOWS = ((1_000, 1_399), (2_000, 2_399))


@pytest.mark.parametrize(
    ("rows", "score"),
    [
        ([], 0.0),
        ([1_000, 2_000], 100.0),
        ([1_000, 1_100, 2_000], 100.0),
        ([1_000], 50.0),
        ([500, 1_000, 2_000], 100.0),
        ([800, 1_000, 2_000], 100.0 - 100 * 0.11 / 4),
        ([1_000, 1_000 + 798, 2_000], 100.0 - 100 * 0.11 / 4 * -sigmoid(1.0)),
        ([1_200, 2_000], 100.0 - 25.0 * (1 - sigmoid(-0.5) / sigmoid(-1.0))),
    ],
)
def test_the_nab_score(rows: list[int], score: float) -> None:
    """Rows before the 600th (15% of 4,000) do not count, so the one at 500 costs nothing."""
    assert nab(series(windows=WINDOWS), rows).score == pytest.approx(score)


def test_detections_some_hours_apart_are_one_false_episode() -> None:
    made = series(windows=WINDOWS)
    found = nab(made, [3_000, 3_060, 3_132, 3_300])
    assert (found.false_episodes, found.hit) == (2, 0)
    assert nab(made, [1_399, 1_430]).false_episodes == 0


def test_what_lies_in_the_fault_is_not_scored() -> None:
    made = series(windows=WINDOWS, unscored=((900, 950),))
    assert nab(made, [920, 1_000, 2_000]).score == pytest.approx(100.0)


def test_windows_are_a_tenth_of_the_rows_and_do_not_overlap() -> None:
    spans = nab_windows(10_000, [5_000, 3_000, 3_100])
    assert spans[0][0] == 3_000 - 166
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    assert nab_windows(100, []) == ()


def test_crises_are_seen_in_time_or_late_and_once() -> None:
    crisis = Crisis(size=5.0, onset_s=300 * 1_000, end_s=300 * 1_100, due_s=300 * 1_003)
    made = series(crises=(crisis,))
    in_time, late = crises(made, [1_001]), crises(made, [1_050])
    assert in_time.share_seen(5.0) == 1.0
    assert late.share_seen(5.0) == 0.0
    assert late.ever == {5.0: 1}
    assert crises(made, [1_001, 1_050, 3_000]).false_incidents == 2
    assert math.isnan(in_time.share_seen(2.5))


@pytest.mark.parametrize("kind", generate.KINDS)
def test_a_generated_series_depends_on_kind_and_seed_alone(kind: str) -> None:
    one, two, other = generate.generate(kind, 3), generate.generate(kind, 3), generate.generate(kind, 4)
    assert np.array_equal(one.counts, two.counts, equal_nan=True)
    assert one.crises == two.crises
    assert not np.array_equal(one.counts, other.counts, equal_nan=True)
    assert one.crises
    for crisis in one.crises:
        assert one.at_s[0] <= crisis.onset_s < crisis.end_s <= one.at_s[-1]
        assert crisis.due_s is None or crisis.due_s >= crisis.onset_s + 900


def test_the_stresses_do_what_they_say() -> None:
    made = wild(1)
    first, last = stress.MASK_ROWS
    masked = stress.masked(made)
    assert masked.counts[first:last].sum() == pytest.approx(50 * made.counts[first:last].sum())
    assert np.array_equal(masked.counts[last:], made.counts[last:])
    thin = stress.thinned(made, 0.1, 0)
    assert thin.counts.sum() == pytest.approx(0.1 * made.counts.sum(), rel=0.1)
    late = list(stress.begun_late(made))
    assert len(late) == len(made.windows)
    assert all(part.windows[0][0] <= 360 for part in late)


@pytest.mark.parametrize("name", RULES)
def test_each_simple_rule_sees_a_lasting_burst_and_pauses(name: str) -> None:
    made = series(6_000)
    made.counts[:] = np.random.default_rng(3).poisson(5.0, 6_000)
    made.counts[4_800:5_088] += 60.0
    rows = RULES[name](made)
    assert any(4_800 <= row < 5_160 for row in rows)
    assert all(b - a >= 288 for a, b in pairwise(rows))


def test_a_folder_in_nab_format_is_read(tmp_path: Path) -> None:
    lines = [f"2015-03-01 00:{minute:02d}:00,{minute}" for minute in range(0, 60, 5)]
    (tmp_path / "one.csv").write_text("\n".join(["timestamp,value", *lines]), encoding="utf-8")
    windows = tmp_path / "windows.json"
    windows.write_text('{"folder/one.csv": [["2015-03-01 00:10:00.000000", "2015-03-01 00:20:00.000000"]]}')
    (made,) = load(tmp_path, windows)
    assert made.windows == ((2, 4),)
    assert made.step_s == 300
    assert made.counts.tolist() == [float(minute) for minute in range(0, 60, 5)]
    with pytest.raises(FileNotFoundError, match=r"no \*\.csv"):
        load(tmp_path / "nowhere", windows)
