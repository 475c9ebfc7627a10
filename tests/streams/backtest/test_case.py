"""What rules come to, by hand: who opened what, how much sooner, how many pages a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce

import pytest

from models.spike import Sensitivity
from streams.backtest.case import Case, Found, Sums, Tried, counterpart, matters, sums
from streams.records import IncidentState, Severity, Signal, Verdict
from tests.streams.store.examples import T0, incident, mark


def hour(number: float) -> datetime:
    return T0 + timedelta(hours=number)


def found(
    at_h: float, until_h: float | None = None, *, severity: Severity = Severity.WARNING,
    signal: Signal = Signal.VOLUME,
) -> Found:  # fmt: skip
    first = replace(incident(), id=f"{signal}-{at_h}", opened_at=hour(at_h), signal=signal)
    last = first if until_h is None else replace(
        first, resolved_at=hour(until_h), state=IncidentState.RESOLVED
    )  # fmt: skip
    last = replace(last, severity=severity)
    return Found(first, last, last)


IN_FORCE = (found(10, 12), found(20, 22, severity=Severity.CRITICAL), found(30, 31))
EAGER = (
    found(3, 4, severity=Severity.INFO), found(9, 12), found(19.5, 23), found(20, 21, signal=Signal.VIP),
)  # fmt: skip


def case(*, days: float = 15) -> Case:
    return Case(
        watch="flood",
        learnt_from=hour(-100),
        since=hour(0),
        until=hour(24 * days),
        heard=timedelta(days=days),
        counted=(),
        blind=(),
        tried=(
            Tried(rule=Sensitivity.BALANCED, in_force=True, found=IN_FORCE, limits={}),
            Tried(rule=Sensitivity.MORE, in_force=False, found=EAGER, limits={}),
        ),
        marked=(
            (IN_FORCE[0].last, mark()),
            (IN_FORCE[2].last, mark()),
            (EAGER[0].last, mark(verdict=Verdict.FALSE)),
        ),
    )


def test_a_rule_beside_the_one_in_force() -> None:
    assert sums(EAGER, IN_FORCE, case()) == Sums(
        opened=4,
        by_severity={Severity.INFO: 1, Severity.WARNING: 3, Severity.CRITICAL: 0},
        a_month=8.0,
        only_here=2,
        missed=1,
        sooner_s=2_700.0,
        true=1,
        false=1,
    )
    own = sums(IN_FORCE, IN_FORCE, case())
    assert (own.a_month, own.only_here, own.missed, own.sooner_s, own.true, own.false) == (
        6.0,
        0,
        0,
        0.0,
        2,
        0,
    )


def test_nothing_and_no_time() -> None:
    nothing = sums((), IN_FORCE, case(days=0))
    assert (nothing.opened, nothing.a_month, nothing.missed, nothing.sooner_s) == (0, None, 3, None)


def test_what_goes_on_meets_what_comes() -> None:
    assert counterpart(found(1), [found(0, 1), found(99, 100)]) == found(99, 100)
    assert counterpart(found(1, 2), [found(2, 3)]) is None


def test_one_matter_is_told_once() -> None:
    told = matters([("in force", IN_FORCE), ("more", EAGER)], "in force")
    assert [[(name, each.first.id) for name, each in matter.by] for matter in told] == [
        [("more", "volume-3")],
        [("in force", "volume-10"), ("more", "volume-9")],
        [("in force", "volume-20"), ("more", "volume-19.5")],
        [("more", "vip-20")],
        [("in force", "volume-30")],
    ]
    # Each is the rule's in force, whatever another opened, ended or called it.
    assert [matter.told for matter in told] == [EAGER[0], *IN_FORCE[:2], EAGER[3], IN_FORCE[2]]
    # Two of one rule are two, whatever a long one of another bridges.
    bridged = matters([("a", (found(0, 1), found(5, 6))), ("b", (found(0.5, None),))], "none")
    assert [[name for name, _ in matter.by] for matter in bridged] == [["a", "b"], ["a"]]
    assert matters([("a", ())], "a") == []


def test_a_severity_belongs_to_the_moment_it_was_reached() -> None:
    first = replace(incident(), severity=Severity.WARNING)
    worse = replace(first, severity=Severity.CRITICAL, updated_at=hour(1), revision=2)
    told = reduce(Found.then, [replace(first, revision=2), worse, replace(worse, revision=4)],
                  Found.opened(first))  # fmt: skip
    assert (told.first, told.gravest, told.last.revision, told.grew) == (first, worse, 4, True)
    calm = Found.opened(first).then(replace(first, revision=2))
    assert (calm.gravest, calm.grew) == (first, False)


@pytest.mark.parametrize("rule", Sensitivity)
def test_one_rule_is_in_force(rule: Sensitivity) -> None:
    tried = tuple(Tried(rule=each, in_force=each is rule, found=(), limits={}) for each in Sensitivity)
    assert replace(case(), tried=tried).in_force.rule is rule
