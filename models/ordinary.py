"""What an ordinary day reaches, and what the highest days reached: the yardstick a series brings itself.

Kept are the daily maxima of a few readings over the last weeks, and of each day its greatest height. A
reading divided by the median of its daily maxima says how many times an ordinary day's highest it is,
whatever the series' level, shape or burstiness. Medians and ranks rather than moments: one huge burst is
one day among many, and cannot hide the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from models.kept import Kept, short

DAY_S: Final = 86_400


def chance_in_a_day(window_s: float) -> float:
    """What chance alone reaches in a day: about the greatest of as many standard normal looks as it has.

    >>> round(chance_in_a_day(86_400), 2), round(chance_in_a_day(300), 2)
    (1.7, 3.72)
    """
    return 0.35 + math.sqrt(2.0 * math.log(1.5 + DAY_S / window_s))


@dataclass(frozen=True, slots=True)
class OrdinaryPolicy:
    """How many days are looked at, and what stands in for those not lived yet."""

    days: int = 21
    pseudo_days: int = 5
    """Days of the prior that take part in every median."""
    least_share: float = 0.3
    """An ordinary day is never taken for less than this share of the prior's: a dead series stays sane."""
    ranked_days: int = 28
    first_rank: int = 1
    last_rank: int = 3
    fill_share: float = 0.25
    """Of the ranked days not lived yet, this share is taken to have been as high as `fill_height`."""
    fill_height: float = 1.66
    fade: float = 0.99
    """A past day's height is raised to this power each day: it fades towards 1, an ordinary day's."""


@dataclass(slots=True)
class Ordinary(Kept):
    """State. `yardstick` has one number a reading, in the order in which `note` is given them."""

    today: list[float] = field(default_factory=list)
    today_height: float = 0.0
    today_steps: int = 0
    days: list[list[float]] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    yardstick: list[float] = field(default_factory=list)
    ranked: float = 0.0

    def close_day(self, policy: OrdinaryPolicy, *, keep: bool) -> None:
        """Local midnight: file today's maxima (`keep`: enough of the day was seen) and begin another."""
        if keep and self.today:
            fade = policy.fade
            self.days = [*self.days[-(policy.days - 1) :], [short(value) for value in self.today]]
            faded = [short(height**fade) for height in self.heights[-(policy.ranked_days - 1) :]]
            self.heights = [*faded, short(self.today_height)]
        self.today = [0.0] * len(self.today)
        self.today_height = 0.0
        self.today_steps = 0

    def measure(self, prior: Sequence[float], policy: OrdinaryPolicy) -> None:
        """Refresh the yardstick from the days kept and the prior, once a day."""
        if len(self.today) != len(prior):
            self.today = [0.0] * len(prior)
        self.yardstick = [
            round(
                max(
                    median([day[place] for day in self.days] + [expected] * policy.pseudo_days),
                    policy.least_share * expected,
                ),
                6,
            )
            for place, expected in enumerate(prior)
        ]
        fill = int((policy.ranked_days - len(self.heights)) * policy.fill_share)
        highest = sorted([*self.heights, *[policy.fill_height] * fill], reverse=True)
        ranked = [max(height, 1.0) for height in highest[policy.first_rank - 1 : policy.last_rank]]
        self.ranked = round(math.exp(sum(map(math.log, ranked)) / len(ranked)), 6) if ranked else 0.0
