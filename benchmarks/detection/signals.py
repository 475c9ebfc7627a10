"""The other signals on generated series: shares that rise, silence, one narrative that spreads."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from benchmarks.detection import generate
from benchmarks.detection.ours import steps
from benchmarks.detection.series import DAY_S, HOUR_S
from models.episode import EpisodePolicy, EpisodeState, Opened, advance
from models.growth import GrowthDetector, growth_policy_for
from models.share import ShareDetector, ShareStep, share_policy_for
from models.spike import Reading, Sensitivity, SpikeDetector, Step, policy_for

SENSITIVITY = Sensitivity.BALANCED


@dataclass(slots=True)
class Found:
    """Delays of what was found, how many there were to find, what was found where nothing was."""

    delays_s: list[int] = field(default_factory=list)
    there: int = 0
    false: int = 0
    months: float = 0.0


def _openings(readings: list[Reading]) -> list[int]:
    state, policy, found = EpisodeState(), EpisodePolicy(), []
    for reading in readings:
        state, event = advance(state, reading, policy)
        if isinstance(event, Opened):
            found.append(event.at_s)
    return found


def _tell(found: Found, opened: list[int], onset_s: int, until_s: int) -> None:
    mine = [at_s for at_s in opened if onset_s < at_s <= until_s]
    found.there += 1
    found.delays_s += [at_s - onset_s for at_s in mine[:1]]
    found.false += len(opened) - len(mine[:1])


def _share(seeds: range, usual: float, prior: float) -> Found:
    """The share rises by a quarter of what is left, for a day; moods drift from hour to hour."""
    found = Found()
    for seed in seeds:
        series = generate.generate("daily", seed)
        rng = np.random.default_rng([7, seed, int(1000 * usual)])
        rows = len(series.counts)
        drift = (
            rng.normal(0, 0.25, rows // 12 + 1).repeat(12)[:rows]
            + rng.normal(0, 0.2, DAYS_OF).repeat(rows // DAYS_OF + 1)[:rows]
        )
        odds = math.log(usual / (1 - usual)) + drift
        share = 1 / (1 + np.exp(-odds))
        onset = int(rng.uniform(10, 38) * 288)
        share[onset : onset + 288] += 0.25 * (1 - share[onset : onset + 288])
        total = np.nan_to_num(series.counts)
        part = rng.binomial(total.astype(np.int64), share)
        detector = ShareDetector(share_policy_for(SENSITIVITY, prior_share=prior))
        readings = [
            detector.step(ShareStep(int(at_s), 300, int(weekday), float(n), float(k)))
            for at_s, weekday, n, k in zip(series.at_s, series.local_weekday, total, part, strict=True)
        ]
        found.months += rows * 300 / (30 * DAY_S)
        at_s = int(series.at_s[onset]) - 300
        _tell(found, _openings(readings), at_s, at_s + 36 * HOUR_S)
    return found


DAYS_OF = generate.DAYS


def negative_share(seeds: range) -> Found:
    return _share(seeds, 0.25, 0.25)


def misinformation_share(seeds: range) -> Found:
    return _share(seeds, 0.02, 0.02)


def silence(seeds: range) -> Found:
    """A series of at least ten mentions an hour that says nothing for twelve hours."""
    found = Found()
    for seed in seeds:
        series = generate.generate("summer_time", seed)
        rng = np.random.default_rng([11, seed])
        onset = int(rng.uniform(10, 38) * 288)
        counts = series.counts.copy()
        counts[onset : onset + 144] = 0.0
        detector = SpikeDetector(policy_for(SENSITIVITY))
        read = [detector.step(step) for step in steps(series.with_counts(counts))]
        told = [now.at_s for before, now in pairwise(read) if now.silent_s and not before.silent_s]
        found.months += series.weeks * 7 / 30
        at_s = int(series.at_s[onset]) - 300
        inside = [moment for moment in told if at_s < moment <= at_s + 14 * HOUR_S]
        found.there += 1
        found.delays_s += [moment - at_s for moment in inside[:1]]
        found.false += len(told) - len(inside)
    return found


def growth(seeds: range) -> Found:
    """A narrative that a few repeat for a week, and that then doubles every half hour."""
    found = Found()
    for seed in seeds:
        rng = np.random.default_rng([13, seed])
        rows = 7 * 288
        rate = np.full(rows, float(np.exp(rng.uniform(np.log(0.01), np.log(0.6)))))
        onset = int(rng.uniform(3, 6) * 288)
        tail = np.arange(rows - onset)
        rate[onset:] += np.minimum(0.5 * 2 ** (tail / 6), 20) * np.exp(-np.maximum(tail - 60, 0) / 60)
        detector = GrowthDetector(growth_policy_for(SENSITIVITY))
        read = [
            detector.step(Step(300 * (row + 1), 300, row / 12 % 24, row // 288 % 7, float(count)))
            for row, count in enumerate(rng.poisson(rate))
        ]
        found.months += rows * 300 / (30 * DAY_S)
        _tell(found, _openings(read), 300 * onset, 300 * onset + 12 * HOUR_S)
    return found


SIGNALS: dict[str, Callable[[range], Found]] = {
    "negative share, from 25% up": negative_share,
    "misinformation share, from 2% up": misinformation_share,
    "silence for 12 hours": silence,
    "a narrative doubles each half hour": growth,
}


def signals_table(pool: ProcessPoolExecutor, seeds: range) -> list[str]:
    """Found, after how long, and how often there was nothing."""
    jobs = {name: pool.submit(measure, seeds) for name, measure in SIGNALS.items()}
    lines = ["| signal | found | median delay | false a month |", "|---|---:|---:|---:|"]
    for name, job in jobs.items():
        found = job.result()
        delay = f"{statistics.median(found.delays_s) / 60:.0f} min" if found.delays_s else "-"
        share = f"{len(found.delays_s)} of {found.there}"
        lines.append(f"| {name} | {share} | {delay} | {found.false / found.months:.2f} |")
    return lines
