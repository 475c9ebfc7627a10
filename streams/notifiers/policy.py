"""Whether, when and in what form one channel is told of one state of an incident. Pure; `now` is given.

Every verdict has its reason in words, and reaches the `notifications` view with it. Nothing is dropped
in silence: what is held is told later, and what is left out says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from connectors.duration import write_duration
from streams.notifiers.config import AnyChannel
from streams.records import Incident, IncidentEvent, IncidentState, Notification, Severity

TELL_WITHIN: Final = timedelta(hours=24)
"""An incident whose newest state is older than this is history: nobody is woken for it."""

_ORDER: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class Verdict(StrEnum):
    """What becomes of one state of an incident on one channel."""

    DELIVER = "deliver"
    DIGEST = "digest"
    HELD_BY_QUIET_HOURS = "held by quiet hours"
    HELD_BY_COOLDOWN = "held by cooldown"
    WAITS_TO_RETRY = "waits to be tried again"
    GIVEN_UP = "given up"
    BELOW_SEVERITY = "below severity"
    SUPERSEDED = "superseded"
    SAME_MATTER = "same matter"
    STALE = "stale"
    DRILL = "drill"


SKIPPED_FOR: Final = frozenset(
    {Verdict.BELOW_SEVERITY, Verdict.SUPERSEDED, Verdict.SAME_MATTER, Verdict.STALE, Verdict.DRILL}
)
HELD_FOR: Final = frozenset({Verdict.HELD_BY_QUIET_HOURS, Verdict.HELD_BY_COOLDOWN})

# Outcomes in the `notifications` view. After a final one nothing more is done about that state.
DELIVERED: Final = "delivered"
DIGESTED: Final = "digest"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"
HELD: Final = "held"
RETRIED: Final = "retry"
FINAL: Final = frozenset({DELIVERED, DIGESTED, FAILED, SKIPPED})
OUTCOMES: Final = (DELIVERED, DIGESTED, FAILED, SKIPPED, HELD, RETRIED)

LASTING: Final = "lasting"
"""The event under which it is recorded that a channel was told again that nothing has changed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The verdict on one state. `until` is when to look again where it is held or has to wait; for a
    digest it is the end of the quiet hours."""

    incident: Incident
    verdict: Verdict
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    attempts: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """What one channel has been told of one incident, as its notifications have it. By revision."""

    final: frozenset[int] = frozenset()
    held: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()
    told_at: datetime | None = None
    failures: Mapping[int, Failures] = field(default_factory=dict)
    lasting: int = 0
    lasting_at: datetime | None = None

    @classmethod
    def of(cls, notifications: Iterable[Notification]) -> Past:
        """From the notifications of one channel and one incident, in any order."""
        by_outcome: dict[str, set[int]] = {}
        failures: dict[int, Failures] = {}
        told_at: datetime | None = None
        lasting, lasting_at = 0, None
        for note in notifications:
            if note.event == LASTING:
                lasting = max(lasting, note.attempt)
                lasting_at = note.at if lasting_at is None else max(lasting_at, note.at)
                continue
            by_outcome.setdefault(note.outcome, set()).add(note.revision)
            if note.outcome in {DELIVERED, DIGESTED}:
                told_at = note.at if told_at is None else max(told_at, note.at)
            if note.outcome == RETRIED:
                known = failures.get(note.revision, Failures(0, note.at))
                failures[note.revision] = Failures(
                    max(known.attempts, note.attempt), min(known.first_at, note.at)
                )
        outcomes = {name: frozenset(revisions) for name, revisions in by_outcome.items()}
        nothing: frozenset[int] = frozenset()
        return cls(
            final=nothing.union(*(outcomes.get(name, nothing) for name in FINAL)),
            held=outcomes.get(HELD, nothing),
            told=outcomes.get(DELIVERED, nothing) | outcomes.get(DIGESTED, nothing),
            told_at=told_at,
            failures=failures,
            lasting=lasting,
            lasting_at=lasting_at,
        )


def plan(
    states: Sequence[Incident],
    past: Past,
    channel: AnyChannel,
    *,
    now: datetime,
    zone: ZoneInfo,
    retry_at: datetime | None = None,
    known_as: Incident | None = None,
) -> list[Plan]:
    """What to do now about the states of one incident that this channel has not been told of.

    `states` are all known states of the incident, in order. The plans stand in that order too and end
    with the first state that is to be sent or has to wait: no state overtakes an earlier one. What is
    held gives way to a newer state, so that a person is told how things are and not how they were.
    `retry_at` is when a failed attempt may be made again; `known_as` the incident of another watch by which
    this channel knows the same matter.
    """
    plans: list[Plan] = []
    pending = [state for state in states if state.revision not in past.final]
    for position, state in enumerate(pending):
        later = pending[position + 1 :]
        left_out = _left_out(state, states[-1], past, channel, now) or _known(state, past, channel, known_as)
        if left_out is not None:
            plans.append(left_out)
            continue
        hold = _quiet(state, channel, now, zone) or _cooling(state, states, past, channel, now)
        slept = _slept(state, channel, now, zone)
        if later and (hold is not None or slept is not None or state.revision in past.held):
            reason = f"held back until revision {later[0].revision}, which says more"
            plans.append(Plan(state, Verdict.SUPERSEDED, reason))
            continue
        if hold is not None:
            plans.append(hold)
            break
        failure = past.failures.get(state.revision)
        if failure is not None and now - failure.first_at >= channel.give_up_after:
            limit = write_duration(channel.give_up_after)
            plans.append(Plan(state, Verdict.GIVEN_UP, f"{failure.attempts} attempts in {limit} failed"))
            continue
        if failure is not None and retry_at is not None and now < retry_at:
            plans.append(Plan(state, Verdict.WAITS_TO_RETRY, f"attempt {failure.attempts} failed", retry_at))
            break
        if slept is not None and channel.digest and not channel.keeps_state:
            plans.append(Plan(state, Verdict.DIGEST, f"quiet hours {channel.quiet_hours} are over", slept))
        else:
            plans.append(Plan(state, Verdict.DELIVER, "now"))
        break
    return plans


def lasting_at(states: Sequence[Incident], past: Past, every: timedelta) -> datetime | None:
    """When to say again that the incident lasts; None where the channel was not told, or it is over."""
    if past.told_at is None or states[-1].state is IncidentState.RESOLVED:
        return None
    return max(past.told_at, past.lasting_at or past.told_at) + every


def _left_out(
    state: Incident, newest: Incident, past: Past, channel: AnyChannel, now: datetime
) -> Plan | None:
    """What this channel is never told of. Who was told of an incident is told everything, to its end."""
    if state.drill and not channel.drills:
        return Plan(state, Verdict.DRILL, "the channel takes no drills")
    if past.told_at is not None:
        return None
    if _ORDER[state.severity] < _ORDER[channel.min_severity]:
        return Plan(
            state, Verdict.BELOW_SEVERITY, f"{state.severity}, where {channel.min_severity} is the least"
        )
    if state.revision not in past.failures and now - newest.updated_at > TELL_WITHIN:
        return Plan(state, Verdict.STALE, f"nothing new since {newest.updated_at.isoformat()}")
    return None


def _known(state: Incident, past: Past, channel: AnyChannel, known_as: Incident | None) -> Plan | None:
    """What another watch has told already. What is worse than that, or goes on after it, is news.

    Where it may stand open it is ended all the same: a beginning may have been sent and not recorded.
    """
    if known_as is None or past.told_at is not None or state.revision in past.failures:
        return None
    if channel.keeps_state and state.event is IncidentEvent.RESOLVED:
        return None
    worse = _ORDER[state.severity] > _ORDER[known_as.severity]
    over = known_as.state is IncidentState.RESOLVED and state.updated_at > known_as.updated_at
    if worse or (over and state.state is not IncidentState.RESOLVED):
        return None
    return Plan(state, Verdict.SAME_MATTER, f"told as {known_as.id}")


def _sleeps(state: Incident, channel: AnyChannel) -> bool:
    """Whether quiet hours concern this state: a critical one breaks through.

    The end of an incident goes out to where it may stand open, for that wakes nobody. It goes out also
    where the beginning was held back: a beginning that was sent and not recorded is ended by it.
    """
    if channel.quiet_hours is None or state.severity is Severity.CRITICAL:
        return False
    return not (channel.keeps_state and state.event is IncidentEvent.RESOLVED)


def _quiet(state: Incident, channel: AnyChannel, now: datetime, zone: ZoneInfo) -> Plan | None:
    quiet = channel.quiet_hours
    if quiet is None or not _sleeps(state, channel) or not quiet.covers(now, zone):
        return None
    return Plan(state, Verdict.HELD_BY_QUIET_HOURS, f"quiet hours {quiet}", until=quiet.ends_after(now, zone))


def _slept(state: Incident, channel: AnyChannel, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the quiet hours in which the state came about, if that has passed.

    From its time and not from what was recorded: it holds as well where the process slept too.
    """
    quiet = channel.quiet_hours
    if quiet is None or not _sleeps(state, channel) or not quiet.covers(state.updated_at, zone):
        return None
    ended_at = quiet.ends_after(state.updated_at, zone)
    return ended_at if ended_at <= now else None


def _cooling(
    state: Incident, states: Sequence[Incident], past: Past, channel: AnyChannel, now: datetime
) -> Plan | None:
    """Cooldown holds back updates alone, and none that is worse than all that was told."""
    if state.event is not IncidentEvent.UPDATED or past.told_at is None:
        return None
    told = [_ORDER[each.severity] for each in states if each.revision in past.told]
    ends_at = past.told_at + channel.cooldown
    if now >= ends_at or not told or _ORDER[state.severity] > max(told):
        return None
    return Plan(
        state, Verdict.HELD_BY_COOLDOWN, f"cooldown {write_duration(channel.cooldown)}", until=ends_at
    )
