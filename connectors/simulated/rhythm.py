"""When people talk: the shape of a day and of a week in local time, and how chance counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from connectors.simulated.grammar import Draw

# Mentions in each hour of the day, relative to the mean of a day; the quietest at 4 in the morning.
_DAY: Final = (
    0.42, 0.25, 0.16, 0.12, 0.12, 0.19, 0.45, 0.85, 1.15, 1.25, 1.22, 1.25,
    1.40, 1.30, 1.18, 1.15, 1.20, 1.35, 1.52, 1.58, 1.62, 1.55, 1.25, 0.80,
)  # fmt: skip
# On Saturdays and Sundays the morning begins later.
_FREE_DAY: Final = (
    0.60, 0.40, 0.25, 0.16, 0.12, 0.12, 0.20, 0.42, 0.80, 1.18, 1.38, 1.42,
    1.40, 1.30, 1.22, 1.25, 1.30, 1.38, 1.48, 1.52, 1.55, 1.50, 1.22, 0.85,
)  # fmt: skip
_WEEK: Final = (1.04, 1.05, 1.03, 1.05, 1.06, 0.92, 0.85)

WANDER_HOURS: Final = 6.0
WANDER: Final = 0.10
"""How far a watch strays from its usual, as the standard deviation of the log, forgotten in WANDER_HOURS."""


def usual(local: datetime) -> float:
    """How lively a local moment is, relative to the mean of all weeks."""
    hour = local.hour + local.minute / 60
    weekday = local.weekday()
    table = _DAY if weekday < 5 else _FREE_DAY
    first = int(hour)
    share = hour - first
    return _WEEK[weekday] * (table[first] * (1 - share) + table[(first + 1) % 24] * share)


def along(points: Sequence[tuple[float, float]], at: float) -> float:
    """The value at `at` on the line through `points` (sorted); 0 before the first and after the last."""
    if not points or at < points[0][0] or at > points[-1][0]:
        return 0.0
    for (left, low), (right, high) in pairwise(points):
        if at <= right:
            return low + (high - low) * (at - left) / (right - left)
    return points[-1][1]


def normal(draw: Draw) -> float:
    """A standard normal number (Box and Muller 1958)."""
    return math.sqrt(-2.0 * math.log(1.0 - draw())) * math.cos(2.0 * math.pi * draw())


class Wander:
    """A factor around 1 that drifts: attention comes and goes for no reason."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._log = WANDER * normal(draw)

    def after(self, hours: float) -> float:
        kept = math.exp(-hours / WANDER_HOURS)
        self._log = kept * self._log + math.sqrt(1 - kept * kept) * WANDER * normal(self._draw)
        return math.exp(self._log)


def poisson(mean: float, draw: Draw) -> int:
    """A Poisson number (Knuth 1969), in parts of 30 so that nothing underflows."""
    total = 0
    while mean > 0:
        part = min(mean, 30.0)
        mean -= part
        limit, product = math.exp(-part), draw()
        while product > limit:
            total += 1
            product *= draw()
    return total
