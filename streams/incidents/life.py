"""Open, update, escalate, resolve: how the signals of one watch become one incident.

Related signals of one watch at one time are signs of one incident, not five pages. Two lanes stay
apart, since they say another thing: the word of a VIP, and silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from models.severity import Judgement
from streams.records import IncidentEvent, Severity, Signal

_RANK: Final = {
    Signal.VOLUME: 0,
    Signal.URGENT: 1,
    Signal.SLOW_BURN: 2,
    Signal.MISINFORMATION: 3,
    Signal.NARRATIVE: 4,
    Signal.NEGATIVE: 5,
    Signal.VIP: 6,
    Signal.SILENCE: 7,
}
RISES: Final = frozenset({Signal.VOLUME, Signal.SLOW_BURN, Signal.URGENT})
"""Signals of posts themselves, not of what share of them says something."""
WORSE: Final = 2.0
"""A rise is told again when it is this many times what was last told."""
PAUSE_S: Final = 30 * 60
"""Between two updates, unless the severity rose or a new sign came."""
GOES_ON_S: Final = 12 * 3600
"""What lasts is told to last this often."""
SEVERITIES: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class Lane(StrEnum):
    """Signals of one lane become one incident."""

    CRISIS = "crisis"
    VIP = "vip"
    SILENCE = "silence"


LANES: Final[Mapping[Signal, Lane]] = {
    Signal.VOLUME: Lane.CRISIS,
    Signal.SLOW_BURN: Lane.CRISIS,
    Signal.NARRATIVE: Lane.CRISIS,
    Signal.URGENT: Lane.CRISIS,
    Signal.MISINFORMATION: Lane.CRISIS,
    Signal.NEGATIVE: Lane.CRISIS,
    Signal.VIP: Lane.VIP,
    Signal.SILENCE: Lane.SILENCE,
}


class Happening(StrEnum):
    """What an episode of one signal did in a step."""

    ROSE = "rose"
    FELL = "fell"


@dataclass(frozen=True, slots=True)
class Sign:
    """A signal that takes part in an incident; `active` until its episode ended.

    `observed`, `expected` and `limit` are over the `window_s` seconds that decided: mentions, or a share
    for share signals.
    """

    signal: Signal
    since_s: int
    observed: float
    expected: float
    limit: float
    window_s: int
    active: bool = True

    @property
    def times_usual(self) -> float:
        """How many times the usual, a handful more on both sides, so that three of nothing is not a lot."""
        handful = 5.0 if self.observed > 1 or self.expected > 1 else 0.1
        return (self.observed + handful) / (self.expected + handful)

    @property
    def above(self) -> bool:
        if self.signal is Signal.SILENCE:
            return self.observed < self.expected / 2
        return self.observed >= self.limit


@dataclass(frozen=True, slots=True)
class Change:
    """One signal's news of a step; `again` says that it escalates what ended shortly before."""

    happening: Happening
    sign: Sign
    again: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """An incident as its lane remembers it while it lasts."""

    id: str
    signal: Signal
    opened_s: int
    updated_s: int
    revision: int
    severity: Severity
    signs: tuple[Sign, ...]
    told_ratio: float = 0.0
    """Of the leading sign when it was last told: how many times the usual."""
    peak: int = 0
    """Mentions of its loudest hour so far."""
    phrases: tuple[str, ...] = ()
    """Urgent phrases told so far."""
    drill: bool = False

    @property
    def over(self) -> bool:
        """Whether what the incident is about has ended.

        A mood looks back a whole day: where posts rose too, the incident ends with them, and not a day
        after.
        """
        posts = [sign for sign in self.signs if sign.signal in RISES]
        return not any(sign.active for sign in posts or self.signs)

    @property
    def leading(self) -> Sign:
        """The sign whose numbers the incident shows: of the active ones the weightiest, at the end of all."""
        shown = self.signs if self.over else [sign for sign in self.signs if sign.active]
        return min(shown, key=lambda sign: _RANK[sign.signal])

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Course:
        signs = tuple(Sign(**{**sign, "signal": Signal(sign["signal"])}) for sign in value["signs"])
        return cls(
            **{
                **value,
                "signal": Signal(value["signal"]),
                "severity": Severity(value["severity"]),
                "signs": signs,
                "phrases": tuple(value.get("phrases", ())),
            }
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What to tell of a course, and why, in a word that reaches the message and the store."""

    event: IncidentEvent
    course: Course
    reason: str


def incident_id(watch: str, signal: Signal, opened_s: int) -> str:
    """From watch, signal and start alone, so that retries, repeats and the resolve meet."""
    return f"{watch}-{signal}-{datetime.fromtimestamp(opened_s, UTC):%Y%m%dT%H%MZ}"


def refresh(course: Course, present: Mapping[Signal, Sign]) -> Course:
    """The course with the present numbers of those of its signs that are active; at its end of all."""
    return replace(
        course,
        signs=tuple(
            replace(present[sign.signal], since_s=sign.since_s, active=sign.active)
            if (sign.active or course.over) and sign.signal in present
            else sign
            for sign in course.signs
        ),
    )


def news(watch: str, course: Course | None, changes: Sequence[Change], now_s: int) -> Course | None:
    """The course with the changes of a step in its signs; None where there still is none.

    Nothing is judged here: `settle` says what to tell once the severity is known.
    """
    rose = sorted(
        (change for change in changes if change.happening is Happening.ROSE),
        key=lambda change: _RANK[change.sign.signal],
    )
    if course is None:
        if not rose:
            return None
        signs = tuple(change.sign for change in rose)
        return Course(
            id=incident_id(watch, rose[0].sign.signal, now_s),
            signal=rose[0].sign.signal,
            opened_s=now_s,
            updated_s=now_s,
            revision=0,
            severity=Severity.INFO,
            signs=signs,
        )
    signs_by_signal = {sign.signal: sign for sign in course.signs}
    for change in changes:
        signal, held = change.sign.signal, signs_by_signal.get(change.sign.signal)
        if change.happening is Happening.ROSE:
            since_s = change.sign.since_s if held is None else min(held.since_s, change.sign.since_s)
            signs_by_signal[signal] = replace(change.sign, since_s=since_s)
        elif held is not None:
            signs_by_signal[signal] = replace(held, active=False)
    return replace(course, signs=tuple(signs_by_signal.values()))


def settle(
    before: Course | None, course: Course, changes: Sequence[Change], judged: Judgement, now_s: int
) -> Step | None:
    """What to tell of `course`, which `before` became by this step and its `changes`; mostly nothing.

    Severity never falls while an incident lasts: who was woken for a critical one is told how it
    ends, not that it was less.
    """
    severity = max(Severity(judged.level), course.severity, key=SEVERITIES.__getitem__)
    if course.over:
        event, reason = IncidentEvent.RESOLVED, "back to usual"
    elif before is None:
        again = any(change.again for change in changes)
        event = IncidentEvent.OPENED
        reason = "worse than the one that ended shortly before" if again else "above its limit"
    elif len(course.signs) > len(before.signs):
        new = ", ".join(sign.signal for sign in course.signs[len(before.signs) :])
        event, reason = IncidentEvent.UPDATED, f"new sign: {new}"
    elif severity is not before.severity:
        event, reason = IncidentEvent.UPDATED, f"severity rose to {severity}"
    elif now_s - before.updated_s < PAUSE_S:
        return None
    elif course.signal is not Signal.SILENCE and course.leading.times_usual >= WORSE * before.told_ratio:
        event, reason = IncidentEvent.UPDATED, "it grew"
    elif now_s - before.updated_s >= GOES_ON_S and course.leading.above:
        event, reason = IncidentEvent.UPDATED, "it goes on"
    else:
        return None
    told = replace(
        course,
        severity=severity,
        revision=course.revision + 1,
        updated_s=now_s,
        told_ratio=max(course.told_ratio, course.leading.times_usual),
    )
    return Step(event, told, reason)
