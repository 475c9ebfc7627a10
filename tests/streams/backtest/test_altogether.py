"""What several watches come to together, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models.spike import Sensitivity
from streams.backtest.altogether import altogether
from streams.backtest.case import Case, Found, Tried
from streams.records import Severity
from tests.streams.store.examples import T0, incident


def found(watch: str, at_min: float, severity: Severity = Severity.WARNING) -> Found:
    first = replace(incident(), id=f"{watch}-{at_min}", watch=watch, opened_at=T0 + timedelta(minutes=at_min))
    graver = replace(first, severity=severity)
    return Found(first, graver, graver)


def case(watch: str, days: float, own: Sensitivity, **opened: tuple[Found, ...]) -> Case:
    return Case(
        watch=watch,
        learnt_from=T0,
        since=T0,
        until=T0 + timedelta(days=30),
        heard=timedelta(days=days),
        counted=(),
        blind=(),
        tried=tuple(
            Tried(rule=rule, in_force=rule is own, found=opened[rule.value], limits={})
            for rule in Sensitivity
            if rule.value in opened
        ),
    )


def test_watches_add_up_each_over_the_time_it_was_heard() -> None:
    flood = case(
        "flood",
        30,
        Sensitivity.BALANCED,
        balanced=(found("flood", 0), found("flood", 500, Severity.INFO)),
        more=(found("flood", 0), found("flood", 10), found("flood", 500)),
    )
    school = case(
        "school",
        15,
        Sensitivity.MORE,
        balanced=(found("school", 20, Severity.CRITICAL),),
        more=(found("school", 20), found("school", 531)),
    )
    own, balanced, more = altogether([flood, school])
    assert (own.rule, own.in_force, own.watches, own.opened) == ("in force", True, 2, 4)
    assert own.a_month == pytest.approx(2 + 2 * 2)
    assert (balanced.rule, balanced.in_force, balanced.opened) == ("balanced", False, 3)
    assert balanced.by_severity == {Severity.INFO: 1, Severity.WARNING: 1, Severity.CRITICAL: 1}
    assert balanced.a_month == pytest.approx(2 + 1 * 2)
    # 0 and 10 are of one watch; 20 follows another's 10; 531 is more than half an hour after 500.
    assert (more.opened, more.at_once) == (5, 1)


def test_one_sensitivity_for_all_is_one_line_and_rules_not_tried_of_all_are_none() -> None:
    nothing: tuple[Found, ...] = ()
    same = [case(name, 30, Sensitivity.FEWER, fewer=nothing) for name in ("flood", "school")]
    (only,) = altogether(same)
    assert (only.rule, only.in_force, only.opened, only.a_month) == ("fewer", True, 0, 0.0)
    apart = [same[0], case("match", 30, Sensitivity.MORE, more=nothing)]
    assert [each.rule for each in altogether(apart)] == ["in force"]
    unheard = [same[0], case("match", 0, Sensitivity.FEWER, fewer=nothing)]
    assert [each.a_month for each in altogether(unheard)] == [None]
