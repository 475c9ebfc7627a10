"""How suspect each step is to one who knows the truth: the expectation, the law of the noise, a rise.

No detector can know these, and of the crises themselves this one knows nothing either. What it misses at two
false incidents a month is missed because noise looks the same, not because something was learnt badly.
Two kinds of statistic, both causal:

*Scan*: for windows of many lengths, how far up the count is in the law of that window's counts (a negative
binomial of the true mean and of the true total variance), as a normal deviate; the highest.

*Filter*: the likelihood ratio of "a crisis of this size began at row b" against "none", the slow noise
integrated out on a grid by the forward recursion of a hidden Markov chain (L. R. Rabiner, Proc. IEEE 77,
1989). Over the rows at which it may have begun the highest is taken (as E. S. Page's CUSUM does) or the sum
(the rule of A. N. Shiryaev and S. W. Roberts, which is about the best that can be: M. Pollak, Ann. Stat.
13, 1985). A row counts for as long as a crisis begun there may still be seen in time. Where bursts that are
no events occur, "one of them began" is part of "none".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from benchmarks.detection.generate import LEAST_EXCESS, STEP_S, WITHIN_S
from benchmarks.detection.series import DAY_S, Floats, Ints, Series
from benchmarks.detection.truth import Bursts, SlowNoise, Truth

WINDOWS = (1, 2, 3, 4, 6, 9, 12, 18, 24, 36, 72, 144)
"""Rows."""
GRID = 31
"""Points of the slow noise, from -3.4 to 3.4 of its deviations."""
LONGEST_ROWS = 432
RAMP_ROWS = {5.0: 3, 2.5: 3, 1.5: 12}
"""A ramp takes fewer rows than this, each number equally likely."""
PATIENCE = 1.5
"""A crisis is taken to be due by the time this many times the least excess is expected to have fallen."""
BURSTS, BURST_ROWS, BURST_LEVELS = 32, 48, 20
"""Bursts of the law that are held possible, how long each, and how finely their heights are read."""
LEAST, BIG = 1e-100, 1e200
"""Of a chance, beside the greatest of its step, and of a likelihood ratio: neither may run out of digits."""


def scan(series: Series, truth: Truth, longest_rows: int) -> Floats:
    """The highest normal deviate of the windows up to a length, at every step."""
    seen = ~np.isnan(series.counts)
    counts, rate = np.nan_to_num(series.counts), np.where(seen, truth.rate, 0.0)
    fast = truth.dispersion * np.exp(truth.slow.deviation**2)
    highest = np.zeros(len(counts))
    for rows in WINDOWS:
        if rows > longest_rows:
            break
        total, mean = _moving(counts, rows), np.maximum(_moving(rate, rows), 1e-9)
        extra = mean**2 * slow_variance(truth.slow, rows) + fast * _moving(rate**2, rows)
        shape = mean**2 / np.maximum(extra, 1e-12)
        above = stats.nbinom.sf(total - 1, shape, shape / (shape + mean))
        deviate = stats.norm.isf(np.clip(above, 1e-300, 0.5))
        highest = np.maximum(highest, np.where(total > mean, deviate, 0.0))
    return highest


def slow_variance(law: SlowNoise, rows: int) -> float:
    """Of the mean of the slow noise over a window."""
    apart = np.arange(rows)
    pairs = np.where(apart == 0, rows, 2.0 * (rows - apart))
    covariance = np.expm1(law.deviation**2 * np.exp(-apart / law.memory_rows))
    return float((pairs * covariance).sum() / rows**2)


def _moving(values: Floats, rows: int) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(values)])
    here = np.arange(1, len(values) + 1)
    return np.asarray(sums[here] - sums[np.maximum(here - rows, 0)])


@dataclass(frozen=True, slots=True)
class Filtered:
    """Of one size: the root of twice the log of the likelihood ratio, 0 where that is below 1."""

    highest: Floats
    summed: Floats


def filtered(
    series: Series, truth: Truth, sizes: tuple[float, ...] = tuple(WITHIN_S)
) -> dict[float, Filtered]:
    """The filter for crises of each size."""
    none = 1.0 if truth.bursts is None else 1.0 + _burst_odds(series, truth, truth.bursts)
    found = {}
    for size in sizes:
        extra = (size - 1) * truth.rate
        rise = _mean_rise(size)
        ages = _ages(extra, WITHIN_S[size] // STEP_S)
        levels = np.minimum(np.arange(int(ages.max())), len(rise) - 1)[None, :]
        highest, summed = np.zeros(len(ages)), np.zeros(len(ages))
        for row, ratios in enumerate(_ratios(series, truth, extra[:, None] * rise, levels)):
            possible = ratios[0, : ages[row]]
            highest[row], summed[row] = possible.max(), possible.sum()
        found[size] = Filtered(_root(highest / none), _root(summed / none))
    return found


def _root(ratio: Floats) -> Floats:
    return np.asarray(np.sqrt(2.0 * np.log(np.maximum(ratio, 1.0))))


def _mean_rise(size: float) -> Floats:
    """What part of the full size the first rows have, on average over the ramps; the last entry is full."""
    ramps = RAMP_ROWS[size]
    rises = np.ones((ramps, ramps))
    for ramp in range(ramps):
        rises[ramp, :ramp] = np.arange(1, ramp + 1) / (ramp + 1)
    return np.asarray(rises.mean(axis=0))


def _ages(extra: Floats, within_rows: int) -> Ints:
    """How many rows back a crisis may have begun that is due about now or later."""
    sums = np.concatenate([[0.0], np.cumsum(extra)])
    here = np.arange(len(extra))
    first = np.searchsorted(sums, sums[here + 1] - PATIENCE * LEAST_EXCESS, side="left")
    ages = np.minimum(np.maximum(here + 1 - first, within_rows), np.minimum(LONGEST_ROWS, here + 1))
    return np.asarray(ages, dtype=np.int64)


def _burst_odds(series: Series, truth: Truth, law: Bursts) -> Floats:
    """How much likelier than no burst it is that one of the last hours is still on."""
    rng = np.random.default_rng(0)
    drawn = np.array([law.draw(rng) for _ in range(BURSTS)])
    heights = drawn[:, :1] * np.exp(-np.arange(BURST_ROWS) / drawn[:, 1:])
    levels = np.geomspace(0.02 * (law.level + 0.3), heights.max(), BURST_LEVELS)
    nearest = np.abs(np.log(levels) - np.log(np.maximum(heights, levels[0]))[..., None]).argmin(axis=2)
    chance = law.a_day * STEP_S / DAY_S / BURSTS
    excess = np.broadcast_to(levels, (len(truth.rate), BURST_LEVELS))
    return np.array([chance * ratios.sum() for ratios in _ratios(series, truth, excess, nearest)])


def _ratios(
    series: Series, truth: Truth, excess: Floats, levels: npt.NDArray[np.intp] | Ints
) -> Iterator[Floats]:
    """At every step, the likelihood ratio of each event (first axis) begun each number of rows ago (second).

    `excess` is what a step would have beyond its rate, by level; `levels` which one an event of that age has.
    """
    noise, calm, move = _chain(truth.slow)
    rate = np.maximum(truth.rate, 1e-9)[:, None, None] * noise
    counts = np.nan_to_num(series.counts)[:, None, None]
    excess = np.insert(np.maximum(excess, 0.0), 0, 0.0, axis=1)[..., None]
    chances = _log_chance(counts, rate, truth.dispersion, excess)
    chances[np.isnan(series.counts)] = 0.0
    chances = np.maximum(np.exp(chances - chances.max(axis=(1, 2), keepdims=True)), LEAST)
    begun = np.zeros((*levels.shape, GRID))
    for none, *some in chances:
        begun[:, 1:] = begun[:, :-1].copy()
        begun[:, 0] = calm
        calm = (calm @ move) * none
        scale = float(calm.sum())
        calm = calm / scale
        moved = (begun.reshape(-1, GRID) @ move).reshape(begun.shape)
        begun = np.minimum(moved * (np.array(some) / scale)[levels], BIG)
        yield begun.sum(axis=2)


def _chain(law: SlowNoise) -> tuple[Floats, Floats, Floats]:
    """(the noise at each point of the grid, its stationary law, the transitions of a step)."""
    points = np.linspace(-3.4, 3.4, GRID)
    keep = np.exp(-1.0 / law.memory_rows)
    start = np.exp(-0.5 * points**2)
    move = np.exp(-0.5 * (points[None, :] - keep * points[:, None]) ** 2 / (1 - keep**2))
    noise = np.exp(law.deviation * points - law.deviation**2 / 2)
    return noise, start / start.sum(), move / move.sum(axis=1, keepdims=True)


def _log_chance(counts: Any, rate: Floats, dispersion: float, excess: Floats) -> Floats:
    """Of a gamma-Poisson count of this rate with a Poisson excess; as a negative binomial."""
    mean = rate + excess
    shape = mean**2 / (max(dispersion, 1e-4) * rate**2)
    return np.asarray(
        special.gammaln(counts + shape)
        - special.gammaln(shape)
        - special.gammaln(counts + 1)
        + shape * np.log(shape / (shape + mean))
        + counts * np.log(mean / (shape + mean))
    )
