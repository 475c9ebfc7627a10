"""Who is told when, as tables: a channel, what it was told, the time, and the verdicts with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.notifiers.config import AnyChannel, ConsoleChannel, EmailChannel, PagerDutyChannel
from streams.notifiers.policy import Failures, Past, Plan, Verdict, lasting_at, plan
from streams.records import Incident, Notification, Severity
from tests.streams.notifiers.incidents import OPENED, PARIS, incident, life


def mail(**changes: Any) -> EmailChannel:
    return EmailChannel.model_validate({"type": "email", "to": ["duty@example.org"], **changes})


def pager(**changes: Any) -> PagerDutyChannel:
    return PagerDutyChannel.model_validate({"type": "pagerduty", "routing_key_env": "KEY", **changes})


def verdicts(
    states: Sequence[Incident],
    channel: AnyChannel,
    *,
    now: datetime = OPENED,
    past: Past = Past(),  # noqa: B008 - frozen
    retry_at: datetime | None = None,
) -> list[tuple[int, Verdict]]:
    found = plan(states, past, channel, now=now, zone=PARIS, retry_at=retry_at)
    return [(each.incident.revision, each.verdict) for each in found]


def told(*revisions: int, at: datetime = OPENED, **changes: Any) -> Past:
    return Past(final=frozenset(revisions), told=frozenset(revisions), told_at=at, **changes)


OPEN, UPDATED, RESOLVED = life("warning")
MINUTE = timedelta(minutes=1)


def test_an_opening_is_told_at_once() -> None:
    assert verdicts([OPEN], mail()) == [(1, Verdict.DELIVER)]


def test_states_are_told_one_by_one_and_none_overtakes_another() -> None:
    states = [OPEN, UPDATED, RESOLVED]
    later = RESOLVED.updated_at
    assert verdicts(states, mail(), now=later) == [(1, Verdict.DELIVER)]
    assert verdicts(states, mail(), now=later, past=told(1)) == [(2, Verdict.DELIVER)]
    assert verdicts(states, mail(), now=later, past=told(1, 2)) == [(3, Verdict.DELIVER)]
    assert verdicts(states, mail(), now=later, past=told(1, 2, 3)) == []


@pytest.mark.parametrize(
    ("least", "severity", "verdict"),
    [
        ("info", "info", Verdict.DELIVER),
        ("warning", "info", Verdict.BELOW_SEVERITY),
        ("warning", "warning", Verdict.DELIVER),
        ("critical", "warning", Verdict.BELOW_SEVERITY),
        ("critical", "critical", Verdict.DELIVER),
    ],
)
def test_the_least_severity(least: str, severity: str, verdict: Verdict) -> None:
    assert verdicts([incident(severity=severity)], mail(min_severity=least)) == [(1, verdict)]


def test_what_grows_past_the_least_severity_is_told_from_then_on() -> None:
    states = [incident(severity="info"), replace(UPDATED, severity=Severity.CRITICAL), RESOLVED]
    assert verdicts(states, mail(), now=RESOLVED.updated_at) == [
        (1, Verdict.BELOW_SEVERITY),
        (2, Verdict.DELIVER),
    ]


def test_who_was_told_is_told_the_end_whatever_its_severity() -> None:
    end = incident("resolved", 3, severity="info", at=RESOLVED.updated_at)
    assert verdicts([OPEN, end], mail(), now=end.updated_at, past=told(1)) == [(3, Verdict.DELIVER)]


def test_cooldown_holds_an_update_until_it_ends() -> None:
    channel = mail(cooldown="30m")
    update = incident("updated", 2, severity="warning", at=OPENED + 5 * MINUTE)
    found = plan([OPEN, update], told(1), channel, now=OPENED + 5 * MINUTE, zone=PARIS)
    assert found == [
        Plan(update, Verdict.HELD_BY_COOLDOWN, "cooldown 30m", until=OPENED + timedelta(minutes=30))
    ]
    assert verdicts([OPEN, update], channel, now=OPENED + 30 * MINUTE, past=told(1)) == [(2, Verdict.DELIVER)]


def test_cooldown_yields_to_worse_and_to_the_end() -> None:
    channel = mail(cooldown="2h")
    now = OPENED + 5 * MINUTE
    worse = incident("updated", 2, severity="critical", at=now)
    assert verdicts([OPEN, worse], channel, now=now, past=told(1)) == [(2, Verdict.DELIVER)]
    end = incident("resolved", 2, severity="warning", at=now)
    assert verdicts([OPEN, end], channel, now=now, past=told(1)) == [(2, Verdict.DELIVER)]


def test_of_several_held_updates_the_newest_is_told() -> None:
    updates = [incident("updated", n, severity="warning", at=OPENED + n * MINUTE) for n in (2, 3, 4)]
    now = OPENED + 5 * MINUTE
    assert verdicts([OPEN, *updates], mail(), now=now, past=told(1)) == [
        (2, Verdict.SUPERSEDED),
        (3, Verdict.SUPERSEDED),
        (4, Verdict.HELD_BY_COOLDOWN),
    ]


def test_a_new_incident_is_not_kept_quiet_by_an_old_one() -> None:
    """Cooldown is of an incident: what was told of another one is not in its past."""
    assert verdicts([incident(severity="warning", id="another")], mail(cooldown="1d")) == [
        (1, Verdict.DELIVER)
    ]


NIGHT = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)  # 23:30 in Paris
MORNING = datetime(2026, 3, 11, 6, 0, tzinfo=UTC)  # 07:00 in Paris
QUIET = "22:00-07:00"


def at_night(event: str = "opened", revision: int = 1, severity: str = "warning") -> Incident:
    return incident(event, revision, severity=severity, at=NIGHT + revision * MINUTE)


@pytest.mark.parametrize(
    ("now", "severity", "verdict"),
    [
        (NIGHT, "warning", Verdict.HELD_BY_QUIET_HOURS),
        (MORNING - MINUTE, "warning", Verdict.HELD_BY_QUIET_HOURS),
        (MORNING, "warning", Verdict.DIGEST),
        (NIGHT, "critical", Verdict.DELIVER),
    ],
)
def test_quiet_hours_and_what_breaks_through(now: datetime, severity: str, verdict: Verdict) -> None:
    found = verdicts([at_night(severity=severity)], mail(quiet_hours=QUIET), now=now)
    assert found == [(1, verdict)]


def test_what_is_held_in_the_night_says_until_when() -> None:
    [found] = plan([at_night()], Past(), mail(quiet_hours=QUIET), now=NIGHT, zone=PARIS)
    assert found.until == MORNING
    assert found.reason == "quiet hours 22:00-07:00"


def test_a_night_in_one_digest_shows_the_newest_state() -> None:
    states = [at_night(), at_night("updated", 2), at_night("resolved", 3)]
    channel = mail(quiet_hours=QUIET)
    assert verdicts(states, channel, now=NIGHT + 9 * MINUTE) == [
        (1, Verdict.SUPERSEDED),
        (2, Verdict.SUPERSEDED),
        (3, Verdict.HELD_BY_QUIET_HOURS),
    ]
    past = Past(final=frozenset({1, 2}), held=frozenset({3}))
    assert verdicts(states, channel, now=MORNING, past=past) == [(3, Verdict.DIGEST)]


def test_without_digest_each_incident_is_told_by_itself_in_the_morning() -> None:
    channel = mail(quiet_hours=QUIET, digest=False)
    assert verdicts([at_night()], channel, now=MORNING) == [(1, Verdict.DELIVER)]


def test_a_night_in_which_the_process_slept_too_ends_in_the_same_digest() -> None:
    assert verdicts([at_night()], mail(quiet_hours=QUIET), now=MORNING + 2 * MINUTE) == [(1, Verdict.DIGEST)]


def test_what_becomes_critical_in_the_night_is_told_in_the_night() -> None:
    states = [at_night(), at_night("updated", 2, "critical")]
    assert verdicts(states, mail(quiet_hours=QUIET), now=NIGHT + 9 * MINUTE) == [
        (1, Verdict.SUPERSEDED),
        (2, Verdict.DELIVER),
    ]


def test_the_end_goes_out_at_night_to_where_it_stands_open() -> None:
    evening, end = OPEN, at_night("resolved", 2)
    assert verdicts([evening, end], pager(quiet_hours=QUIET), now=NIGHT + 9 * MINUTE, past=told(1)) == [
        (2, Verdict.DELIVER)
    ]
    assert verdicts([evening, end], mail(quiet_hours=QUIET), now=NIGHT + 9 * MINUTE, past=told(1)) == [
        (2, Verdict.HELD_BY_QUIET_HOURS)
    ]


def test_a_pager_gets_no_digest() -> None:
    assert verdicts([at_night()], pager(quiet_hours=QUIET), now=MORNING) == [(1, Verdict.DELIVER)]


def test_a_drill_goes_where_drills_are_taken() -> None:
    drill = incident(drill=True)
    assert verdicts([drill], mail()) == [(1, Verdict.DRILL)]
    assert verdicts([drill], mail(drills=True)) == [(1, Verdict.DELIVER)]
    assert verdicts([drill], ConsoleChannel(type="console")) == [(1, Verdict.DELIVER)]


def test_history_is_not_told() -> None:
    assert verdicts([OPEN], mail(), now=OPENED + timedelta(hours=25)) == [(1, Verdict.STALE)]
    assert verdicts([OPEN], mail(), now=OPENED + timedelta(hours=24)) == [(1, Verdict.DELIVER)]


def test_an_old_incident_that_still_goes_on_is_not_history() -> None:
    update = incident("updated", 2, severity="warning", at=OPENED + timedelta(days=3))
    assert verdicts([OPEN, update], mail(), now=update.updated_at) == [(1, Verdict.DELIVER)]


def test_the_end_of_what_was_told_is_told_however_late() -> None:
    now = RESOLVED.updated_at + timedelta(days=3)
    assert verdicts([OPEN, RESOLVED], mail(), now=now, past=told(1)) == [(3, Verdict.DELIVER)]


def test_a_failed_attempt_waits_and_keeps_its_place() -> None:
    past = Past(failures={1: Failures(2, OPENED)})
    now, retry_at = OPENED + MINUTE, OPENED + 2 * MINUTE
    states = [OPEN, UPDATED]
    assert verdicts(states, mail(), now=now, past=past, retry_at=retry_at) == [(1, Verdict.WAITS_TO_RETRY)]
    assert verdicts(states, mail(), now=retry_at, past=past, retry_at=retry_at) == [(1, Verdict.DELIVER)]
    # After a restart nobody remembers when: at once.
    assert verdicts(states, mail(), now=now, past=past) == [(1, Verdict.DELIVER)]


def test_after_the_deadline_it_is_given_up_and_the_next_state_has_its_turn() -> None:
    past = Past(failures={1: Failures(40, OPENED)})
    channel = mail(give_up_after="1h")
    found = plan([OPEN, UPDATED], past, channel, now=OPENED + 60 * MINUTE, zone=PARIS)
    assert [(each.incident.revision, each.verdict) for each in found] == [
        (1, Verdict.GIVEN_UP),
        (2, Verdict.DELIVER),
    ]
    assert found[0].reason == "40 attempts in 1h failed"


def note(
    revision: int, outcome: str, minutes: int = 0, attempt: int = 1, event: str = "opened"
) -> Notification:
    return Notification(
        incident="i", channel="duty", event=event, revision=revision, at=OPENED + minutes * MINUTE,
        outcome=outcome, attempt=attempt,
    )  # fmt: skip


def test_the_past_is_read_from_the_notifications_in_any_order() -> None:
    notes = [
        note(1, "held"), note(1, "retry", 1, 1), note(1, "retry", 2, 2), note(1, "delivered", 3, 3),
        note(2, "skipped", 4), note(3, "failed", 5), note(4, "held", 6), note(4, "lasting"),
        note(1, "delivered", 9, 2, event="lasting"),
    ]  # fmt: skip
    for order in (notes, notes[::-1]):
        past = Past.of(order)
        assert past.final == {1, 2, 3}
        assert past.held == {1, 4}
        assert past.told == {1}
        assert past.told_at == OPENED + 3 * MINUTE
        assert past.failures == {1: Failures(2, OPENED + MINUTE)}
        assert (past.lasting, past.lasting_at) == (2, OPENED + 9 * MINUTE)


def test_an_alert_is_said_to_last_until_it_is_over() -> None:
    every = timedelta(minutes=2)
    assert lasting_at([OPEN], Past(), every) is None
    assert lasting_at([OPEN], told(1), every) == OPENED + 2 * MINUTE
    assert lasting_at([OPEN], replace(told(1), lasting_at=OPENED + 4 * MINUTE), every) == OPENED + 6 * MINUTE
    assert lasting_at([OPEN, RESOLVED], told(1), every) is None


EVENTS = st.lists(
    st.tuples(st.sampled_from(["info", "warning", "critical"]), st.integers(0, 2_000)), min_size=1, max_size=6
)


@given(EVENTS, st.booleans(), st.sampled_from([None, QUIET, "10:00-16:00"]), st.booleans())
def test_every_state_ends_told_or_left_out_for_a_reason(
    steps: list[tuple[str, int]], pages: bool, quiet: str | None, digest: bool
) -> None:
    """Whatever happens when: looked at every ten minutes, in the end nothing is pending, and the newest
    state of what the channel asked for was told."""
    order = ["info", "warning", "critical"]
    channel: AnyChannel = (
        pager(quiet_hours=quiet) if pages else mail(quiet_hours=quiet, digest=digest, cooldown="45m")
    )
    states: list[Incident] = []
    minute, severity = 0, "info"
    for position, (found, later) in enumerate(steps):
        minute += later
        severity = max(severity, found, key=order.index)
        event = "opened" if position == 0 else "resolved" if position == len(steps) - 1 else "updated"
        states.append(incident(event, position + 1, severity=severity, at=OPENED + minute * MINUTE))
    notes: list[Notification] = []
    for now_minute in range(0, minute + 3_000, 10):
        now = OPENED + now_minute * MINUTE
        seen = [state for state in states if state.updated_at <= now]
        while seen:
            found_plans = plan(seen, Past.of(notes), channel, now=now, zone=PARIS)
            for each in found_plans:
                done = {Verdict.DELIVER: "delivered", Verdict.DIGEST: "digest"}.get(each.verdict, "skipped")
                if each.until is None or each.verdict is Verdict.DIGEST:
                    notes.append(replace(note(each.incident.revision, done), at=now))
            if not found_plans or found_plans[-1].verdict not in {Verdict.DELIVER, Verdict.DIGEST}:
                break
    outcomes = {each.revision: each.outcome for each in notes}
    assert set(outcomes) == {state.revision for state in states}
    assert len(notes) == len(states), "each state has one end"
    if severity != "info":
        assert outcomes[states[-1].revision] in {"delivered", "digest"}


KNOWN = incident(id="ecoles-volume-1", watch="ecoles", severity="warning")


def known(states: Sequence[Incident], channel: AnyChannel, by: Incident, past: Past = Past()) -> list[str]:  # noqa: B008 - frozen
    found = plan(states, past, channel, now=states[-1].updated_at, zone=PARIS, known_as=by)
    return [f"{each.incident.revision} {each.verdict}" for each in found]


def test_a_matter_that_another_watch_has_told_is_left_out_to_its_end() -> None:
    assert known([OPEN], mail(), KNOWN) == ["1 same matter"]
    over = replace(KNOWN, state=RESOLVED.state, updated_at=RESOLVED.updated_at)
    assert known([OPEN, UPDATED, RESOLVED], mail(), over) == [
        "1 same matter", "2 same matter", "3 same matter",
    ]  # fmt: skip
    assert plan([OPEN], Past(), mail(), now=OPENED, zone=PARIS, known_as=KNOWN)[0].reason == (
        "told as ecoles-volume-1"
    )


def test_what_is_worse_than_what_is_known_is_news_and_what_follows_it() -> None:
    worse = replace(UPDATED, severity=Severity.CRITICAL)
    assert known([OPEN, worse], mail(), KNOWN) == ["1 same matter", "2 deliver"]
    assert known([OPEN, worse, RESOLVED], mail(), KNOWN, told(1, 2)) == ["3 deliver"]


def test_what_goes_on_after_the_other_is_over_is_news() -> None:
    over = replace(KNOWN, state=RESOLVED.state, updated_at=UPDATED.updated_at - MINUTE)
    assert known([OPEN, UPDATED], mail(), over) == ["1 same matter", "2 deliver"]


def test_where_it_may_stand_open_it_is_ended_although_another_watch_told_it() -> None:
    assert known([OPEN, RESOLVED], pager(), KNOWN) == ["1 same matter", "3 deliver"]


def test_an_attempt_that_failed_is_made_again_whoever_told_meanwhile() -> None:
    failed = Past(failures={1: Failures(1, OPENED)})
    assert known([OPEN], mail(), KNOWN, failed) == ["1 deliver"]
