"""A new level: what has stood apart from the usual for days, evenly, is the usual from now on.

A level that learns slowly is not moved by a crisis, and for the same reason takes a week to follow a source
that was added or a topic that came to stay: an incident would go on for all of it, and hide what comes
then. So each day's own level is kept, and some whole days in a row that agree with each other and not with
the level are believed: three above it, five below, since a long weekend is quiet and comes to an end. A
crisis of some days looks the same; so the level of the day before it is kept for a while, and one whole day
like that brings it back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from models.kept import Kept

DAY_S: Final = 86_400
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class PlateauPolicy:
    """Everything that can be tuned."""

    rise_days: int = 3
    drop_days: int = 5
    least_ratio: float = 1.4
    """Each of the days is so many times above, or below, the level."""
    most_uneven: float = 1.8
    """The highest of them is at the most so many times the lowest: what grows or fades is no plateau."""
    least_deviations: float = 4.0
    """And each is as far from the level as chance does not take it."""
    remembered_days: int = 28
    like: float = 1.2
    """So long one day of at the most so many times the level before a rise brings it back."""


@dataclass(slots=True)
class Plateau(Kept):
    """State: of today what was seen and expected in the steps that teach, and of the days before their
    levels; `before` is the level before the last rise, 0 for none, and `risen_days` how long ago it was."""

    seen: float = 0.0
    expected: float = 0.0
    steps: int = 0
    days: list[float] = field(default_factory=list)
    before: float = 0.0
    risen_days: int = 0

    def note(self, count: float, expected: float) -> None:
        """A step that teaches what is normal."""
        self.seen += count
        self.expected += expected
        self.steps += 1

    def close_day(self, policy: PlateauPolicy, level: float, deviation: float, step_s: int) -> float:
        """Local midnight: how many times the present `level` the new one is, 1 where it stays.

        `deviation` is that of a step's count in Poisson deviations. A day of which less than half taught
        anything is left out.
        """
        whole = self.steps * step_s > DAY_S // 2 and self.expected > 0.0
        if whole:
            off = self.seen - self.expected
            told = off * off >= policy.least_deviations**2 * deviation**2 * max(self.seen, self.expected)
            own = level * self.seen / self.expected if told else level
            kept = max(policy.rise_days + 1, policy.drop_days) - 1
            self.days = [*self.days[-kept:], round(own, _DIGITS)]
        self.seen, self.expected, self.steps = 0.0, 0.0, 0
        self.risen_days += 1
        if self.risen_days > policy.remembered_days:
            self.before = 0.0
        if not whole:
            return 1.0
        if 0.0 < self.days[-1] <= policy.like * self.before < level / policy.like:
            new, self.before = self.before, 0.0
            return new / level
        for days, sign in ((policy.rise_days, 1), (policy.drop_days, -1)):
            last = self.days[-days:]
            if len(last) < days or min(last) <= 0.0 or max(last) > policy.most_uneven * min(last):
                continue
            if all(sign * math.log(own / level) >= math.log(policy.least_ratio) for own in last):
                self.before = min(self.days[-days - 1], level) if sign > 0 and len(self.days) > days else 0.0
                self.risen_days = 0
                return median(last) / level
        return 1.0
