"""The rules ours is compared with, each in a few lines. All look at the last hour, hourly, and pause 24 h.

A rule takes a series and returns the rows at which it would have opened an incident. Gaps count as the
zeros that such rules see.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.detection.series import DAY_S, HOUR_S, Floats, Series

Rule = Callable[[Series], list[int]]


def _hourly(series: Series) -> tuple[Floats, int]:
    """Sums of whole hours, and how many rows an hour has; a series of longer steps is taken as it is."""
    rows = max(1, HOUR_S // series.step_s)
    counts = np.nan_to_num(series.counts)
    whole = len(counts) // rows
    return counts[: whole * rows].reshape(whole, rows).sum(axis=1), rows


def _paused(hours: npt.NDArray[np.int64], rows: int, step_s: int) -> list[int]:
    """Rows of the alarms (given as hours), not two within 24 hours."""
    opened: list[int] = []
    for hour in hours.tolist():
        row = (hour + 1) * rows - 1
        if not opened or (row - opened[-1]) * step_s >= DAY_S:
            opened.append(row)
    return opened


def _past(hours: Floats, days: int) -> tuple[Floats, Floats]:
    """Mean and deviation of the hours before each one, over at the most `days`; NaN in the first day."""
    count = np.minimum(np.arange(len(hours)), 24 * days)
    sums = np.concatenate([[0.0], np.cumsum(hours)])
    squares = np.concatenate([[0.0], np.cumsum(hours**2)])
    here = np.arange(len(hours))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (sums[here] - sums[here - count]) / count
        spread = np.sqrt(np.maximum((squares[here] - squares[here - count]) / count - mean**2, 0.0))
    mean[:24] = np.nan
    return mean, spread


def k_times_mean(series: Series, k: float = 3.0, days: int = 7) -> list[int]:
    """ "More than k times the hourly average" of the last week: what the market sells.

    As Agility PR describes its surge alert: the hourly mentions against those of the previous 7 days, a
    percentage as the sensitivity, a pause after it (help.agilitypr.com, article 9272018).
    """
    hours, rows = _hourly(series)
    mean, _ = _past(hours, days)
    return _paused(np.flatnonzero((hours > 0) & (hours >= k * mean)), rows, series.step_s)


def z_score(series: Series, k: float = 3.0, days: int = 7) -> list[int]:
    """k standard deviations above the mean of the hours of the last week.

    Three-sigma limits (W. A. Shewhart, Economic Control of Quality of Manufactured Product, 1931), as
    Socialmetrix sells them: 1.5, 2 or 3 above the average of 7 days, looked at hourly (its support
    article 1000143951).
    """
    hours, rows = _hourly(series)
    mean, spread = _past(hours, days)
    return _paused(np.flatnonzero((spread > 1e-9) & (hours >= mean + k * spread)), rows, series.step_s)


def same_hour(series: Series, k: float = 3.5, days: int = 14) -> list[int]:
    """Robust z (median and median absolute deviation) among the same hours of the last two weeks.

    The modified z-score with its usual 3.5 (B. Iglewicz and D. C. Hoaglin, How to Detect and Handle
    Outliers, 1993); the same window of past weeks is what Salesforce compares with (solution 232591).
    """
    hours, rows = _hourly(series)
    past = np.full((days, len(hours)), np.nan)
    for back in range(1, days + 1):
        past[back - 1, 24 * back :] = hours[: max(len(hours) - 24 * back, 0)]
    first = 24 * 3
    middle = np.nanmedian(past[:, first:], axis=0)
    spread = 1.4826 * np.nanmedian(np.abs(past[:, first:] - middle), axis=0)
    alarm = (spread > 0) & (hours[first:] >= middle + k * spread)
    return _paused(first + np.flatnonzero(alarm), rows, series.step_s)


def epitweetr(series: Series, alpha: float = 0.025, blocks: int = 7, outlier: float = 2.5) -> list[int]:
    """The published rule of the ECDC's epitweetr: EARS on moving 24 h blocks, past outliers down-weighted.

    Seven past blocks of 24 hours, weighted mean and deviation, a t-quantile. A block whose studentised
    residual r exceeds the threshold weighs r^-2 (Espinosa et al., "Epitweetr: Early warning of public
    health threats using Twitter data", Euro Surveillance 27(39), 2022). No answer in the first week.
    """
    hours, rows = _hourly(series)
    sums = np.concatenate([[0.0], np.cumsum(hours)])
    day = np.full(len(hours), np.nan)
    day[23:] = sums[24:] - sums[:-24]
    first = 24 * (blocks + 1) - 1
    if len(hours) <= first:
        return []
    now = np.arange(first, len(hours))
    past = np.stack([day[now - 24 * back] for back in range(1, blocks + 1)])
    spread = past.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = (past - past.mean(axis=0)) / (spread * np.sqrt(1 - 1 / blocks))
        weights = np.where(residual > outlier, residual**-2.0, 1.0)
        total = weights.sum(axis=0)
        mean = (weights * past).sum(axis=0) / total
        deviation = np.sqrt((weights * (past - mean) ** 2).sum(axis=0) / np.maximum(total - 1, 1e-9))
        quantile = stats.t.ppf(1 - alpha, np.maximum(total - 1, 1))
        alarm = (deviation > 0) & (day[now] > mean + quantile * deviation * np.sqrt(1 + 1 / total))
    return _paused(now[alarm], rows, series.step_s)


RULES: dict[str, Rule] = {
    "3 x the hourly mean": k_times_mean,
    "z = 3 over 7 days": z_score,
    "same hour of day": same_hour,
    "epitweetr (EARS)": epitweetr,
}
