"""What a backtest has to say of one watch, and what that comes to in pages a month. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from models.spike import Sensitivity
from streams.records import Incident, Mark, Planned, Severity, Verdict
from streams.report.data import Blind
from streams.review.opened import Opened

MONTH: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted from `at` on, and what the rule in force held to be usual."""

    at: datetime
    mentions: float
    expected: float | None
    limit: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """An incident as it opened, when it came to the highest severity it had, and in its last state."""

    first: Incident
    gravest: Incident
    last: Incident
    at: tuple[str, str | None] | None = None
    """Of a bare series: its opening and its end as the file writes them."""

    @classmethod
    def opened(cls, first: Incident) -> Found:
        return cls(first, first, first)

    def then(self, state: Incident) -> Found:
        """With its next state. A severity only rises."""
        graver = state.severity is not self.gravest.severity
        return replace(self, gravest=state if graver else self.gravest, last=state)

    @property
    def grew(self) -> bool:
        """Whether it was graver later than when it opened."""
        return self.gravest.severity is not self.first.severity

    def severities(self, called: Callable[[Severity], str], when: Callable[[datetime], str]) -> str:
        """As it opened, and the highest with the time of it where that came later."""
        opened = called(self.first.severity)
        if not self.grew:
            return opened
        return f"{opened}, {called(self.gravest.severity)} {when(self.gravest.updated_at)}"

    def meets(self, other: Incident) -> bool:
        return Opened(incident=self.last).meets(Opened(incident=other))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a rule opened; `limits` are its own, by the start of the hour."""

    rule: Sensitivity
    in_force: bool
    found: tuple[Found, ...]
    limits: Mapping[datetime, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One watch, or one bare series. `recorded` is what really was opened; None where nobody recorded.

    Looked for in [since, until); learnt from `learnt_from` on. `one` is the length of a bin of `counted`.
    `heard` is the time in which somebody listened. `marked` are verdicts on what was opened. `deleted`
    posts, of any watch, were there when it was, and are not now.
    """

    watch: str
    learnt_from: datetime
    since: datetime
    until: datetime
    heard: timedelta
    counted: tuple[Counted, ...]
    blind: tuple[Blind, ...]
    planned: tuple[Planned, ...] = ()
    tried: tuple[Tried, ...]
    recorded: tuple[Found, ...] | None = None
    marked: tuple[tuple[Incident, Mark], ...] = ()
    deleted: int = 0
    one: timedelta = timedelta(hours=1)

    @property
    def in_force(self) -> Tried:
        return next(tried for tried in self.tried if tried.in_force)


def within(case: Case, since: datetime, until: datetime) -> Case:
    """The part in [since, until) alone: what opened in it, and what was counted."""
    return replace(
        case,
        since=since,
        until=until,
        heard=case.heard * ((until - since) / (case.until - case.since)),
        counted=tuple(each for each in case.counted if since < each.at + case.one and each.at < until),
        blind=tuple(gap for gap in case.blind if gap.until_at > since and gap.from_at < until),
        planned=tuple(event for event in case.planned if event.until_at > since and event.from_at < until),
        recorded=None if case.recorded is None else _opened_in(case.recorded, since, until),
        tried=tuple(
            replace(
                tried,
                found=_opened_in(tried.found, since, until),
                limits={
                    at: limit for at, limit in tried.limits.items() if since < at + case.one and at < until
                },
            )
            for tried in case.tried
        ),
    )


def _opened_in(found: Iterable[Found], since: datetime, until: datetime) -> tuple[Found, ...]:
    return tuple(each for each in found if since <= each.first.opened_at < until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a rule comes to, beside the rule in force.

    `only_here` it alone opened; `missed` the rule in force alone did. `sooner_s` is the median lead over the
    rule in force, on what both opened. Of what people marked true and false, it opened `true` and `false`.
    """

    opened: int
    by_severity: Mapping[Severity, int]
    a_month: float | None
    only_here: int = 0
    missed: int = 0
    sooner_s: float | None = None
    true: int = 0
    false: int = 0


def sums(found: Sequence[Found], beside: Sequence[Found], case: Case) -> Sums:
    """`beside` is what the rule in force opened."""
    both = [(each, other) for each in found if (other := counterpart(each, beside)) is not None]
    leads = [(other.last.opened_at - each.last.opened_at).total_seconds() for each, other in both]
    right = {
        verdict: sum(
            mark.verdict is verdict and any(each.meets(incident) for each in found)
            for incident, mark in case.marked
        )
        for verdict in Verdict
    }
    return Sums(
        opened=len(found),
        by_severity={level: sum(each.last.severity is level for each in found) for level in Severity},
        a_month=len(found) * (MONTH / case.heard) if case.heard else None,
        only_here=len(found) - len(both),
        missed=sum(counterpart(each, found) is None for each in beside),
        sooner_s=statistics.median(leads) if leads else None,
        true=right[Verdict.TRUE],
        false=right[Verdict.FALSE],
    )


def counterpart(found: Found, others: Iterable[Found]) -> Found | None:
    """The first of `others` about the same matter."""
    return next((other for other in others if found.meets(other.last)), None)


@dataclass(slots=True)
class Matter:
    """What several rules opened about one thing: (the rule's name, its incident).

    That of the rule in force comes first and is the one told; the others stand in the order of opening.
    """

    by: list[tuple[str, Found]]

    @property
    def told(self) -> Found:
        return self.by[0][1]

    def takes(self, name: str, found: Found) -> bool:
        return all(name != other for other, _ in self.by) and any(
            found.meets(other.last) for _, other in self.by
        )


def matters(opened_by: Iterable[tuple[str, Sequence[Found]]], in_force: str) -> list[Matter]:
    """Everything that any rule opened, once each, in the order of time. `in_force` is a rule's name."""
    everything = [(name, each) for name, found in opened_by for each in found]
    out: list[Matter] = []
    for name, each in sorted(everything, key=lambda entry: entry[1].last.opened_at):
        matter = next((matter for matter in out if matter.takes(name, each)), None)
        if matter is None:
            out.append(Matter([(name, each)]))
        else:
            matter.by.append((name, each))
    for matter in out:
        matter.by.sort(key=lambda entry: entry[0] != in_force)
    return sorted(out, key=lambda matter: matter.told.last.opened_at)
