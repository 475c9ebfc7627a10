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
    assert state.close_day(STEP_S)
    following = passed(state, [True] * 20 + [False] * 268)
    assert not any(following[: 20 + 144])
    assert all(following[20 + 144 :])
    assert not state.close_day(STEP_S)


def test_an_alarm_within_the_aftermath_is_no_onset() -> None:
    state = Aftermath()
    passed(state, [False] * 280 + [True] * 8)
    state.close_day(STEP_S)
    passed(state, [False] * 100 + [True])
    assert not state.onset_today


def test_a_rise_of_many_days_is_the_way_the_series_is() -> None:
    state = Aftermath()
    passed(state, [False] * 144 + [True] * 144)
    kept = []
    for _ in range(5):
        state.close_day(STEP_S)
        kept.append(any(passed(state, [True] * DAY)))
    assert kept[:2] == [False, False]
    assert any(kept[2:])
