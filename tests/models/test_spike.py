"""The detector of rises, on seeded streams: what it must see, what it must not, what its state is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.spike import Reading, Sensitivity, SpikeDetector, SpikeState, Step, Voices, policy_for, readings

BALANCED = policy_for(Sensitivity.BALANCED)

DAY = 288


def step_at(row: int, count: float | None, *, step_s: int = 300, **more: object) -> Step:
    start_s = row * step_s
    return Step(
        at_s=start_s + step_s,
        step_s=step_s,
        local_hour=start_s % 86_400 / 3_600,
        local_weekday=start_s // 86_400 % 7,
        count=count,
        **more,  # type: ignore[arg-type]
    )


def noise(days: int, mean: float, seed: int = 0) -> list[float]:
    drawn = np.random.default_rng(seed).poisson(mean, days * 288)
    return [float(count) for count in drawn]


def run(
    counts: Iterable[float | None], detector: SpikeDetector | None = None, first: int = 0
) -> list[Reading]:
    detector = detector or SpikeDetector(BALANCED)
    return [detector.step(step_at(first + row, count)) for row, count in enumerate(counts)]


def alarms(read: Sequence[Reading]) -> list[int]:
    return [row for row, reading in enumerate(read) if reading.alarm]


def test_five_times_the_usual_is_seen_within_fifteen_minutes() -> None:
    counts = noise(10, 5.0)
    counts[2_600:2_624] = [25.0] * 24
    read = run(counts)
    first = next(row for row in alarms(read) if row >= 2_600)
    assert first <= 2_602
    assert read[first].observed >= read[first].limit > read[first].expected
    assert read[first].score >= 1.0


def test_quiet_series_stay_quiet() -> None:
    rows = [alarms(run(noise(28, mean, seed))) for seed, mean in enumerate((0.02, 0.3, 3.0, 40.0))]
    assert (
        sum(1 for series in rows for a, b in zip([-999, *series], series, strict=False) if b - a > 288) <= 4
    )


@pytest.mark.parametrize("count", [0.0, 7.0])
def test_constant_series_divide_by_nothing_and_never_alarm(count: float) -> None:
    read = run([count] * 288 * 5)
    assert not alarms(read)
    assert all(math.isfinite(reading.limit) and math.isfinite(reading.score) for reading in read)


def test_nothing_is_decided_before_the_provisional_limit_and_it_says_so_for_a_day() -> None:
    read = run([*noise(1, 4.0), *noise(1, 4.0, 1)])
    assert not alarms(read[:72])
    assert all(reading.reason == "warming-up" for reading in read[:72])
    assert read[200].warming_up
    assert not read[300].warming_up


@pytest.mark.parametrize("step_s", [3_600, 86_400])
def test_coarse_series_are_decided_after_as_many_steps_as_it_takes_to_know_a_level(step_s: int) -> None:
    drawn = np.random.default_rng(5).normal(1_000.0, 40.0, 120)
    drawn[90] = 5_000.0
    detector = SpikeDetector(policy_for(Sensitivity.MORE, step_s))
    read = [detector.step(step_at(row, float(count), step_s=step_s)) for row, count in enumerate(drawn)]
    assert [reading.reason for reading in read[:6]] == ["warming-up"] * 6
    assert alarms(read)[0] == 90


def test_a_crisis_of_the_first_day_is_seen() -> None:
    counts = noise(2, 5.0)
    counts[150:180] = [60.0] * 30
    assert min(alarms(run(counts))) in range(150, 156)


@pytest.mark.parametrize("hour", [7, 12, 20, 30])
def test_five_times_the_usual_is_seen_within_hours_however_young_the_watch(hour: int) -> None:
    """Two mentions in five minutes, ten from that hour on."""
    delays = []
    for seed in range(5):
        counts = noise(2, 2.0, seed)
        counts[hour * 12 : hour * 12 + 36] = noise(1, 10.0, 100 + seed)[:36]
        delays += [row - hour * 12 for row in alarms(run(counts)) if row >= hour * 12][:1]
    assert len(delays) >= 4
    assert sorted(delays)[2] <= 18


def test_the_first_morning_of_a_loud_watch_is_no_rise() -> None:
    hours = np.arange(2 * 288) % 288 / 12
    rates = 12.0 * np.exp(1.2 * np.sin((hours - 9.0) / 24 * 2 * np.pi))
    opened = [
        bool(alarms(run(np.random.default_rng(seed).poisson(rates).astype(float).tolist())))
        for seed in range(5)
    ]
    assert sum(opened) <= 1


def test_a_day_shape_of_which_two_days_were_seen_is_no_rise() -> None:
    hours = np.arange(6 * 288) % 288 / 12
    rates = 40.0 * (1.0 + 0.95 * np.sin((hours - 7.5) / 24 * 2 * np.pi))
    counts = np.random.default_rng(3).poisson(rates)
    detector = SpikeDetector(policy_for(Sensitivity.BALANCED))
    read = [detector.step(step_at(row, float(count))) for row, count in enumerate(counts)]
    assert not [row for row in alarms(read) if row > 1.5 * 288]


def test_one_huge_burst_does_not_hide_the_next() -> None:
    counts = noise(16, 5.0)
    counts[1_000:1_024] = [250.0] * 24
    counts[3_500:3_524] = [40.0] * 24
    assert any(3_500 <= row <= 3_503 for row in alarms(run(counts)))


def test_a_new_level_is_the_usual_after_three_days_and_hides_nothing() -> None:
    counts = noise(12, 5.0) + noise(6, 15.0, seed=1)
    counts[16 * DAY : 16 * DAY + 12] = [75.0] * 12
    read = run(counts)
    told = alarms(read)
    assert any(12 * DAY <= row < 12 * DAY + 6 for row in told)
    assert not [row for row in told if 15.6 * DAY <= row < 16 * DAY]
    assert [row for row in told if 16 * DAY <= row < 16 * DAY + 3]
    assert 13.0 < read[16 * DAY - 1].expected / (read[16 * DAY - 1].window_s / 300) < 17.0


def test_a_crisis_of_four_days_is_forgotten_a_day_after_it() -> None:
    counts = noise(12, 5.0) + noise(4, 25.0, seed=1) + noise(4, 5.0, seed=2)
    counts[18 * DAY : 18 * DAY + 12] = [25.0] * 12
    told = alarms(run(counts))
    assert [row for row in told if 12 * DAY <= row < 12 * DAY + 3]
    assert not [row for row in told if 16 * DAY <= row < 18 * DAY]
    assert [row for row in told if 18 * DAY <= row < 18 * DAY + 3]


def test_the_fourth_rise_of_a_month_must_be_higher_than_the_first() -> None:
    counts = noise(28, 5.0)
    often, seldom = SpikeDetector(BALANCED), SpikeDetector(BALANCED)
    risen = list(counts)
    for day in (15, 18, 21, 24):
        risen[day * DAY : day * DAY + 12] = [60.0] * 12
    run(risen, often)
    run(counts, seldom)
    assert often.state.aftermath.fatigue == pytest.approx(1.16)
    assert seldom.state.aftermath.fatigue == 1.0
    assert often.band(3_600)[1] > seldom.band(3_600)[1]


def test_a_gap_is_neither_calm_nor_silence_nor_alarm_and_teaches_nothing() -> None:
    detector = SpikeDetector(BALANCED)
    run(noise(10, 20.0), detector)
    level = detector.state.baseline.level_count
    read = run([None] * 100, detector, 2_880)
    assert all(
        reading.gap and not reading.alarm and not reading.calm and not reading.silent_s for reading in read
    )
    assert detector.state.baseline.level_count == level
    assert not alarms(run(noise(2, 20.0, 3), detector, 2_980))


def test_silence_of_a_loud_series_is_told() -> None:
    read = run([*noise(10, 20.0), *[0.0] * 40])
    assert not any(reading.silent_s for reading in read[:2_880])
    assert read[2_880 + 14].silent_s == 3_600


def test_a_break_in_the_first_week_is_hardly_learnt() -> None:
    detector, naive = SpikeDetector(BALANCED), SpikeDetector(replace(BALANCED, hushed_share=-1.0))
    for each in (detector, naive):
        run([*noise(5, 20.0), *[0.0] * 144, *noise(1, 20.0, seed=2)[:12]], each)
    kept, lost = (each.band(300)[0] / 20.0 for each in (detector, naive))
    assert kept > 1.07 * lost


def test_what_the_calendar_expects_is_no_alarm_and_not_learnt() -> None:
    detector = SpikeDetector(BALANCED)
    run(noise(10, 10.0), detector)
    level = detector.state.baseline.level_count
    match = [detector.step(step_at(2_880 + row, 50.0, factor=5.0)) for row in range(24)]
    assert not alarms(match)
    assert detector.state.baseline.level_count == level


def test_a_partial_count_may_alarm_and_is_not_learnt() -> None:
    detector = SpikeDetector(BALANCED)
    run(noise(10, 10.0), detector)
    level = detector.state.baseline.level_count
    read = [detector.step(step_at(2_880 + row, 90.0, partial=True)) for row in range(3)]
    assert alarms(read)
    assert detector.state.baseline.level_count == level


@pytest.mark.parametrize("weekday_hours", [23, 25])
def test_days_of_23_and_25_hours_are_days(weekday_hours: int) -> None:
    """Local midnight closes a day, however many steps it had; the shape follows the local clock."""
    detector = SpikeDetector(BALANCED)
    rng = np.random.default_rng(4)
    row, found = 0, []
    for day in range(20):
        hours = weekday_hours if day == 13 else 24
        for place in range(hours * 12):
            lag = 0 if day != 13 or place < 24 else 24 - hours
            hour = place / 12 + lag
            rate = 2.0 + 30.0 * (9 <= hour < 21)
            read = detector.step(Step(300 * (row + 1), 300, hour, day % 7, float(rng.poisson(rate))))
            row += 1
            if day >= 13 and read.alarm:
                found.append((day, hour))
    assert not found
    assert len(detector.state.ordinary.days) == 19


def test_state_makes_an_exact_round_trip_anywhere_and_stays_small() -> None:
    counts = noise(30, 9.3)
    counts[5_000:5_050] = [100.0] * 50
    one = SpikeDetector(BALANCED)
    for row, count in enumerate(counts):
        voices = Voices(
            authors=int(count * 0.8), fresh_authors=int(count * 0.7), new_authors=int(count * 0.2)
        )
        step = step_at(row, count, voices=voices)
        if row in {50, 1_001, 5_020}:
            text = json.dumps(one.state.to_json())
            two = SpikeDetector(BALANCED, SpikeState.from_json(json.loads(text)))
            assert two.state == one.state
            following = [step, *[step_at(row + more, counts[row + more]) for more in range(1, 400)]]
            three = SpikeDetector(BALANCED, SpikeState.from_json(json.loads(text)))
            assert [two.step(one_step) for one_step in following] == [three.step(s) for s in following]
        one.step(step)
    assert len(json.dumps(one.state.to_json())) < 16_000


def test_the_restored_detector_reads_what_the_undisturbed_one_reads() -> None:
    counts = noise(6, 3.0, 8)
    whole = run(counts)
    first = SpikeDetector(BALANCED)
    run(counts[:777], first)
    state = SpikeState.from_json(json.loads(json.dumps(first.state.to_json())))
    assert run(counts[777:], SpikeDetector(BALANCED, state), 777) == whole[777:]


def test_history_is_learnt_without_a_word() -> None:
    detector = SpikeDetector(BALANCED)
    for row, count in enumerate(noise(10, 6.0)):
        detector.learn(step_at(row, count))
    reading = detector.step(step_at(2_880, 6.0))
    assert not reading.warming_up
    expected, limit = detector.band(3_600)
    assert expected == pytest.approx(72.0, rel=0.15)
    assert limit > expected
    with pytest.raises(ValueError, match="no look reads windows of 301 s"):
        detector.band(301)


def test_the_limit_told_is_the_count_that_alarms() -> None:
    counts = noise(12, 4.0)
    detector = SpikeDetector(BALANCED)
    run(counts, detector)
    text = json.dumps(detector.state.to_json())

    def told(count: float) -> Reading:
        return SpikeDetector(BALANCED, SpikeState.from_json(json.loads(text))).step(step_at(3_456, count))

    first = next(count for count in range(5, 200) if told(float(count)).alarm)
    below, above = told(float(first - 1)), told(float(first))
    assert below.observed < below.limit * 1.02
    assert above.limit <= above.observed


@given(
    mean=st.floats(min_value=-12.0, max_value=16.0).map(math.exp),
    limit=st.floats(min_value=0.2, max_value=20.0),
    place=st.integers(min_value=0, max_value=len(BALANCED.windows_s) - 1),
    yard=st.tuples(*[st.floats(min_value=0.05, max_value=50.0)] * 3),
)
@settings(deadline=None)
def test_a_limit_as_a_count_is_the_one_whose_height_it_is(
    mean: float, limit: float, place: int, yard: tuple[float, float, float]
) -> None:
    detector = SpikeDetector(BALANCED)
    lane = detector._lanes[place]
    detector.state.ordinary.yardstick = list(yard) * len(BALANCED.windows_s)
    count = detector._solve(mean, lane, limit)
    assert detector._height(count, mean, lane) == pytest.approx(limit, rel=0.02)


def with_voices(detector: SpikeDetector, row: int, posts: int, **who: int) -> Reading:
    return detector.step(step_at(row, float(posts), voices=Voices(**who)))


def crowd() -> SpikeDetector:
    detector = SpikeDetector(BALANCED)
    for row, count in enumerate(noise(10, 6.0)):
        number = int(count)
        with_voices(detector, row, number, authors=number, fresh_authors=number // 2, new_authors=number // 6)
    return detector


def test_three_hundred_posts_of_three_accounts_are_loud_but_few() -> None:
    detector = crowd()
    read = [
        with_voices(detector, 2_880 + row, 56, authors=9, fresh_authors=3 if row else 6, new_authors=0)
        for row in range(6)
    ]
    assert not alarms(read)
    assert read[-1].reason == "few-voices"
    bare = run([*noise(10, 6.0), *[56.0] * 6])
    assert alarms(bare[2_880:])


def test_three_hundred_voices_are_a_crisis() -> None:
    detector = crowd()
    read = [
        with_voices(detector, 2_880 + row, 56, authors=56, fresh_authors=53, new_authors=40)
        for row in range(6)
    ]
    assert alarms(read)[0] == 0


def test_twelve_eye_witnesses_in_five_minutes_are_a_crisis() -> None:
    detector = crowd()
    reading = with_voices(
        detector, 2_880, 18, authors=18, fresh_authors=15, new_authors=13, original_authors=18
    )
    assert reading.alarm
    assert reading.unit == "witnesses"
    assert not run([*noise(10, 6.0), 18.0])[-1].alarm


def test_sensitivities_are_ordered() -> None:
    counts = noise(20, 3.0)
    for row in range(600, 5_760, 700):
        counts[row : row + 6] = [3.0 * (2 + row / 1_400)] * 6
    found = {one: len(alarms(run(counts, SpikeDetector(policy_for(one))))) for one in Sensitivity}
    assert found[Sensitivity.FEWER] < found[Sensitivity.BALANCED] < found[Sensitivity.MORE]


@pytest.mark.parametrize("step_s", [60, 900, 3_600, 86_400])
def test_any_regular_step_will_do(step_s: int) -> None:
    detector = SpikeDetector(policy_for(Sensitivity.BALANCED, step_s))
    rng = np.random.default_rng(5)
    rows = max(40, 12 * 86_400 // step_s)
    mean = step_s / 300 * 2.0
    for row in range(rows):
        reading = detector.step(step_at(row, float(rng.poisson(mean)), step_s=step_s))
    assert not reading.alarm
    assert any(detector.step(step_at(rows + more, 20 * mean + 9, step_s=step_s)).alarm for more in range(3))


def test_a_count_a_hair_above_its_mean_is_no_error() -> None:
    """There the deviance is nothing, and rounding may bring it below."""
    detector = SpikeDetector(BALANCED)
    run(noise(3, 40.0), detector)
    lane = detector._lanes[0]
    for seen, mean in [(888.0, 887.9999999999995), (1416.0, 1415.9999999999995)]:
        assert detector._look(seen, mean, lane) >= 0.0


def test_a_step_of_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="must last"):
        policy_for(Sensitivity.MORE, 0)


def test_readings_are_nought_at_the_mean_and_grow() -> None:
    assert readings(4.0, 4.0) == (0.0, 0.0, 0.0)
    assert all(a < b for a, b in zip(readings(6.0, 4.0), readings(9.0, 4.0), strict=True))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.integers(0, 50), st.sampled_from([10_000, 10**7])), min_size=80, max_size=400
    ),
    st.integers(0, 2_000),
)
def test_whatever_comes_readings_are_finite_and_gaps_never_alarm(
    counts: list[int | None], first: int
) -> None:
    detector = SpikeDetector(replace(BALANCED, provisional_s=3_600))
    for row, count in enumerate(counts):
        reading = detector.step(step_at(first + row, None if count is None else float(count)))
        numbers = (reading.observed, reading.expected, reading.limit, reading.score)
        assert all(math.isfinite(number) and number >= 0 for number in numbers)
        assert not (reading.gap and reading.alarm)
        assert reading.alarm <= (reading.observed >= reading.limit)
    json.dumps(detector.state.to_json(), allow_nan=False)
