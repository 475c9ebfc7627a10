"""Marks and what they say: who may be marked, in which words not, and precision and delay by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from models.spike import Sensitivity
from streams.errors import UsageError
from streams.records import IncidentState, Mark, Signal, Verdict
from streams.review.marking import admit
from streams.review.opened import Opened
from streams.review.precision import Standing, review, verdict_on, wilson
from tests.streams.store.examples import T0, incident, mark

MORE = Sensitivity.MORE


def opened(
    name: str, at_h: float, until_h: float | None, *, shadow: Sensitivity | None = None, drill: bool = False,
    signal: Signal = Signal.VOLUME,
) -> Opened:  # fmt: skip
    return Opened(
        incident=replace(
            incident(),
            id=name,
            signal=signal,
            opened_at=hour(at_h),
            resolved_at=None if until_h is None else hour(until_h),
            state=IncidentState.OPEN if until_h is None else IncidentState.RESOLVED,
            drill=drill,
        ),
        shadow=shadow,
    )


def hour(number: float) -> datetime:
    return T0 + timedelta(hours=number)


def marked(*marks: Mark) -> dict[str, Mark]:
    return {each.incident: each for each in marks}


# May it be marked?


@pytest.mark.parametrize(
    ("said", "before", "sentence"),
    [
        (mark(incident="nothing"), (), "there is no incident 'nothing'"),
        (mark(incident="exercise"), (), "part of a drill"),
        (mark(incident="a", why="again"), (mark(incident="a"),), "is marked true already, by duty"),
        (mark(incident="a", began_at=hour(9)), (), "lies after the end of what it began"),
        (mark(incident="a", began_at=hour(-721)), (), "lies more than 30 days before a was opened, 2026"),
    ],
)
def test_what_cannot_be_marked_is_said(said: Mark, before: Sequence[Mark], sentence: str) -> None:
    known = [opened("a", 0, 2), opened("exercise", 0, 2, drill=True)]
    with pytest.raises(UsageError, match=sentence):
        admit(said, known, marked(*before))


def test_another_word_and_another_beginning_may_follow() -> None:
    known = [opened("a", 0, 2), opened("b-shadow-more", 5, None, shadow=MORE)]
    before = marked(mark(incident="a"))
    assert admit(mark(incident="a", verdict=Verdict.FALSE, began_at=None), known, before) is known[0]
    assert admit(mark(incident="a", began_at=hour(-2)), known, before) is known[0]
    assert admit(mark(incident="a", began_at=hour(-720)), known, before) is known[0]
    assert admit(mark(incident="b-shadow-more"), known, before) is known[1]


# What the marks say


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    # Newcombe, Statistics in Medicine 17, 1998, 857-872, table I.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718),
     (5, 5, 0.5655, 1)],
)  # fmt: skip
def test_wilsons_interval_is_the_published_one(right: int, total: int, low: float, high: float) -> None:
    interval = wilson(right, total)
    assert interval is not None
    assert list(interval) == pytest.approx([low, high], abs=5e-5)
    assert wilson(0, 0) is None


def test_a_shadow_is_reviewed_beside_the_rule_in_force() -> None:
    known = [
        opened("early", -9, -8),
        opened("a", 0, 2),
        opened("b", 10, 12),
        opened("c", 20, 22),
        opened("exercise", 30, 31, drill=True),
        opened("a-s", -0.5, 3, shadow=MORE),
        opened("s1", 5, 6, shadow=MORE),
        opened("s2", 7, 8, shadow=MORE),
        opened("c-s", 19, 21, shadow=MORE),
        opened("vip-s", 10, 12, shadow=MORE, signal=Signal.VIP),
    ]
    marks = marked(
        mark(incident="a", began_at=hour(-1)),
        mark(incident="b", began_at=hour(11)),
        mark(incident="c", verdict=Verdict.FALSE, began_at=None),
        mark(incident="s1", verdict=Verdict.FALSE, began_at=None),
        mark(incident="exercise"),
    )
    in_force, shadow = review(known, marks, {("flood", MORE): hour(-5)})
    assert in_force == Standing(
        watch="flood", shadow=None, incidents=4, true=2, false=1, delays_s=(-3_600.0, 3_600.0)
    )
    # a-s takes a's mark and c-s takes c's; vip-s is another matter than b, which the shadow missed.
    assert shadow == Standing(
        watch="flood", shadow=MORE, incidents=5, true=1, false=2, inherited=2, delays_s=(1_800.0,),
        since=hour(-5), beside=3, missed=1,
    )  # fmt: skip
    assert (in_force.unmarked, in_force.median_delay_s, in_force.precision) == (1, 0.0, 2 / 3)


def test_a_shadow_that_opened_nothing_has_its_line_too() -> None:
    (only,) = review([], {}, {("flood", Sensitivity.FEWER): T0})
    assert (only.shadow, only.incidents, only.precision, only.interval) == ("fewer", 0, None, None)
    assert (only.beside, only.missed) == (0, 0)


def test_of_several_that_it_meets_a_true_one_counts() -> None:
    long = opened("s", 0, 30, shadow=MORE)
    others = [opened("a", 1, 2), opened("b", 10, 12)]
    marks = marked(mark(incident="a", verdict=Verdict.FALSE), mark(incident="b"))
    assert verdict_on(long, others, marks) == marks["b"]
    assert verdict_on(long, others, marks | marked(mark(incident="s", why="own"))) == mark(
        incident="s", why="own"
    )
    assert verdict_on(opened("t", 3, 4, shadow=MORE), others, marks) is None
