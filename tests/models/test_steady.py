"""The second look: prompt in a series that has proven predictable, out of reach in one that has not."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
import pytest

from models.spike import Reading, Sensitivity, SpikeDetector, SpikeState, Step, policy_for
from models.steady import Steady, SteadyLook, SteadyPolicy, surprise

BALANCED = policy_for(Sensitivity.BALANCED)
DAY = 288


def run(detector: SpikeDetector, counts: Iterable[float], first: int = 0) -> list[Reading]:
    return [
        detector.step(Step(300 * (row + 1), 300, row % DAY / 12, row // DAY % 7, float(count)))
        for row, count in enumerate(counts, first)
    ]


def calm(days: int, mean: float = 1.0, seed: int = 0) -> list[float]:
    return [float(count) for count in np.random.default_rng(seed).poisson(mean, days * DAY)]


def bursty(days: int, seed: int = 0) -> list[float]:
    """The same, and every day or two a joke that goes round for half an hour."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(1.0, days * DAY).astype(float)
    for row in np.sort(rng.integers(0, days * DAY - 12, days * 2 // 3)):
        counts[row : row + 6] += rng.poisson(rng.uniform(3, 9), 6)
    return [float(count) for count in counts]


def first_alarm(counts: list[float], extra: float, days: int) -> int | None:
    """Steps from the onset to the first alarm of a rise by `extra` a step."""
    detector = SpikeDetector(BALANCED)
    run(detector, counts)
    rise = np.random.default_rng(9).poisson(1.0 + extra, 36)
    read = run(detector, rise, days * DAY)
    return next((place + 1 for place, reading in enumerate(read) if reading.alarm), None)


def test_twenty_above_five_are_a_matter_of_minutes_where_all_was_calm() -> None:
    found = first_alarm(calm(28), 4.0, 28)
    assert found is not None
    assert found <= 5


def test_where_such_bursts_are_daily_bread_the_same_rise_is_none() -> None:
    detector = SpikeDetector(BALANCED)
    run(detector, bursty(28))
    wild = detector.state.steady.limits
    quiet = SpikeDetector(BALANCED)
    run(quiet, calm(28))
    assert all(high > 1.5 * low for high, low in zip(wild, quiet.state.steady.limits, strict=True))


def test_three_crises_in_a_month_do_not_make_a_calm_series_a_wild_one() -> None:
    counts = calm(28)
    for day in (8, 15, 22):
        counts[day * DAY : day * DAY + 100] = [6.0] * 100
    detector = SpikeDetector(BALANCED)
    run(detector, counts)
    quiet = SpikeDetector(BALANCED)
    run(quiet, calm(28))
    assert detector.state.steady.limits[1] == pytest.approx(quiet.state.steady.limits[1], rel=0.25)


def test_the_limit_as_a_count_is_where_the_surprise_meets_it() -> None:
    policy = SteadyPolicy(least_excess=0.0, least_ratios=(1.0,) * 7)
    look = SteadyLook(policy, Steady(), 300)
    look.measure()
    for mean in (0.01, 1.0, 30.0, 2_000.0):
        count = look.limit(mean, 3_600, 10**9)
        assert surprise(count, mean, policy.uncertainty) == pytest.approx(look.state.limits[3], rel=1e-3)
    assert look.limit(5.0, 3_601, 10**9) == float("inf")


def test_a_state_kept_before_there_was_a_second_look_goes_on() -> None:
    detector = SpikeDetector(BALANCED)
    run(detector, calm(10))
    kept = json.loads(json.dumps(detector.state.to_json()))
    del kept["steady"], kept["sudden_s"]
    again = SpikeDetector(BALANCED, SpikeState.from_json(kept))
    assert not any(reading.alarm for reading in run(again, calm(1, seed=3), 10 * DAY))
    assert again.state.steady.limits
