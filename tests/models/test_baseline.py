"""What is normal: level, shape, and what may not move them."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from models.baseline import Baseline, BaselinePolicy, BaselineState


def day_rate(hour: float) -> float:
    return 10.0 * (1.0 + 0.8 * math.sin((hour - 9.0) / 24.0 * 2.0 * math.pi))


def taught(days: int, *, step_s: int = 300, weekend: float = 1.0, level: float = 1.0) -> Baseline:
    baseline = Baseline(BaselinePolicy(), BaselineState(), step_s)
    rng = np.random.default_rng(1)
    for row in range(days * 86_400 // step_s):
        hour, weekday = row * step_s % 86_400 / 3_600, row * step_s // 86_400 % 7
        rate = level * day_rate(hour) * (weekend if weekday >= 5 else 1.0)
        baseline.learn(float(rng.poisson(rate)), hour, weekday)
    return baseline


def expected(baseline: Baseline, hour: float, weekday: int) -> float:
    return baseline.expect(hour, weekday, 1e9)[0]


@pytest.mark.parametrize("hour", [0.0, 3.5, 9.0, 15.25, 21.0])
def test_the_shape_of_the_day_is_learnt_in_two_weeks(hour: float) -> None:
    assert expected(taught(14), hour, 2) == pytest.approx(day_rate(hour), rel=0.15, abs=0.5)


def test_quiet_weekends_are_learnt_as_such() -> None:
    baseline = taught(42, weekend=0.3)
    assert expected(baseline, 15.0, 6) == pytest.approx(0.3 * day_rate(15.0), rel=0.25)
    assert expected(baseline, 15.0, 2) == pytest.approx(day_rate(15.0), rel=0.15)


def test_expectation_is_continuous_across_hours_and_midnight() -> None:
    baseline = taught(14)
    for before, after, weekday in [(8.95, 9.0, 2), (23.92, 0.0, 3)]:
        left = expected(baseline, before, weekday if before < 23 else weekday - 1)
        assert abs(left - expected(baseline, after, weekday)) < 0.15 * left


def test_a_thin_series_keeps_a_flat_shape() -> None:
    baseline = taught(7, level=0.0005)
    hours = [expected(baseline, float(hour), 1) for hour in range(24)]
    assert max(hours) < 2.5 * min(hours)


def test_a_burst_of_fifty_times_hardly_moves_what_is_normal() -> None:
    calm, shaken = taught(14), taught(14)
    for row in range(24):
        shaken.learn(500.0, 10.0 + row / 12, 0)
    assert shaken.level < 1.1 * calm.level
    assert expected(shaken, 11.0, 0) < 1.5 * expected(calm, 11.0, 0)


def test_a_lasting_level_is_taken_for_normal_within_weeks() -> None:
    baseline = taught(14)
    old_here = expected(baseline, 15.0, 2)
    rng = np.random.default_rng(2)
    for row in range(14 * 288):
        hour = row % 288 / 12
        baseline.learn(float(rng.poisson(3 * day_rate(hour))), hour, row // 288 % 7)
    assert baseline.level * baseline.shapes(15.0, 2)[0] > 1.9 * old_here


def test_a_series_of_nothing_but_zeros_expects_almost_nothing_and_divides_by_nothing() -> None:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 300)
    for row in range(288):
        baseline.learn(0.0, row / 12, 0)
    assert 0.0 < baseline.level < 0.01
    assert math.isfinite(baseline.deviation)


def test_in_the_first_days_the_last_hours_say_what_is_normal() -> None:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 300)
    for row in range(144):
        count = 2.0 if row < 96 else 10.0
        seen = baseline.expect(row / 12, 0, 300.0 * row)[0]
        baseline.glance(count, seen, 300.0 * row)
        baseline.learn(count, row / 12, 0)
    young = baseline.expect(12.0, 0, 43_200.0)[0]
    assert young > 7.0
    assert baseline.expect(12.0, 0, 3 * 86_400.0)[0] < young


@pytest.mark.parametrize("hour", [0.0, 3.5, 9.0, 15.25, 21.0])
def test_the_keen_shape_of_the_day_is_learnt_in_three_days(hour: float) -> None:
    assert taught(3).expect(hour, 2, 1e9)[1] == pytest.approx(day_rate(hour), rel=0.15, abs=0.9)


def test_the_keen_shape_knows_a_weekend_after_three() -> None:
    baseline = taught(26, weekend=0.3)
    assert baseline.expect(15.0, 6, 1e9)[1] == pytest.approx(0.3 * day_rate(15.0), rel=0.15)
    assert baseline.expect(15.0, 2, 1e9)[1] == pytest.approx(day_rate(15.0), rel=0.1)


def test_the_keen_shape_knows_a_loud_evening_after_one() -> None:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 300)
    rng = np.random.default_rng(1)
    for row in range(11 * 288):
        loud = row >= 7 * 288 and row // 288 % 7 == 3 and 19 * 12 <= row % 288 < 22 * 12
        baseline.learn(float(rng.poisson(25.0 if loud else 10.0)), row % 288 / 12, row // 288 % 7)
    assert baseline.expect(20.5, 3, 1e9)[1] > 1.25 * baseline.expect(20.5, 2, 1e9)[1]
    assert baseline.expect(20.5, 1, 1e9)[1] == pytest.approx(10.0, rel=0.3)
    assert baseline.expect(15.5, 3, 1e9)[1] == pytest.approx(10.0, rel=0.12)


def test_of_chance_alone_the_keen_shape_makes_little() -> None:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 300)
    for row, count in enumerate(np.random.default_rng(1).poisson(4.0, 28 * 288)):
        baseline.learn(float(count), row % 288 / 12, row // 288 % 7)
    keen = [baseline.expect(float(hour), weekday, 1e9)[1] for hour in range(24) for weekday in range(7)]
    assert np.std(keen) < 0.05 * np.mean(keen)


def test_the_state_makes_an_exact_round_trip_in_the_middle_of_an_hour() -> None:
    one = taught(9)
    two = Baseline(
        BaselinePolicy(), BaselineState.from_json(json.loads(json.dumps(one.state.to_json()))), 300
    )
    for row in range(600):
        hour = (7 + row) % 288 / 12
        assert one.expect(hour, 2, 1e9) == two.expect(hour, 2, 1e9)
        one.learn(float(row % 17), hour, 2)
        two.learn(float(row % 17), hour, 2)
    assert one.state == two.state


@pytest.mark.parametrize("step_s", [60, 900, 3_600, 86_400])
def test_any_regular_step_will_do(step_s: int) -> None:
    baseline = taught(21, step_s=step_s)
    hours = np.arange(0, 24, step_s / 3_600)
    mean = np.mean([expected(baseline, float(hour), 2) for hour in hours])
    rate = np.mean([day_rate(float(hour)) for hour in hours])
    assert mean == pytest.approx(rate, rel=0.1 if step_s < 86_400 else 0.3)
