"""Generated series scored as NAB scores: eight loud weeks, few labelled events, many things that are none.

Heavier than the public five on purpose: a design fitted to calm series falls on bursty ones. Events are
bursts of many hours, labelled roughly where they begin; beside them there are jokes and giveaways (short
bursts with heavy tails), faults (single rows), loud days, echoes, and now and then an event nobody labelled.
"""

from __future__ import annotations

import zlib
from itertools import pairwise

import numpy as np

from benchmarks.detection.generate import STEP_S, ZONE, _day_shape, _week_shape
from benchmarks.detection.series import DAY_S, Floats, Series, local_times, nab_windows
from benchmarks.detection.truth import SlowNoise

DAYS = 55
ROWS_A_DAY = DAY_S // STEP_S
ROWS = DAYS * ROWS_A_DAY


def wild(seed: int) -> Series:
    """The same series for the same seed."""
    rng = np.random.default_rng([zlib.crc32(b"wild"), seed])
    at_s = 1_640_995_200 + int(rng.integers(0, 900)) * DAY_S + STEP_S * np.arange(1, ROWS + 1, dtype=np.int64)
    hour, weekday = local_times(at_s, STEP_S, ZONE)
    level = float(np.exp(rng.uniform(np.log(0.05), np.log(60))))
    rate = level * _day_shape(rng, hour, rng.uniform(0.2, 0.9))
    if rng.random() < 0.8:
        rate = rate * _week_shape(rng, hour, weekday)
    rate = rate * SlowNoise(rng.uniform(0.1, 0.5), rng.uniform(6, 72)).draw(rng, ROWS)
    rate = rate * np.repeat(np.exp(rng.normal(0, rng.uniform(0.05, 0.35), DAYS)), ROWS_A_DAY)
    dispersion = float(rng.uniform(0, 0.6))
    if dispersion > 0.02:
        rate = rate * rng.gamma(1 / dispersion, dispersion, ROWS)
    counts = rng.poisson(rate).astype(np.float64)
    weight = float(rng.uniform(1.1, 2.2))
    for _ in range(rng.poisson(DAYS * float(np.exp(rng.uniform(np.log(0.2), np.log(4)))))):
        height = min(rng.pareto(weight) + 0.3, 15.0) * (level + 0.3)
        decay = rng.uniform(0.3, 2) if rng.random() < 0.6 else rng.uniform(2, 16)
        _burst(rng, counts, int(rng.integers(0, ROWS)), float(height), float(decay))
    if rng.random() < 0.35:
        for row in rng.integers(0, ROWS, rng.integers(1, 4)):
            counts[row] += rng.poisson(level * rng.uniform(15, 100) + 5)
    centres = []
    for row in _places(rng, int(rng.integers(2, 5))):
        _event(rng, counts, row, level)
        centres.append(int(np.clip(row + rng.normal(0, 18), 0, ROWS - 1)))
    if rng.random() < 0.5:
        _event(rng, counts, int(rng.integers(0, ROWS)), level)
    if rng.random() < 0.2:
        first = int(rng.integers(0, ROWS))
        counts[first : first + int(rng.integers(12, 300))] = 0.0
    return Series(
        name=f"wild-{seed}",
        kind="wild",
        step_s=STEP_S,
        at_s=at_s,
        counts=counts,
        local_hour=hour,
        local_weekday=weekday,
        factor=np.ones(ROWS),
        windows=nab_windows(ROWS, centres),
    )


def _places(rng: np.random.Generator, number: int) -> list[int]:
    """Rows of events: after the probation, at least three days apart."""
    while True:
        rows = sorted(int(row) for row in rng.integers(4 * ROWS_A_DAY, ROWS - 2 * ROWS_A_DAY, number))
        if all(b - a >= 3 * ROWS_A_DAY for a, b in pairwise(rows)):
            return rows


def _event(rng: np.random.Generator, counts: Floats, row: int, level: float) -> None:
    """A steep rise of some five to forty times the level that dies away over hours, and perhaps an echo."""
    height = float(np.exp(rng.normal(np.log(9), 0.7))) * (level + 0.15)
    decay = float(np.exp(rng.uniform(np.log(6), np.log(120))))
    _burst(rng, counts, row, height, decay)
    if rng.random() < 0.5:
        _burst(rng, counts, row + int(rng.uniform(6, 30) * 12), height * float(rng.uniform(0.2, 0.8)), decay)


def _burst(rng: np.random.Generator, counts: Floats, row: int, height: float, decay: float) -> None:
    if row >= ROWS:
        return
    tail = np.arange(min(ROWS - row, int(decay * 6) + 1))
    counts[row : row + len(tail)] += rng.poisson(height * np.exp(-tail / decay))
