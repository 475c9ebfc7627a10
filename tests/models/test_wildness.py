"""How far the highest days of a series are above its ordinary ones."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.wildness import Wildness, WildnessMeter, WildnessPolicy, believed, ranked, surprise

DAY = 288


def met(days: int, bursts_a_day: float) -> Wildness:
    """Poisson counts of mean 2, with half-hour bursts of four times that."""
    rng = np.random.default_rng(5)
    counts = rng.poisson(2.0, days * DAY).astype(float)
    for row in rng.integers(0, days * DAY - 6, int(days * bursts_a_day)):
        counts[row : row + 6] += rng.poisson(rng.uniform(4, 16), 6)
    meter = WildnessMeter(WildnessPolicy(), Wildness(), 300)
    for row in range(len(counts)):
        meter.note(counts[max(row - 11, 0) : row + 1].tolist(), [2.0] * min(row + 1, 12))
        if row % DAY == DAY - 1:
            meter.close_day(keep=True)
    return meter.state


def test_chance_alone_is_calm_and_bursts_now_and_then_are_wild() -> None:
    assert 1.0 <= met(28, 0.0).tail < 1.3
    assert met(28, 0.3).tail > 1.6


def test_of_a_young_series_little_is_believed() -> None:
    prior = WildnessPolicy().prior_tail
    assert Wildness().tail == 0.0
    assert WildnessMeter(WildnessPolicy(), Wildness(), 300).state.tail == prior
    assert abs(met(3, 0.0).tail - prior) < abs(met(21, 0.0).tail - prior)


def test_days_that_are_not_kept_leave_no_trace() -> None:
    meter = WildnessMeter(WildnessPolicy(), Wildness(), 300)
    before = json.dumps(meter.state.to_json())
    meter.note([90.0] * 12, [2.0] * 12)
    meter.close_day(keep=False)
    assert json.dumps(meter.state.to_json()) == before


def test_a_loud_hour_is_no_more_suspect_than_a_quiet_one_of_the_same_ratio() -> None:
    assert surprise(2_400.0, 2_000.0, 0.02) < 1.5
    assert surprise(2_400.0, 2_000.0, 0.0) > 8.0


def test_ranks_are_of_the_part_of_the_days_that_was_lived() -> None:
    days = [float(day) for day in range(1, 29)]
    assert ranked(days, 28, 1, 1, 1.0) == pytest.approx(28.0)
    assert ranked(days[:14], 28, 1, 2, 1.0) == pytest.approx(14.0)
    assert ranked([0.2], 28, 4, 7, 1.0) == 1.0
    assert ranked([], 28, 4, 7, 1.0) is None
    assert believed(None, 1.4, 0, 21) == 1.4
    assert believed(4.0, 1.0, 7, 28) == pytest.approx(4.0**0.25)
    assert believed(4.0, 1.0, 40, 28) == pytest.approx(4.0)
