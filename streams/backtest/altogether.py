"""What a rule comes to over all watches tried: a person on duty has one pager for all of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final

from models.spike import Sensitivity
from streams.backtest.case import MONTH, Case, Found
from streams.records import Severity

AT_ONCE: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Altogether:
    """`at_once` opened within half an hour of another watch's before them: often one matter, told again."""

    rule: str
    in_force: bool
    watches: int
    opened: int
    by_severity: Mapping[Severity, int]
    a_month: float | None
    at_once: int


def altogether(cases: Sequence[Case]) -> Iterator[Altogether]:
    """The watches as they stand, where their sensitivities differ, and under each rule tried of all."""
    own = {case.in_force.rule for case in cases}
    if len(own) > 1:
        yield _sum("in force", [(case, case.in_force.found) for case in cases], in_force=True)
    for rule in Sensitivity:
        found = [(case, tried.found) for case in cases for tried in case.tried if tried.rule is rule]
        if len(found) == len(cases):
            yield _sum(rule.value, found, in_force=own == {rule})


def _sum(rule: str, by_case: Sequence[tuple[Case, Sequence[Found]]], *, in_force: bool) -> Altogether:
    everything = [each for _, found in by_case for each in found]
    heard = all(case.heard for case, _ in by_case)
    opened = sorted((each.first.opened_at, each.first.watch) for each in everything)
    return Altogether(
        rule=rule,
        in_force=in_force,
        watches=len(by_case),
        opened=len(everything),
        by_severity={level: sum(each.last.severity is level for each in everything) for level in Severity},
        a_month=sum(len(found) * (MONTH / case.heard) for case, found in by_case) if heard else None,
        at_once=sum(
            after[0] - before[0] <= AT_ONCE and after[1] != before[1] for before, after in pairwise(opened)
        ),
    )
