"""The life of an incident, as tables of readings."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from models.episode import (
    EpisodePolicy,
    EpisodeState,
    Event,
    Held,
    Opened,
    Resolved,
    Updated,
    advance,
)
from models.spike import Reading

HOUR = 3_600
POLICY = EpisodePolicy(quiet_s=4 * HOUR, pause_s=24 * HOUR, escalation=2.0, update_every_s=6 * HOUR)


def reading(hour: float, score: float, *, gap: bool = False) -> Reading:
    at_s = 1_000_000 + int(hour * HOUR)
    return Reading(
        at_s=at_s,
        observed=10 * score,
        expected=2.0,
        limit=10.0,
        window_s=HOUR,
        since_s=at_s - HOUR,
        score=score,
        alarm=score >= 1 and not gap,
        calm=score < 0.5 and not gap,
        warming_up=False,
        reason="gap" if gap else "normal",
        step_s=HOUR,
        gap=gap,
    )


def tell(scores: Sequence[float | None], state: EpisodeState | None = None) -> list[Event | None]:
    """One reading an hour; None is a gap."""
    state = state or EpisodeState()
    events = []
    for hour, score in enumerate(scores):
        state, event = advance(state, reading(hour, score or 0.0, gap=score is None), POLICY)
        events.append(event)
    return events


def kinds(events: Sequence[Event | None]) -> list[str]:
    return [type(event).__name__ for event in events if event is not None and not isinstance(event, Held)]


def test_a_rise_opens_once_and_resolves_after_the_quiet_hours() -> None:
    events = tell([0, 0, 1.1, 1.2, 0.7, 0, 0, 0, 0, 0])
    assert kinds(events) == ["Opened", "Resolved"]
    assert isinstance(events[2], Opened)
    assert isinstance(events[8], Resolved)
    assert events[3] == Held(events[2].at_s + HOUR, "already-open")


def test_what_is_neither_alarm_nor_calm_is_not_quiet() -> None:
    assert kinds(tell([0, 1.1, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7])) == ["Opened"]


def test_a_rise_in_the_pause_is_held_and_says_so() -> None:
    events = tell([0, 1.5, 0, 0, 0, 0, 0, 1.5])
    assert kinds(events) == ["Opened", "Resolved"]
    assert isinstance(events[7], Held)
    assert events[7].reason == "paused"


def test_real_escalation_in_the_pause_opens_again() -> None:
    events = tell([0, 1.5, 0, 0, 0, 0, 0, 3.1])
    assert isinstance(events[7], Opened)
    assert events[7].again


def test_the_longer_the_pause_the_less_breaks_it() -> None:
    """Peak 1.5, so 3.0 is asked for eight hours, its root after sixteen, 1 at the end of the day."""
    for hours, enough, short in ((7, 3.0, 2.95), (16, 1.74, 1.72), (23, 1.08, 1.06)):
        quiet = [0, 1.5, *[0] * (4 + hours - 1)]
        broken, held = tell([*quiet, enough])[-1], tell([*quiet, short])[-1]
        assert isinstance(broken, Opened)
        assert broken.again
        assert isinstance(held, Held)
        assert held.reason == "paused"


def test_after_the_pause_an_equal_rise_opens_as_new() -> None:
    events = tell([0, 1.5, *[0] * 30, 1.5])
    assert isinstance(events[-1], Opened)
    assert not events[-1].again


def test_three_days_with_quiet_nights_are_one_incident() -> None:
    day = [1.6] * 16 + [0.2] * 8
    assert kinds(tell([0, *day, *day[:8]])).count("Opened") == 1


def test_an_open_incident_tells_that_it_grew_and_that_it_goes_on() -> None:
    events = tell([0, 1.0, 1.1, 1.3, *[1.2] * 7])
    updates = [(hour, event.reason) for hour, event in enumerate(events) if isinstance(event, Updated)]
    assert updates == [(3, "grew"), (9, "goes-on")]


def test_a_gap_neither_opens_nor_resolves_nor_counts_as_quiet() -> None:
    assert kinds(tell([None] * 5)) == []
    assert kinds(tell([1.1, *[None] * 20])) == ["Opened"]
    assert kinds(tell([1.1, 0, 0, *[None] * 20, 0])) == ["Opened"]
    assert kinds(tell([1.1, 0, 0, *[None] * 20, 0, 0])) == ["Opened", "Resolved"]


def test_a_repeated_reading_changes_nothing() -> None:
    state, event = advance(EpisodeState(), reading(1, 1.5), POLICY)
    assert isinstance(event, Opened)
    assert advance(state, reading(1, 1.5), POLICY) == (state, None)
    assert advance(state, reading(0.5, 9.0), POLICY) == (state, None)


@pytest.mark.parametrize("cut", [0, 2, 4, 7, 9])
def test_the_state_makes_an_exact_round_trip_in_every_phase(cut: int) -> None:
    scores = [0, 1.1, 1.7, 0, 0, 0, 0, 0.1, 1.2, 4.0, 0]
    state = EpisodeState()
    for hour, score in enumerate(scores[:cut]):
        state, _ = advance(state, reading(hour, score), POLICY)
    again = EpisodeState.from_json(json.loads(json.dumps(state.to_json())))
    assert again == state
    for hour, score in enumerate(scores[cut:], start=cut):
        state, one = advance(state, reading(hour, score), POLICY)
        again, two = advance(again, reading(hour, score), POLICY)
        assert (state, one) == (again, two)
