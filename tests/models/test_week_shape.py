"""The table of the week: what stands out is known in one or two times, and is not of the other days."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pytest

from models.baseline import Baseline, BaselinePolicy, BaselineState
from models.spike import Sensitivity, SpikeDetector, Step, policy_for
from models.week_shape import HOURS, WEEKDAYS, Week, WeekShape, WeekShapePolicy

PER_HOUR = 12.0
SHAPE = WeekShape(WeekShapePolicy(), 300)
EVEN = Week()
NOTHING: Mapping[tuple[int, int], float] = MappingProxyType({})


def table(
    cells: Mapping[tuple[int, int], float] = NOTHING, weeks: int = 2
) -> tuple[list[float], list[float]]:
    """Every cell visited once a week; `{(3, 20): 3.0}` is a loud Thursday at eight in the evening."""
    ratios = [1.0] * (WEEKDAYS * HOURS)
    for (weekday, hour), ratio in cells.items():
        ratios[weekday * HOURS + hour] = ratio
    weights = [PER_HOUR * weeks] * (WEEKDAYS * HOURS)
    return [ratio * weight for ratio, weight in zip(ratios, weights, strict=True)], weights


def factor(cells: tuple[list[float], list[float]], hour: int, weekday: int, hourly: float = 120.0) -> float:
    shared, own = SHAPE.factor(*cells, hour, weekday, hourly, SHAPE.read(*cells, hourly))
    return shared * own


def test_a_table_of_nothing_is_flat() -> None:
    nothing = [0.0] * (WEEKDAYS * HOURS)
    assert SHAPE.read(nothing, nothing, 5.0) == EVEN
    assert SHAPE.factor(nothing, nothing, 3, 6, 5.0, EVEN) == (1.0, 1.0)


def test_a_loud_evening_is_its_own_and_no_other_evening_is_louder_for_it() -> None:
    cells = table({(3, 20): 3.0})
    assert factor(cells, 20, 3) > 2.4
    for weekday in (0, 1, 2, 4, 5, 6):
        assert factor(cells, 20, weekday) == pytest.approx(1.0, abs=0.08)
    assert factor(cells, 19, 3) == pytest.approx(1.0, abs=0.08)


def test_of_two_weekend_days_that_differ_the_one_unlike_the_week_is_the_exception() -> None:
    for loud, other in ((6, 5), (5, 6)):
        cells = table({(loud, 21): 3.0})
        assert factor(cells, 21, loud) > 2.2
        assert factor(cells, 21, other) == pytest.approx(1.0, abs=0.15)


def test_of_the_first_two_days_that_differ_the_louder_is_the_exception() -> None:
    for loud, other in ((0, 1), (1, 0)):
        counts, weights = table({(loud, 20): 3.0}, weeks=1)
        for day in range(2, WEEKDAYS):
            counts[day * HOURS : (day + 1) * HOURS] = [0.0] * HOURS
            weights[day * HOURS : (day + 1) * HOURS] = [0.0] * HOURS
        assert factor((counts, weights), 20, other) < 1.4
        assert factor((counts, weights), 20, 2) < 1.4


def test_a_night_without_a_mention_is_as_quiet_on_each_weekday() -> None:
    cells = table({(weekday, 3): 0.0 for weekday in range(WEEKDAYS)}, weeks=6)
    for weekday in range(WEEKDAYS):
        shared, own = SHAPE.factor(*cells, 3, weekday, 120.0, SHAPE.read(*cells, 120.0))
        assert 0.02 < shared < 0.1
        assert own == 1.0


def test_quiet_weekends_are_a_matter_of_the_kind_of_day() -> None:
    counts, weights = table()
    counts[5 * HOURS :] = [0.4 * one for one in counts[5 * HOURS :]]
    weekdays, weekends = SHAPE.read(counts, weights, 120.0).kinds
    assert weekends.seen / weekdays.seen == pytest.approx(0.4, abs=0.01)
    assert weekends.seen < weekends.believed < 0.6
    for weekday in (5, 6):
        assert factor((counts, weights), 11, weekday) / factor((counts, weights), 11, 2) < 0.5


def test_a_weekday_that_was_twice_as_loud_once_is_no_habit_and_one_that_always_is_becomes_one() -> None:
    tuesday = {(1, hour): 2.0 for hour in range(HOURS)}
    assert factor(table(tuesday, weeks=1), 15, 1) < 1.35
    assert factor(table(tuesday, weeks=6), 15, 1) > 1.5
    assert factor(table(tuesday, weeks=1), 15, 2) == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize(("ratio", "least", "most"), [(0.0, 0.85, 1.0), (0.1, 0.85, 1.0), (5.0, 1.0, 1.7)])
def test_however_far_a_day_stands_out_one_of_it_is_no_habit(ratio: float, least: float, most: float) -> None:
    tuesday = {(1, hour): ratio for hour in range(HOURS)}
    assert least < factor(table(tuesday, weeks=1), 15, 1) < most
    assert abs(np.log(factor(table(tuesday, weeks=6), 15, 1))) > 0.6 * abs(np.log(max(ratio, 0.05)))


def test_one_quiet_hour_is_no_habit_and_two_are() -> None:
    assert factor(table({(3, 20): 0.2}, weeks=1), 20, 3) == pytest.approx(1.0, abs=0.1)
    assert factor(table({(3, 20): 0.2}, weeks=2), 20, 3) < 0.35


def test_one_loud_hour_of_a_thin_series_is_chance() -> None:
    assert factor(table({(3, 20): 3.0}, weeks=1), 20, 3, hourly=1.0) < 1.2


def test_an_hour_that_every_day_has_is_an_hour_of_the_day() -> None:
    cells = table({(weekday, 8): 2.5 for weekday in range(WEEKDAYS)})
    shared, own = SHAPE.factor(*cells, 8, 1, 120.0, SHAPE.read(*cells, 120.0))
    assert shared == pytest.approx(2.5, rel=0.1)
    assert own == 1.0


def rates(until: int, first_row: int = 0) -> np.ndarray:
    """Ten a step, and thirty on the first evening and each seventh after it, from seven to ten."""
    rows = np.arange(first_row, until)
    loud = (rows // 288 % 7 == 0) & (rows % 288 >= 19 * 12) & (rows % 288 < 22 * 12)
    return np.where(loud, 30.0, 10.0)


def taught(days: int, first_row: int = 0) -> Baseline:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 300)
    counts = np.random.default_rng(4).poisson(rates(days * 288, first_row))
    for row, count in enumerate(counts, start=first_row):
        baseline.learn(float(count), row % 288 / 12, row // 288 % 7)
    return baseline


def test_an_evening_of_the_very_first_day_is_no_habit_of_the_others_and_is_known_the_week_after() -> None:
    baseline = taught(7)
    assert baseline.expect(20.5, 0, 1e9)[1] > 18.0
    for weekday in (1, 3, 4):
        assert baseline.expect(20.5, weekday, 1e9)[1] == pytest.approx(10.0, rel=0.15)


def test_the_hours_of_a_first_day_are_measured_by_the_whole_of_it() -> None:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 300)
    for row in range(2 * 288):
        baseline.learn(2.0 if row % 288 < 96 else 11.0, row % 288 / 12, row // 288)
    assert baseline.expect(2.5, 2, 1e9)[1] == pytest.approx(2.0, rel=0.35)
    assert baseline.expect(15.5, 2, 1e9)[1] == pytest.approx(11.0, rel=0.15)


def test_a_loud_evening_that_is_known_is_learnt_as_loud_as_it_is() -> None:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 300)
    for row in range(6 * 7 * 288):
        loud = row // 288 % 7 == 0 and 19 * 12 <= row % 288 < 22 * 12
        baseline.learn(60.0 if loud else 5.0, row % 288 / 12, row // 288 % 7)
    assert baseline.expect(20.5, 0, 1e9)[1] > 35.0


def test_the_keen_level_follows_a_growing_series_sooner() -> None:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 300)
    for row in range(21 * 288):
        baseline.learn(10.0 * 1.05 ** (row / 288), row % 288 / 12, row // 288 % 7)
    assert baseline.level < baseline.keen_level < 10.0 * 1.05**21


@pytest.mark.parametrize(("level", "heeded"), [(20.0, True), (0.01, False)])
def test_the_cautious_expectation_heeds_a_higher_one_of_a_series_loud_enough(
    level: float, heeded: bool
) -> None:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 300)
    for row in range(2 * 288):
        baseline.learn(level, row % 288 / 12, row // 288)
    assert (baseline.heeding(level, 3.0 * level) > 2.5 * level) is heeded
    assert baseline.heeding(level, 0.5 * level) == level


def play(detector: SpikeDetector, rates_a_step: np.ndarray) -> list[bool]:
    """From a Monday at midnight on; which steps alarmed."""
    counts = np.random.default_rng(5).poisson(rates_a_step)
    steps = (
        Step(300 * (row + 1), 300, row % 288 / 12, row // 288 % 7, float(count))
        for row, count in enumerate(counts)
    )
    return [detector.step(step).alarm for step in steps]


def test_a_loud_evening_is_expected_by_both_looks_and_tells_nothing_the_third_time() -> None:
    detector = SpikeDetector(policy_for(Sensitivity.BALANCED))
    play(detector, rates(7 * 288 + 22 * 12))
    assert detector.state.keen[-18] > 17.0
    assert detector.state.means[-18] > 0.8 * detector.state.keen[-18]
    detector = SpikeDetector(policy_for(Sensitivity.BALANCED))
    alarms = play(detector, rates(14 * 288 + 22 * 12))
    assert not any(alarms[-36:])
    assert detector.state.keen[-18] == pytest.approx(30.0, rel=0.3)
    assert detector.state.means[-18] > 0.8 * detector.state.keen[-18]


@pytest.mark.parametrize("silent_day", [1, 3])
@pytest.mark.parametrize("hours", [(0, 24), (8, 24), (0, 16), (6, 24)])
def test_a_day_in_a_first_week_on_which_little_was_heard_is_no_habit(
    silent_day: int, hours: tuple[int, int]
) -> None:
    """Ten a step are usual. One hour of one draw may come out far, so the highest is judged over five."""
    lowest, highest = [], []
    for seed in range(5, 10):
        rates_a_step = np.full((silent_day + 8) * 288, 10.0)
        first, until = (silent_day * 288 + 12 * hour for hour in hours)
        rates_a_step[first:until] = 0.0
        detector = SpikeDetector(policy_for(Sensitivity.BALANCED))
        expected = []
        last = (silent_day + 7) * 288
        for row, count in enumerate(np.random.default_rng(seed).poisson(rates_a_step)):
            step = Step(300 * (row + 1), 300, row % 288 / 12, row // 288 % 7, float(count))
            reading = detector.step(step)
            if row >= last:
                expected.append(detector.state.keen[-1])
                assert not reading.alarm
                assert not reading.silent_s
        by_hour = np.array(expected).reshape(24, 12).mean(axis=1)
        lowest.append(by_hour.min())
        highest.append(by_hour.max())
    assert min(lowest) > 7.0
    assert np.median(highest) < 16.0
    assert max(highest) < 18.0


@pytest.mark.parametrize("days", [3, 7])
def test_a_series_that_is_silent_at_first_begins_with_its_first_mention(days: int) -> None:
    detector = SpikeDetector(policy_for(Sensitivity.BALANCED))
    rates_a_step = np.concatenate([np.zeros(days * 288), np.full(7 * 288 + 6, 2.0)])
    play(detector, rates_a_step)
    # The hour of the very first mentions, a week later.
    assert detector.state.keen[-1] == pytest.approx(2.0, rel=0.25)
    assert detector.state.silent_steps == 0


def test_weekends_are_known_of_steps_of_a_day() -> None:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 86_400)
    for day in range(5 * 7):
        baseline.learn(300.0 if day % 7 >= 5 else 1_000.0, 0.0, day % 7)
    assert baseline.expect(0.0, 6, 1e9)[1] == pytest.approx(300.0, rel=0.1)
    assert baseline.expect(0.0, 2, 1e9)[1] == pytest.approx(1_000.0, rel=0.05)


def test_what_an_earlier_detector_knew_of_the_week_is_taken_over() -> None:
    baseline = Baseline(BaselinePolicy(), BaselineState(), 300)
    night = np.where(np.arange(21 * 288) % 288 < 7 * 12, 0.2, 1.0)
    for row, count in enumerate(np.random.default_rng(4).poisson(rates(21 * 288) * night)):
        baseline.learn(float(count), row % 288 / 12, row // 288 % 7)
    kept = baseline.state.to_json()
    for name in ("cell_count", "cells_relative", "keen_count", "keen_own", "keen_next"):
        del kept[name]
    kept["keen_weight"] = kept["level_weight"]
    again = Baseline(BaselinePolicy(), BaselineState.from_json(kept), 300)
    assert again.expect(20.5, 0, 1e9)[1] > 1.5 * again.expect(20.5, 2, 1e9)[1]
    assert again.expect(12.5, 2, 1e9)[1] == pytest.approx(10.0, rel=0.15)
    assert again.expect(3.5, 2, 1e9)[1] == pytest.approx(2.0, rel=0.25)
