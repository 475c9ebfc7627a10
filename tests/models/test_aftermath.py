"""What follows an alarm belongs to it."""

from __future__ import annotations

from models.aftermath import Aftermath, AftermathPolicy

POLICY = AftermathPolicy()
STEP_S = 300
DAY = 288


def passed(state: Aftermath, alarms: list[bool]) -> list[bool]:
    """For each step whether it was ordinary."""
    ordinary = []
    for alarm in alarms:
        state.pass_step(POLICY, STEP_S)
        ordinary.append(state.is_ordinary(POLICY, STEP_S))
        state.tell(POLICY, STEP_S, alarm=alarm)
    return ordinary


def test_the_day_of_an_onset_counts_and_what_follows_overnight_does_not() -> None:
    state = Aftermath()
    assert all(passed(state, [False] * 200 + [True] * 88))
    assert state.close_day(POLICY, STEP_S)
    following = passed(state, [True] * 20 + [False] * 268)
    assert not any(following[: 20 + 144])
    assert all(following[20 + 144 :])
    assert not state.close_day(POLICY, STEP_S)


def test_an_alarm_within_the_aftermath_is_no_onset() -> None:
    state = Aftermath()
    passed(state, [False] * 280 + [True] * 8)
    state.close_day(POLICY, STEP_S)
    passed(state, [False] * 100 + [True])
    assert not state.onset_today


def test_a_rise_of_many_days_is_the_way_the_series_is() -> None:
    state = Aftermath()
    passed(state, [False] * 144 + [True] * 144)
    kept = []
    for _ in range(5):
        state.close_day(POLICY, STEP_S)
        kept.append(any(passed(state, [True] * DAY)))
    assert kept[:2] == [False, False]
    assert any(kept[2:])


def rose(state: Aftermath, *, days: int, every: int = 1) -> list[float]:
    """The fatigue after each of the days, of which every so-many-th has one alarm, at noon."""
    told = []
    for day in range(days):
        passed(state, [False] * 144 + [day % every == 0] + [False] * 143)
        state.close_day(POLICY, STEP_S)
        told.append(round(state.fatigue, 3))
    return told


def test_more_rises_than_usual_ask_more_of_the_next_from_midnight_on() -> None:
    assert rose(Aftermath(), days=5) == [1.0, 1.0, 1.08, 1.16, 1.24]


def test_one_rise_of_many_alarms_is_one() -> None:
    state = Aftermath()
    passed(state, [False] * 100 + [True, False] * 94)
    state.close_day(POLICY, STEP_S)
    assert state.rises == [1]


def test_what_rises_seldom_never_tires_and_what_was_tiring_is_forgotten() -> None:
    assert set(rose(Aftermath(), days=90, every=14)) == {1.0}
    state = Aftermath()
    assert rose(state, days=6)[-1] == 1.32
    assert rose(state, days=POLICY.rises_days, every=100)[-1] == 1.0
