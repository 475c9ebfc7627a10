"""The life of an incident, as a table: what was, what happened, what is told and why."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from models.severity import Judgement, Level
from streams.incidents.life import (
    GOES_ON_S,
    PAUSE_S,
    WORSE,
    Change,
    Course,
    Happening,
    Sign,
    incident_id,
    news,
    refresh,
    settle,
)
from streams.records import IncidentEvent, Severity, Signal

NOW_S = 1_772_400_000
INFO, WARNING, CRITICAL = (
    Judgement("info", 0, ()),
    Judgement("warning", 3, ("size:+3",)),
    Judgement("critical", 6, ("size:+3", "urgent:+5")),
)


def sign(signal: Signal, observed: float = 50, *, active: bool = True, since_s: int = NOW_S - 900) -> Sign:
    return Sign(signal, since_s, observed, expected=5, limit=20, window_s=900, active=active)


def course(*signs: Sign, severity: Severity = Severity.WARNING, told_ratio: float = 5.5) -> Course:
    return Course(
        id="w-volume-20260301T2000Z",
        signal=signs[0].signal,
        opened_s=NOW_S - 600,
        updated_s=NOW_S - 600,
        revision=1,
        severity=severity,
        signs=signs,
        told_ratio=told_ratio,
    )


def rose(signal: Signal, *, again: bool = False) -> Change:
    return Change(Happening.ROSE, sign(signal), again=again)


def fell(signal: Signal) -> Change:
    return Change(Happening.FELL, sign(signal, 1))


VOLUME, NEGATIVE, URGENT = Signal.VOLUME, Signal.NEGATIVE, Signal.URGENT
OLD_S = NOW_S - PAUSE_S
LONG_S = NOW_S - GOES_ON_S

TABLE: list[tuple[str, Course | None, list[Change], Judgement, tuple[IncidentEvent, str] | None]] = [
    ("nothing rose", None, [fell(VOLUME)], WARNING, None),
    ("one rose", None, [rose(VOLUME)], WARNING, (IncidentEvent.OPENED, "above its limit")),
    (
        "it rose in the pause",
        None,
        [rose(VOLUME, again=True)],
        WARNING,
        (IncidentEvent.OPENED, "worse than the one that ended shortly before"),
    ),
    (
        "a second sign joins",
        course(sign(VOLUME)),
        [rose(NEGATIVE)],
        WARNING,
        (IncidentEvent.UPDATED, "new sign: negative"),
    ),
    (
        "two signs join at once",
        course(sign(VOLUME)),
        [rose(NEGATIVE), rose(URGENT)],
        WARNING,
        (IncidentEvent.UPDATED, "new sign: negative, urgent"),
    ),
    (
        "severity rises at once, pause or not",
        course(sign(VOLUME)),
        [],
        CRITICAL,
        (IncidentEvent.UPDATED, "severity rose to critical"),
    ),
    ("severity never falls", replace(course(sign(VOLUME)), severity=Severity.CRITICAL), [], INFO, None),
    ("it doubled, within the pause", course(sign(VOLUME, 1_000)), [], WARNING, None),
    (
        "it doubled",
        replace(course(sign(VOLUME, 1_000)), updated_s=OLD_S),
        [],
        WARNING,
        (IncidentEvent.UPDATED, "it grew"),
    ),
    ("it grew by less", replace(course(sign(VOLUME, 60)), updated_s=OLD_S), [], WARNING, None),
    (
        "it lasts above its limit",
        replace(course(sign(VOLUME)), updated_s=LONG_S),
        [],
        WARNING,
        (IncidentEvent.UPDATED, "it goes on"),
    ),
    ("it lasts below its limit", replace(course(sign(VOLUME, 19)), updated_s=LONG_S), [], WARNING, None),
    ("one of two ends", course(sign(VOLUME), sign(NEGATIVE)), [fell(NEGATIVE)], WARNING, None),
    (
        "the last one ends",
        course(sign(VOLUME), sign(NEGATIVE, active=False)),
        [fell(VOLUME)],
        INFO,
        (IncidentEvent.RESOLVED, "back to usual"),
    ),
    (
        "both end together",
        course(sign(VOLUME), sign(NEGATIVE)),
        [fell(VOLUME), fell(NEGATIVE)],
        INFO,
        (IncidentEvent.RESOLVED, "back to usual"),
    ),
]


@pytest.mark.parametrize(("before", "changes", "judged", "told"), [row[1:] for row in TABLE],
                         ids=[row[0] for row in TABLE])  # fmt: skip
def test_what_is_told(
    before: Course | None,
    changes: list[Change],
    judged: Judgement,
    told: tuple[IncidentEvent, str] | None,
) -> None:
    after = news("w", before, changes, NOW_S)
    step = None if after is None else settle(before, after, changes, judged, NOW_S)
    assert (None if step is None else (step.event, step.reason)) == told
    if step is not None:
        assert step.course.revision == (0 if before is None else before.revision) + 1
        assert step.course.updated_s == NOW_S
        assert step.course.id == (incident_id("w", VOLUME, NOW_S) if before is None else before.id)


@pytest.mark.parametrize("level", ["info", "warning", "critical"])
@pytest.mark.parametrize("held", list(Severity))
def test_severity_is_the_highest_there_ever_was(level: Level, held: Severity) -> None:
    order = ["info", "warning", "critical"]
    before = course(sign(VOLUME), severity=held)
    after = news("w", before, [rose(NEGATIVE)], NOW_S)
    assert after is not None
    step = settle(before, after, [rose(NEGATIVE)], Judgement(level, 0, ()), NOW_S)
    assert step is not None
    assert step.course.severity == max(level, held, key=order.index)


def test_the_id_is_of_watch_signal_and_start_alone() -> None:
    assert incident_id("crue", Signal.VOLUME, 1_772_400_000) == "crue-volume-20260301T2120Z"
    opened = news("w", None, [rose(NEGATIVE), rose(URGENT), rose(VOLUME)], NOW_S)
    assert opened is not None
    assert opened.signal is VOLUME
    later = news("w", opened, [rose(Signal.MISINFORMATION)], NOW_S + 300)
    assert later is not None
    assert (later.id, later.opened_s) == (opened.id, opened.opened_s)


def test_the_weightiest_active_sign_leads() -> None:
    both = course(sign(NEGATIVE), sign(VOLUME))
    assert both.leading.signal is VOLUME
    assert course(sign(Signal.MISINFORMATION, active=False), sign(NEGATIVE)).leading.signal is NEGATIVE
    assert course(sign(NEGATIVE), sign(URGENT), sign(VOLUME, active=False)).leading.signal is URGENT
    # It ends with its posts, and its end is told of them: not of a mood that lasts a day longer.
    assert course(sign(NEGATIVE), sign(VOLUME, active=False)).leading.signal is VOLUME
    assert course(sign(NEGATIVE, active=False), sign(VOLUME, active=False)).leading.signal is VOLUME


def test_a_sign_that_comes_back_keeps_its_first_moment() -> None:
    before = course(sign(VOLUME, since_s=100), sign(NEGATIVE, active=False, since_s=50))
    after = news("w", before, [rose(NEGATIVE)], NOW_S)
    assert after is not None
    assert [(each.signal, each.active, each.since_s) for each in after.signs] == [
        (VOLUME, True, 100),
        (NEGATIVE, True, 50),
    ]


def test_numbers_shown_are_the_present_ones_of_signs_that_last() -> None:
    before = course(sign(VOLUME, since_s=100), sign(NEGATIVE, active=False, since_s=50))
    after = refresh(before, {VOLUME: sign(VOLUME, 777), NEGATIVE: sign(NEGATIVE, 888)})
    assert [(each.observed, each.since_s) for each in after.signs] == [(777, 100), (50, 50)]


def test_numbers_shown_at_the_end_are_the_present_ones_of_all_signs() -> None:
    before = course(sign(VOLUME, active=False), sign(NEGATIVE))
    after = refresh(before, {VOLUME: sign(VOLUME, 7), NEGATIVE: sign(NEGATIVE, 8)})
    assert [(each.observed, each.active) for each in after.signs] == [(7, False), (8, True)]


def test_three_of_nothing_is_not_a_lot() -> None:
    few = Sign(VOLUME, 0, observed=3, expected=0.01, limit=2, window_s=900)
    many = Sign(VOLUME, 0, observed=300, expected=10, limit=20, window_s=900)
    assert few.times_usual < WORSE < many.times_usual


def test_silence_goes_on_and_does_not_grow() -> None:
    few = Sign(Signal.SILENCE, 0, observed=7, expected=116, limit=190, window_s=3_600)
    back = replace(few, observed=110.0)
    assert (few.above, back.above) == (True, False)
    held = replace(course(few, told_ratio=0.1), updated_s=OLD_S)
    # That they come back is no worse than silence, and no reason to write.
    assert settle(held, replace(held, signs=(back,)), [], WARNING, NOW_S) is None
    long = replace(held, updated_s=LONG_S)
    told = settle(long, long, [], WARNING, NOW_S)
    assert told is not None
    assert told.reason == "it goes on"


def test_a_course_survives_json() -> None:
    before = replace(course(sign(VOLUME), sign(NEGATIVE, active=False)), peak=40, phrases=("a", "b"))
    assert Course.from_json(orjson.loads(orjson.dumps(before.to_json()))) == before
