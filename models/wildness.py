"""How wild a series is: how far its highest days are above its ordinary ones.

For each window the surprise is the signed root of the deviance of a negative binomial whose rate is known
to some 14% (a plain Poisson would make a loud hour more suspect than a quiet one). Divided by the median of
its own daily maxima it says how many times an ordinary day's highest it is. What the 4th to 7th highest
days of the last four weeks reached of that is the tail: 1.0 to 1.3 where chance alone is at work, 1.4 to 4
where bursts that are no events are daily bread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from models.kept import Kept, short
from models.ordinary import chance_in_a_day

_CAP: Final = 15.0
"""In ordinary days: a day is remembered as no more."""


@dataclass(frozen=True, slots=True)
class WildnessPolicy:
    """Everything that can be tuned. Lengths in seconds unless named."""

    windows_s: tuple[int, ...] = (300, 900, 3_600)
    uncertainty: float = 0.02
    """Squared: how well an expected count is known at best."""
    ordinary_days: int = 21
    pseudo_days: int = 1
    least_share: float = 0.5
    tail_days: int = 28
    first_rank: int = 4
    last_rank: int = 7
    prior_tail: float = 1.4
    """A series is held for this wild until its own days say more."""
    proven_days: int = 21
    """Until so many are lived what is believed of the tail goes from `prior_tail` to what they say."""


@dataclass(slots=True)
class Wildness(Kept):
    """State: of each kept day the highest surprise by window, and the highest of them in ordinary days."""

    today: list[float] = field(default_factory=list)
    days: list[list[float]] = field(default_factory=list)
    tails: list[float] = field(default_factory=list)
    yardstick: list[float] = field(default_factory=list)
    tail: float = 0.0


def surprise(seen: float, mean: float, uncertainty: float) -> float:
    """Signed root of the negative binomial deviance of a count above its mean.

    >>> round(surprise(25.0, 5.0, 0.0), 2), round(surprise(25.0, 5.0, 0.1), 2)
    (6.36, 4.93)
    """
    inverse = 1.0 / max(uncertainty, 1e-9)
    deviance = seen * math.log(seen / mean)
    deviance -= (seen + inverse) * math.log((seen + inverse) / (mean + inverse))
    return math.sqrt(max(2.0 * deviance, 0.0))


def ranked(days: Sequence[float], whole: int, first_rank: int, last_rank: int, least: float) -> float | None:
    """The geometric mean of these ranks of `whole` days, or of the same part of the fewer there are.

    None of no days. No day counts for less than `least`.
    """
    if not days:
        return None
    part = len(days) / whole
    first = round((first_rank - 1) * part)
    last = max(round(last_rank * part), first + 1)
    chosen = [max(one, least) for one in sorted(days, reverse=True)[first:last]]
    return math.exp(sum(map(math.log, chosen)) / len(chosen))


def believed(said: float | None, prior: float, days: int, proven_days: int) -> float:
    """Geometrically between the prior and what that many days say."""
    if said is None:
        return prior
    proven = min(days / proven_days, 1.0)
    return math.exp(proven * math.log(said) + (1.0 - proven) * math.log(prior))


class WildnessMeter:
    """Reads rings of counts and means that its owner keeps, newest last."""

    __slots__ = ("_lanes", "policy", "state", "step_s")

    def __init__(self, policy: WildnessPolicy, state: Wildness, step_s: int) -> None:
        self.policy = policy
        self.state = state
        self.step_s = step_s
        lengths = sorted({max(step_s, window_s // step_s * step_s) for window_s in policy.windows_s})
        self._lanes = [(window_s, window_s // step_s) for window_s in lengths]
        if not state.yardstick:
            self.measure()

    def note(self, counts: Sequence[float], means: Sequence[float]) -> None:
        """An ordinary step was pushed last."""
        today, uncertainty = self.state.today, self.policy.uncertainty
        for place, (_, steps) in enumerate(self._lanes):
            seen, mean = sum(counts[-steps:]), sum(means[-steps:])
            if not seen > mean > 0.0:
                continue
            highest = today[place]
            # Pearson's is never the smaller of the two, and costs no logarithm.
            if (seen - mean) ** 2 <= highest * highest * mean * (1.0 + uncertainty * mean):
                continue
            value = surprise(seen, mean, uncertainty)
            if value > highest:
                today[place] = min(value, _CAP * self.state.yardstick[place])

    def close_day(self, *, keep: bool) -> None:
        """Local midnight: file the day, if it is to be kept, and measure."""
        state, policy = self.state, self.policy
        if keep:
            highest = max(value / yard for value, yard in zip(state.today, state.yardstick, strict=True))
            state.days = [
                *state.days[-(policy.ordinary_days - 1) :],
                [short(value) for value in state.today],
            ]
            state.tails = [*state.tails[-(policy.tail_days - 1) :], short(highest)]
        self.measure()

    def measure(self) -> None:
        state, policy = self.state, self.policy
        state.today = [0.0] * len(self._lanes)
        state.yardstick = []
        for place, (window_s, _) in enumerate(self._lanes):
            prior = chance_in_a_day(window_s)
            highest = [day[place] for day in state.days]
            usual = median([*highest, *[prior] * policy.pseudo_days])
            state.yardstick.append(round(max(usual, policy.least_share * prior), 6))
        said = ranked(state.tails, policy.tail_days, policy.first_rank, policy.last_rank, 1.0)
        tail = believed(said, policy.prior_tail, len(state.tails), policy.proven_days)
        state.tail = round(tail, 6)
