"""The rules ours is compared with, each in a few lines. All look at the last hour, hourly, and pause 24 h.

A rule takes a series and returns the rows at which it would have opened an incident. Gaps count as the
zeros that such rules see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from benchmarks.detection.series import DAY_S, HOUR_S, Floats, Series

Rule = Callable[[Series], list[int]]


def _hourly(series: Series) -> tuple[Floats, int]:
    """Sums of whole hours, and how many rows an hour has; a series of longer steps is taken as it is."""
    rows = max(1, HOUR_S // series.step_s)
    counts = np.nan_to_num(series.counts)
    whole = len(counts) // rows
    return counts[: whole * rows].reshape(whole, rows).sum(axis=1), rows


def _paused(alarms: Iterator[int], rows: int, step_s: int) -> list[int]:
    """Rows of the alarms (given as hours), not two within 24 hours."""
    opened: list[int] = []
    for hour in alarms:
        row = (hour + 1) * rows - 1
        if not opened or (row - opened[-1]) * step_s >= DAY_S:
            opened.append(row)
    return opened


def k_times_mean(series: Series, k: float = 3.0, days: int = 7) -> list[int]:
    """ "More than k times the hourly average" of the last week: what the market sells."""
    hours, rows = _hourly(series)

    def alarms() -> Iterator[int]:
        for hour in range(24, len(hours)):
            past = hours[max(0, hour - 24 * days) : hour]
            if hours[hour] > 0 and hours[hour] >= k * past.mean():
                yield hour

    return _paused(alarms(), rows, series.step_s)


def z_score(series: Series, k: float = 3.0, days: int = 7) -> list[int]:
    """k standard deviations above the mean of the hours of the last week."""
    hours, rows = _hourly(series)

    def alarms() -> Iterator[int]:
        for hour in range(24, len(hours)):
            past = hours[max(0, hour - 24 * days) : hour]
            spread = past.std()
            if spread > 0 and hours[hour] >= past.mean() + k * spread:
                yield hour

    return _paused(alarms(), rows, series.step_s)


def same_hour(series: Series, k: float = 3.5, days: int = 14) -> list[int]:
    """Robust z (median and median absolute deviation) among the same hours of the last two weeks."""
    hours, rows = _hourly(series)

    def alarms() -> Iterator[int]:
        for hour in range(24 * 3, len(hours)):
            past = hours[max(hour % 24, hour - 24 * days) : hour : 24]
            middle = float(np.median(past))
            spread = 1.4826 * float(np.median(np.abs(past - middle)))
            if spread > 0 and hours[hour] >= middle + k * spread:
                yield hour

    return _paused(alarms(), rows, series.step_s)


def epitweetr(series: Series, alpha: float = 0.025, blocks: int = 7, outlier: float = 2.5) -> list[int]:
    """The published rule of the ECDC's epitweetr: EARS on moving 24 h blocks, past outliers down-weighted.

    Seven past blocks of 24 hours, weighted mean and deviation, a t-quantile. A block whose studentised
    residual r exceeds the threshold weighs r^-2 (Espinosa et al., "Epitweetr: Early warning of public
    health threats using Twitter data", Euro Surveillance 27(39), 2022). No answer in the first week.
    """
    hours, rows = _hourly(series)
    sums = np.concatenate([[0.0], np.cumsum(hours)])
    day = np.array([np.nan] * 23 + [sums[end] - sums[end - 24] for end in range(24, len(hours) + 1)])

    def alarms() -> Iterator[int]:
        for hour in range(24 * (blocks + 1), len(hours)):
            past = day[hour - 24 * blocks : hour : 24]
            weights = _weights(past, outlier)
            total = weights.sum()
            mean = float((weights * past).sum() / total)
            spread = float(np.sqrt((weights * (past - mean) ** 2).sum() / max(total - 1, 1e-9)))
            quantile = float(stats.t.ppf(1 - alpha, max(total - 1, 1)))
            if spread > 0 and day[hour] > mean + quantile * spread * np.sqrt(1 + 1 / total):
                yield hour

    return _paused(alarms(), rows, series.step_s)


def _weights(past: Floats, outlier: float) -> Floats:
    spread = past.std(ddof=1)
    if spread == 0:
        return np.ones(len(past))
    leverage = 1 / len(past)
    residual = (past - past.mean()) / (spread * np.sqrt(1 - leverage))
    return np.asarray(np.where(residual > outlier, np.maximum(residual, 1.0) ** -2, 1.0))


RULES: dict[str, Rule] = {
    "3 x the hourly mean": k_times_mean,
    "z = 3 over 7 days": z_score,
    "same hour of day": same_hour,
    "epitweetr (EARS)": epitweetr,
}
