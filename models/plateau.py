"""A new level: what has stood apart from the usual for days, evenly, is the usual from now on.

A level that learns slowly is not moved by a crisis, and for the same reason takes a week to follow a source
that was added or a topic that came to stay: an incident would go on for all of it, and hide what comes
then. So each day's own level is kept, and some whole days in a row that agree with each other and not with
the level are believed: three above it, five below, since a long weekend is quiet and comes to an end.
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
    most_uneven: float = 1.5
    """The highest of them is at the most so many times the lowest: what grows or fades is no plateau."""
    least_deviations: float = 4.0
    """And each is as far from the level as chance does not take it."""


@dataclass(slots=True)
class Plateau(Kept):
    """State: of today what was seen and expected in the steps that teach, and of the days before theirs."""

    seen: float = 0.0
    expected: float = 0.0
    steps: int = 0
    days: list[float] = field(default_factory=list)

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
            kept = max(policy.rise_days, policy.drop_days) - 1
            self.days = [*self.days[-kept:], round(own, _DIGITS)]
        self.seen, self.expected, self.steps = 0.0, 0.0, 0
        return self._ratio(policy, level) if whole else 1.0

    def _ratio(self, policy: PlateauPolicy, level: float) -> float:
        for days, sign in ((policy.rise_days, 1), (policy.drop_days, -1)):
            last = self.days[-days:]
            if len(last) < days or min(last) <= 0.0 or max(last) > policy.most_uneven * min(last):
                continue
            if all(sign * math.log(own / level) >= math.log(policy.least_ratio) for own in last):
                return median(last) / level
        return 1.0
