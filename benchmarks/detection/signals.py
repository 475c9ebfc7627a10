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
from benchmarks.detection.tables import markdown
from models.episode import EpisodePolicy, EpisodeState, Opened, advance
from models.growth import GrowthDetector, growth_policy_for
from models.share import ShareDetector, ShareStep, share_policy_for
from models.spike import Reading, Sensitivity, SpikeDetector, Step, policy_for

SCENES_A_SEED = 4
"""How many scenes of each signal there are for each seed of the suite: 15 seeds are 60 scenes."""


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


def _share(seeds: range, sensitivity: Sensitivity, usual: float) -> Found:
    """The share rises by a quarter of what is left, for a day; moods drift from hour to hour."""
    found = Found()
    for seed in seeds:
        series = generate.generate("daily", seed)
        rng = np.random.default_rng([7, seed, int(1000 * usual)])
        rows = len(series.counts)
        drift = (
            rng.normal(0, 0.25, rows // 12 + 1).repeat(12)[:rows]
            + rng.normal(0, 0.2, generate.DAYS).repeat(rows // generate.DAYS + 1)[:rows]
        )
        odds = math.log(usual / (1 - usual)) + drift
        share = 1 / (1 + np.exp(-odds))
        onset = int(rng.uniform(10, 38) * 288)
        share[onset : onset + 288] += 0.25 * (1 - share[onset : onset + 288])
        total = np.nan_to_num(series.counts)
        part = rng.binomial(total.astype(np.int64), share)
        detector = ShareDetector(share_policy_for(sensitivity, prior_share=usual))
        readings = [
            detector.step(ShareStep(int(at_s), 300, int(weekday), float(n), float(k)))
            for at_s, weekday, n, k in zip(series.at_s, series.local_weekday, total, part, strict=True)
        ]
        found.months += rows * 300 / (30 * DAY_S)
        at_s = int(series.at_s[onset]) - 300
        _tell(found, _openings(readings), at_s, at_s + 36 * HOUR_S)
    return found


def negative_share(seeds: range, sensitivity: Sensitivity) -> Found:
    return _share(seeds, sensitivity, 0.25)


def misinformation_share(seeds: range, sensitivity: Sensitivity) -> Found:
    return _share(seeds, sensitivity, 0.02)


def slow_burn(seeds: range, sensitivity: Sensitivity) -> Found:
    """Days of half as much again that begin over hours, twice in six weeks: what the slow windows alone
    open, and after how long anything was."""
    found = Found()
    for seed in seeds:
        series = generate.generate("slow_burn", seed)
        detector = SpikeDetector(policy_for(sensitivity))
        policy, quick, slow = EpisodePolicy(), EpisodeState(), EpisodeState()
        opened: list[int] = []
        own: list[int] = []
        for step in steps(series):
            reading = detector.step(step)
            burning = detector.slow_burn(reading)
            # As `streams.signals` does: what only slow windows see is no rise of the volume.
            sudden = reading._replace(alarm=reading.alarm and not burning.alarm)
            quick, event = advance(quick, sudden, policy)
            if isinstance(event, Opened):
                opened.append(event.at_s)
            slow, event = advance(slow, burning, policy)
            if isinstance(event, Opened):
                own.append(event.at_s)
        found.months += series.weeks * 7 / 30
        found.false += len(own)
        for crisis in series.crises:
            found.there += 1
            until_s = crisis.end_s + 12 * HOUR_S
            found.false -= any(crisis.onset_s < at_s <= until_s for at_s in own)
            seen = [at_s for at_s in sorted([*opened, *own]) if crisis.onset_s < at_s <= until_s]
            found.delays_s += [at_s - crisis.onset_s for at_s in seen[:1]]
    return found


def silence(seeds: range, sensitivity: Sensitivity) -> Found:
    """A series of at least ten mentions an hour that says nothing for twelve hours."""
    found = Found()
    for seed in seeds:
        series = generate.generate("summer_time", seed)
        rng = np.random.default_rng([11, seed])
        onset = int(rng.uniform(10, 38) * 288)
        counts = series.counts.copy()
        counts[onset : onset + 144] = 0.0
        detector = SpikeDetector(policy_for(sensitivity))
        read = [detector.step(step) for step in steps(series.with_counts(counts))]
        told = [now.at_s for before, now in pairwise(read) if now.silent_s and not before.silent_s]
        found.months += series.weeks * 7 / 30
        at_s = int(series.at_s[onset]) - 300
        inside = [moment for moment in told if at_s < moment <= at_s + 14 * HOUR_S]
        found.there += 1
        found.delays_s += [moment - at_s for moment in inside[:1]]
        found.false += len(told) - len(inside)
    return found


def growth(seeds: range, sensitivity: Sensitivity) -> Found:
    """A narrative that a few repeat for a week, and that then doubles every half hour."""
    found = Found()
    for seed in seeds:
        rng = np.random.default_rng([13, seed])
        rows = 7 * 288
        rate = np.full(rows, float(np.exp(rng.uniform(np.log(0.01), np.log(0.6)))))
        onset = int(rng.uniform(3, 6) * 288)
        tail = np.arange(rows - onset)
        rate[onset:] += np.minimum(0.5 * 2 ** (tail / 6), 20) * np.exp(-np.maximum(tail - 60, 0) / 60)
        detector = GrowthDetector(growth_policy_for(sensitivity))
        read = [
            detector.step(Step(300 * (row + 1), 300, row / 12 % 24, row // 288 % 7, float(count)))
            for row, count in enumerate(rng.poisson(rate))
        ]
        found.months += rows * 300 / (30 * DAY_S)
        _tell(found, _openings(read), 300 * onset, 300 * onset + 12 * HOUR_S)
    return found


SIGNALS: dict[str, Callable[[range, Sensitivity], Found]] = {
    "negative share, from 25% up": negative_share,
    "misinformation share, from 2% up": misinformation_share,
    "silence for 12 hours": silence,
    "a narrative doubles each half hour": growth,
    "a slow burn of half as much again": slow_burn,
}


def signals_table(pool: ProcessPoolExecutor, seeds: range) -> list[str]:
    """Found, the median delay of those, and false a month, under each sensitivity."""
    scenes = range(seeds.start, seeds.start + SCENES_A_SEED * len(seeds))
    jobs = {
        (name, one): pool.submit(measure, scenes, one)
        for name, measure in SIGNALS.items()
        for one in Sensitivity
    }
    rows = [[name, *(_cell(jobs[name, one].result()) for one in Sensitivity)] for name in SIGNALS]
    return markdown(["signal", *(one.value for one in Sensitivity)], rows)


def _cell(found: Found) -> str:
    delay = f"{statistics.median(found.delays_s) / 60:.0f} min" if found.delays_s else "-"
    return f"{len(found.delays_s)} of {found.there}, {delay}, {found.false / found.months:.2f}"
