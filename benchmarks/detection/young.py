"""Crises in the first days of a watch: series of the suite begun anywhere, before anything happens in them.

Each is played once as it is, for what is false, and once for each age and size with a crisis put into it.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.detection.generate import LEAST_EXCESS, STEP_S, WITHIN_S, generate_with_truth
from benchmarks.detection.ours import openings
from benchmarks.detection.series import DAY_S, HOUR_S, Floats, Series
from benchmarks.detection.tables import markdown

GROUPS = {
    "calm": ("flat", "daily", "weekly", "trending", "planned_event", "summer_time"),
    "over-dispersed, bursty": ("over_dispersed", "bursty"),
}
AGES_H = (7, 12, 18, 26, 38, 50, 86)
SIZES = (5.0, 2.5)
DAYS = 5
LATEST_BEGIN_ROWS = 2 * DAY_S // STEP_S
CRISIS_ROWS = 6 * HOUR_S // STEP_S
RAMP_ROWS = 3


@dataclass(slots=True)
class Young:
    """Of one series: what was opened by each day's end; by size and age, whether in time and ever."""

    false_by_day: list[int] = field(default_factory=list)
    seen: dict[tuple[float, int], tuple[bool, bool]] = field(default_factory=dict)


def young_table(pool: ProcessPoolExecutor, seeds: range) -> list[str]:
    """In time / ever within six hours, and false incidents in the first days of a watch."""
    rows = []
    for group, kinds in GROUPS.items():
        tags = [(kind, seed) for kind in kinds for seed in seeds]
        found = [one for one in pool.map(_play, *zip(*tags, strict=True)) if one is not None]
        false = [
            f"{sum(one.false_by_day[day] for one in found) / len(found):.2f}" for day in (0, 1, DAYS - 1)
        ]
        for size in SIZES:
            cells = []
            for age_h in AGES_H:
                mine = [one.seen[size, age_h] for one in found]
                in_time, ever = (100 * sum(each) / len(mine) for each in zip(*mine, strict=True))
                cells.append(f"{in_time:.0f} / {ever:.0f}%")
            rows.append([f"{group} ({len(found)})", f"{size:g}x", *cells, " / ".join(false)])
    head = ["series", "size", *(f"hour {age_h}" for age_h in AGES_H), "false by day 1 / 2 / 5"]
    return markdown(head, rows)


def _play(kind: str, seed: int) -> Young | None:
    """None where something happens in the series so early that there is no room."""
    made, truth = generate_with_truth(kind, seed)
    rng = np.random.default_rng([seed, len(kind)])
    first, rows = int(rng.integers(0, LATEST_BEGIN_ROWS)), DAYS * DAY_S // STEP_S
    calm = _cut(made, first, rows)
    if any(crisis.onset_s < int(calm.at_s[-1]) for crisis in made.crises):
        return None
    rate = truth.rate[first : first + rows]
    opened = openings(calm)
    young = Young([sum(row < (day + 1) * DAY_S // STEP_S for row in opened) for day in range(DAYS)])
    for age_h in AGES_H:
        onset = age_h * HOUR_S // STEP_S + int(rng.integers(0, HOUR_S // STEP_S))
        for size in SIZES:
            young.seen[size, age_h] = _seen(calm, rate, onset, size, rng)
    return young


def _seen(calm: Series, rate: Floats, onset: int, size: float, rng: np.random.Generator) -> tuple[bool, bool]:
    """(in time, ever) of a crisis from this row on."""
    excess = (size - 1.0) * rate[onset : onset + CRISIS_ROWS]
    excess *= np.minimum(np.arange(1, CRISIS_ROWS + 1) / RAMP_ROWS, 1.0)
    counts = calm.counts.copy()
    counts[onset : onset + CRISIS_ROWS] += rng.poisson(excess)
    least = int(np.searchsorted(np.cumsum(excess), LEAST_EXCESS)) + 1
    due = onset + max(least, WITHIN_S[size] // STEP_S)
    played = _cut(calm.with_counts(counts), 0, onset + CRISIS_ROWS)
    after = [row for row in openings(played) if row >= onset]
    return bool(after) and after[0] < due, bool(after)


def _cut(series: Series, first: int, rows: int) -> Series:
    """These rows, without what is labelled in them."""
    part = slice(first, first + rows)
    return replace(
        series,
        at_s=series.at_s[part],
        counts=series.counts[part],
        local_hour=series.local_hour[part],
        local_weekday=series.local_weekday[part],
        factor=series.factor[part],
        crises=(),
        excused=(),
    )
