"""How loud an hour of the week is against the mean of the week, from what was seen in each of its 168 cells.

Kept is one table, hours by weekdays; every effect is read from it anew, so that what one of them explained
too early is taken back as soon as more is known. An hour of a weekday is

    the hour of the day x weekday or weekend x that hour on that kind of day x that weekday x that hour on it

The first two are shrunk towards 1 by their standard errors (empirical Bayes). The others count as far as
they are significant (the non-negative garrote: L. Breiman, Technometrics 37, 1995). So chance makes next to
nothing of them, and nights and weekends are known in days. A day that stands out of its kind at an hour (the
evening of the weekly broadcast) is left out, as far as it does, of what the other days share: otherwise it
would make their evenings louder, and be itself no exception. A weekday that is louder as a whole has to be
so for weeks: the days after a new level are measured by the old one, and would all be habits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import add, mul
from statistics import median, median_low
from typing import Final

HOURS: Final = 24
WEEKDAYS: Final = 7
SATURDAY: Final = 5
_LEAST: Final = 0.03
"""No cell is taken for quieter than this share of the mean ..."""
_LEAST_RATIO: Final = 0.05
"""... and nothing for less than this share of what it is measured by."""
_KINDS: Final = (range(SATURDAY), range(SATURDAY, WEEKDAYS))


@dataclass(frozen=True, slots=True)
class WeekShapePolicy:
    """What is taken for chance, and what is believed."""

    spread: float = 0.5
    """How far hours of a day, and kinds of days, usually are from the mean; squared, a prior variance."""
    hour_noise: float = 0.03
    """Variance of one hour around its usual share, beside what chance brings ..."""
    day_noise: float = 0.015
    """... and of one day."""
    weekday_noise: float = 0.1
    """Variance of one whole weekday around its kind: a level that is just moving is no habit of a weekday."""
    garrote: float = 2.0
    """What is less than this many standard errors from nothing is nothing."""


@dataclass(frozen=True, slots=True)
class DayKind:
    """How many times the mean a weekday, or a weekend, is: as seen, and as believed."""

    seen: float = 1.0
    believed: float = 1.0


@dataclass(frozen=True, slots=True)
class Week:
    """What all cells together say: how many times the mean each hour is, as seen, and of the two kinds."""

    by_hour: tuple[float, ...] = (0.0,) * HOURS
    kinds: tuple[DayKind, DayKind] = (DayKind(), DayKind())


def _hour_sums(cells: Sequence[float]) -> list[float]:
    """The sums over the seven days. Written out, which is faster than a loop: it is read every hour."""
    days = [cells[day : day + HOURS] for day in range(0, WEEKDAYS * HOURS, HOURS)]
    return [a + b + c + d + e + f + g for a, b, c, d, e, f, g in zip(*days, strict=True)]


def _inner(one: Sequence[float], other: Sequence[float]) -> float:
    total: float = sum(map(mul, one, other))
    return total


def _proven(visits: float) -> float:
    """What one visit says is no habit, for a source may have been down; what about two say is."""
    return min(max(visits - 1.0, 0.0), 1.0)


class WeekShape:
    """Reads tables of 168 cells, Monday's hours first: sums of counts over the level, and of weights (steps).

    A visit is an hour of a day, or a step where that is longer; `a_visit` is the level in mentions a visit.
    """

    __slots__ = ("_per_day", "_per_visit", "_visits", "policy")

    def __init__(self, policy: WeekShapePolicy, step_s: int) -> None:
        self.policy = policy
        self._per_visit = max(1.0, 3_600 / step_s)
        """Steps in a visit of a cell."""
        self._visits = min(float(HOURS), max(1.0, 86_400 / step_s))
        """Visits in a day."""
        self._per_day = self._visits * self._per_visit

    def read(self, counts: Sequence[float], weights: Sequence[float], a_visit: float) -> Week:
        """What every hour of the week is read against."""
        split = SATURDAY * HOURS
        heard = _hour_sums(weights)
        at_weekends = [*map(add, weights[split : split + HOURS], weights[split + HOURS :])]
        by_hour = tuple(
            count / weight if weight else 0.0 for count, weight in zip(_hour_sums(counts), heard, strict=True)
        )
        whole, weekend = _inner(by_hour, heard), _inner(by_hour, at_weekends)
        expected = [whole - weekend, weekend]
        seen = [sum(counts[:split]), sum(counts[split:])]
        days = [sum(weights[:split]), sum(weights[split:])]
        noise = (1.0 / max(a_visit * self._visits, 0.25) + self.policy.day_noise) * self._per_day
        weekdays, weekends = (
            self._kind(seen[kind], expected[kind], noise / max(days[kind], 1e-9)) for kind in (0, 1)
        )
        return Week(by_hour, (weekdays, weekends))

    def _kind(self, seen: float, expected: float, noise: float) -> DayKind:
        if not expected > 0.0:
            return DayKind()
        ratio = max(seen / expected, _LEAST)
        return DayKind(ratio, 1.0 + self._trust(noise) * (ratio - 1.0))

    def factor(
        self,
        counts: Sequence[float],
        weights: Sequence[float],
        hour: int,
        weekday: int,
        a_visit: float,
        week: Week,
    ) -> tuple[float, float]:
        """(what this hour is on days of this kind, what it is besides on this weekday)."""
        own, weight = counts[hour::HOURS], weights[hour::HOURS]
        if not any(weight):
            return week.kinds[weekday >= SATURDAY].believed, 1.0
        factor, usual = self._of_kind(own, weight, weekday, a_visit, week)
        if not weight[weekday]:
            return factor, 1.0
        visits = sum(weights[weekday * HOURS : (weekday + 1) * HOURS]) / self._per_day
        day = self._day_ratio(counts, weights, weekday, week)
        if day < 1.0:
            # Or the hours in which a source was up again would be loud ones of a silent day.
            day **= _proven(visits)
        noise = 1.0 / max(a_visit * self._visits, 0.25) + self.policy.weekday_noise
        habit = self._significant(day, noise / visits)
        if day > 1.0:
            habit **= _proven(visits)
        apart = max(own[weekday] / weight[weekday], _LEAST) / (usual * day)
        besides = self._significant(apart, self._noise(a_visit * factor) / weight[weekday])
        if besides < 1.0:
            besides **= _proven(weight[weekday] / self._per_visit)
        return factor, habit * besides

    def _of_kind(
        self, own: Sequence[float], weight: Sequence[float], weekday: int, a_visit: float, week: Week
    ) -> tuple[float, float]:
        """(believed, seen): how many times the mean an hour is on days of this kind."""
        kinds = week.kinds
        kind = kinds[weekday >= SATURDAY]
        shares = self._taking_part(own, weight, a_visit, kinds)
        seen = [share * one for share, one in zip(shares, own, strict=True)]
        heard = [share * one for share, one in zip(shares, weight, strict=True)]
        expected = kinds[0].seen * sum(heard[:SATURDAY]) + kinds[1].seen * sum(heard[SATURDAY:])
        by_hour = max(sum(seen) / expected, _LEAST)
        noise = self._noise(a_visit) / sum(heard)
        factor = max((1.0 + self._trust(noise) * (by_hour - 1.0)) * kind.believed, _LEAST)
        days = _KINDS[weekday >= SATURDAY]
        visits = sum(heard[day] for day in days)
        if not visits:
            return factor, factor
        usual = max(sum(seen[day] for day in days) / visits, _LEAST)
        factor *= self._significant(usual / factor, self._noise(a_visit * factor) / visits)
        return max(factor, _LEAST), usual

    def _day_ratio(
        self, counts: Sequence[float], weights: Sequence[float], weekday: int, week: Week
    ) -> float:
        """How many times its kind a weekday is: the median of its thirds, so that an evening is no day."""
        thirds: list[float] = []
        kind = week.kinds[weekday >= SATURDAY].seen
        for first in range(0, HOURS, HOURS // 3):
            begins, last = weekday * HOURS + first, first + HOURS // 3
            ends = weekday * HOURS + last
            expected = kind * _inner(week.by_hour[first:last], weights[begins:ends])
            if expected > 0.0:
                thirds.append(max(sum(counts[begins:ends]) / expected, _LEAST_RATIO))
        return median(thirds) if thirds else 1.0

    def _taking_part(
        self,
        counts: Sequence[float],
        weights: Sequence[float],
        a_visit: float,
        kinds: tuple[DayKind, DayKind],
    ) -> list[float]:
        """How far each day of an hour takes part in what the days share: the one that stands out most of its
        kind by what is not significant of it. Of two that differ, the one further from what days usually
        are, and of only two days, the louder.
        """
        shares = [1.0] * WEEKDAYS
        bound = self.policy.garrote**2
        usual = 0.0
        for days, kind in zip(_KINDS, kinds, strict=True):
            count, weight = sum(counts[day] for day in days), sum(weights[day] for day in days)
            furthest = (bound, 0.0, -1)
            for day in days:
                others = weight - weights[day]
                if not weights[day] or others <= 0.5:
                    continue
                here = max(counts[day] / weights[day], _LEAST)
                there = max((count - counts[day]) / others, _LEAST)
                noise = self._noise(a_visit * count / weight) * (1.0 / weights[day] + 1.0 / others)
                away = math.log(here / there) ** 2 / noise
                if away > bound:
                    usual = usual or self._usual(counts, weights, kinds)
                    furthest = max(furthest, (round(away, 3), abs(math.log(here / (usual * kind.seen))), day))
            if furthest[2] >= 0:
                shares[furthest[2]] = bound / furthest[0]
        return shares

    def _usual(
        self, counts: Sequence[float], weights: Sequence[float], kinds: tuple[DayKind, DayKind]
    ) -> float:
        """What an hour is on the middle one of the days heard, each measured by its kind."""
        heard = [day for day in range(WEEKDAYS) if weights[day]]
        usual = median_low(counts[day] / weights[day] / kinds[day >= SATURDAY].seen for day in heard)
        return max(usual, _LEAST)

    def _noise(self, a_visit: float) -> float:
        """Variance of the logarithm of a visit's count over its expectation, times the steps of a visit."""
        return (1.0 / max(a_visit, 0.02) + self.policy.hour_noise) * self._per_visit

    def _trust(self, noise: float) -> float:
        """How much of what was seen is believed, at this variance of it."""
        prior = self.policy.spread**2
        return prior / (prior + noise)

    def _significant(self, ratio: float, noise: float) -> float:
        """What is left of a ratio whose logarithm has this variance."""
        away = math.log(max(ratio, _LEAST_RATIO))
        left = 1.0 - self.policy.garrote**2 * noise / max(away * away, 1e-9)
        return math.exp(left * away) if left > 0.0 else 1.0
