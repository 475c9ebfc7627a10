"""The second look: prompt where the noise of a series is known, out of reach where it is of another make."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from models.noise_law import NoiseLaw, NoiseLearner, NoisePolicy
from models.onset import Onset, OnsetLook, OnsetPolicy, log_chance
from models.spike import Reading, Sensitivity, SpikeDetector, SpikeState, Step, policy_for

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


def uneven_counts(days: int, mean: float = 8.0, seed: int = 0) -> list[float]:
    """Each step by itself a gamma-Poisson draw of dispersion 0.5."""
    rng = np.random.default_rng(seed)
    return [float(count) for count in rng.poisson(rng.gamma(2.0, mean / 2.0, days * DAY))]


def look(days: int = 9) -> OnsetLook:
    """Of a series of five mentions a step, `days` old, whose noise is chance alone."""
    law = NoiseLaw()
    NoiseLearner(NoisePolicy(deviation=0.03, dispersion=0.0), law, 300)
    one = OnsetLook(OnsetPolicy(), Onset(), law, 300)
    for count in np.random.default_rng(1).poisson(5.0, days * DAY):
        one.weigh(float(count), 5.0)
    return one


def test_twenty_above_five_are_a_matter_of_minutes_where_all_was_calm() -> None:
    detector = SpikeDetector(BALANCED)
    run(detector, calm(28))
    read = run(detector, np.random.default_rng(9).poisson(5.0, 36), 28 * DAY)
    assert any(reading.alarm for reading in read[:4])


def test_half_as_much_again_is_seen_within_hours() -> None:
    detector = SpikeDetector(BALANCED)
    run(detector, calm(28, 8.0))
    read = run(detector, np.random.default_rng(9).poisson(12.0, 72), 28 * DAY)
    first = next(place for place, reading in enumerate(read) if reading.alarm)
    assert first <= 48
    assert read[first].expected == pytest.approx(8.0 * read[first].window_s / 300, rel=0.15)
    assert read[first].observed > 1.25 * read[first].expected


def test_where_such_bursts_are_daily_bread_the_limits_are_higher() -> None:
    wild, quiet = SpikeDetector(BALANCED), SpikeDetector(BALANCED)
    run(wild, bursty(28))
    run(quiet, calm(28))
    assert wild.state.wildness.tail > 1.5 * quiet.state.wildness.tail
    for high, low in zip(wild.state.onset.limits, quiet.state.onset.limits, strict=True):
        assert high > 1.5 * low


@pytest.mark.parametrize(
    ("dispersion", "uneven"), [(0.0, 0.0), (0.15, 0.0), (0.225, 0.5), (0.3, 1.0), (0.9, 1.0)]
)
def test_how_uneven_steps_are_is_told_from_the_law(dispersion: float, uneven: float) -> None:
    one = look()
    one.law.dispersion = dispersion
    assert one.uneven == pytest.approx(uneven)


def test_uneven_steps_are_doubted_for_ten_days_and_even_ones_of_five_times_never() -> None:
    one = look()

    def asked(age_d: float) -> float:
        return one.limit(5.0, 300, int(age_d * 86_400))

    even = [asked(age_d) for age_d in (1.0, 9.0, 30.0)]
    assert max(even) == min(even)
    one.law.dispersion = 0.4
    first, later, known, old = (asked(age_d) for age_d in (1.0, 6.0, 10.0, 30.0))
    assert first > 1.2 * later > 1.2 * known
    assert known == old


def test_a_tail_puts_the_limit_out_of_reach_unless_the_steps_are_uneven_each_by_itself() -> None:
    one = look()
    one.measure(3.0)
    bursts = list(one.state.limits)
    one.law.dispersion = 0.5
    one.measure(3.0)
    assert all(known < 0.3 * wild for known, wild in zip(one.state.limits, bursts, strict=True))


def test_days_that_come_near_the_limit_raise_it_less_where_the_steps_are_uneven() -> None:
    one = look()
    one.state.days = [[4.0, 4.0, 4.0] for _ in range(28)]
    one.measure(1.0)
    high = list(one.state.limits)
    one.law.dispersion = 0.5
    one.measure(1.0)
    shares = [share * one.policy.limit for share in one.policy.shares]
    assert all(low < known < wild for low, known, wild in zip(shares, one.state.limits, high, strict=True))


def test_a_series_of_uneven_steps_is_known_for_one_and_seen_by_the_second_look() -> None:
    detector = SpikeDetector(BALANCED)
    usual = run(detector, uneven_counts(28))
    assert detector.state.noise.dispersion == pytest.approx(0.5, rel=0.3)
    assert sum(reading.alarm and not before.alarm for before, reading in pairwise(usual)) <= 3
    read = run(detector, uneven_counts(1, 20.0, seed=5)[:36], 28 * DAY)
    assert any(reading.alarm for reading in read)


def test_the_first_look_is_slower_where_the_second_knows_the_noise() -> None:
    careful, eager = SpikeDetector(BALANCED), SpikeDetector(replace(BALANCED, uneven_factor=1.0))
    counts = uneven_counts(28)
    run(careful, counts)
    run(eager, counts)
    assert run(careful, [8.0], 28 * DAY)[0].limit > 1.1 * run(eager, [8.0], 28 * DAY)[0].limit


def test_the_slowest_size_has_a_lower_limit_and_wants_more_mentions() -> None:
    one = look()
    quick, _, slow = one.state.limits
    assert slow == pytest.approx(0.85 * quick)
    assert one.policy.least_excesses[-1] > one.policy.least_excesses[0]


def test_a_slow_rise_is_not_over_while_the_second_look_is_just_below_its_limit() -> None:
    patient = SpikeDetector(BALANCED)
    hasty = SpikeDetector(replace(BALANCED, calm_score=10.0))
    counts = [*calm(21, 8.0), *calm(2, 11.0, seed=4)]
    both = list(zip(run(patient, counts), run(hasty, counts), strict=True))[21 * DAY :]
    assert all(quick.calm or not slow.calm for slow, quick in both)
    assert sum(quick.calm and not slow.calm for slow, quick in both) > 6


def test_three_crises_in_a_month_do_not_make_a_calm_series_a_wild_one() -> None:
    counts = calm(28)
    for day in (8, 15, 22):
        counts[day * DAY : day * DAY + 100] = [6.0] * 100
    detector, quiet = SpikeDetector(BALANCED), SpikeDetector(BALANCED)
    run(detector, counts)
    run(quiet, calm(28))
    assert detector.state.onset.limits == pytest.approx(quiet.state.onset.limits, rel=0.1)


@pytest.mark.parametrize(("size", "place", "steps"), [(5.0, 0, 2), (2.5, 1, 6), (1.5, 2, 36)])
def test_the_ratio_of_a_size_rises_with_a_crisis_of_that_size(size: float, place: int, steps: int) -> None:
    one = look()
    before = one.state.ratios[place]
    for count in np.random.default_rng(3).poisson(5.0 * size, steps):
        one.weigh(float(count), 5.0)
    assert one.state.ratios[place] > 100.0 * max(before, 1.0)
    assert one.state.ages[place] == pytest.approx(steps, abs=max(2.0, 0.3 * steps))


def test_a_gap_says_nothing_and_what_was_said_fades() -> None:
    one = look()
    one.weigh(30.0, 5.0)
    ratios, ages = list(one.state.ratios), list(one.state.ages)
    one.weigh(None, 5.0)
    assert all(after < before for after, before in zip(one.state.ratios, ratios, strict=True))
    assert one.state.ages == ages


def test_no_single_step_says_more_than_its_bound() -> None:
    one = look()
    before = list(one.state.ratios)
    one.weigh(100_000.0, 5.0)
    bound = np.exp(one.policy.step_bound)
    assert all(
        after <= (was + 1.0) * bound * (1.0 + 1e-9)
        for after, was in zip(one.state.ratios, before, strict=True)
    )


def test_the_limit_as_a_count_falls_with_the_window_and_grows_with_noise() -> None:
    one = look()
    old_s = 60 * DAY * 300
    limits = [one.limit(5.0 * window_s / 300, window_s, old_s) for window_s in one.windows_s]
    ratios = [limit / (5.0 * window_s / 300) for limit, window_s in zip(limits, one.windows_s, strict=True)]
    assert ratios == sorted(ratios, reverse=True)
    assert one.limit(5.0, 301, old_s) == float("inf")
    assert one.limit(5.0, 300, 6 * 3_600) == pytest.approx(one.limit(5.0, 300, old_s))
    assert one.limit(60.0, 3_600, 6 * 3_600) > one.limit(60.0, 3_600, old_s)
    assert one.limit(180.0, 10_800, 47 * 3_600) == float("inf") > one.limit(180.0, 10_800, 48 * 3_600)
    assert one.limit(60.0, 3_600, old_s, ease=1.4) > one.limit(60.0, 3_600, old_s)
    one.law.variance = 0.2
    assert one.limit(60.0, 3_600, old_s) > limits[3]


def test_chances_are_those_of_a_negative_binomial() -> None:
    def whole(mean: float, shape: float) -> float:
        of_counts = (
            log_chance(float(count), mean, shape) - float(np.log(np.arange(1, count + 1)).sum())
            for count in range(400)
        )
        return float(np.exp(list(of_counts)).sum())

    assert whole(3.0, 2.0) == pytest.approx(1.0)
    assert whole(20.0, 1e6) == pytest.approx(1.0)


def test_a_state_kept_before_there_was_this_look_goes_on() -> None:
    detector = SpikeDetector(BALANCED)
    run(detector, calm(10))
    kept = json.loads(json.dumps(detector.state.to_json()))
    for part in ("aftermath", "wildness", "noise", "onset", "keen", "sudden_s"):
        del kept[part]
    kept["steady"] = {"limits": [1.0]}
    for name in ("keen_count", "keen_weight", "cell_count", "cells_relative", "keen_own", "keen_next"):
        del kept["baseline"][name]
    again = SpikeDetector(BALANCED, SpikeState.from_json(kept))
    assert not any(reading.alarm for reading in run(again, calm(2, seed=3), 10 * DAY))
    assert again.state.onset.limits
    assert again.state.keen[-1] == pytest.approx(1.0, rel=0.25)
