"""The second look, for series that have proven predictable: how surprising a count is, against its own days.

A calm series needs no margin for jokes and giveaways: twenty mentions above five are in it a matter of
minutes, not of judgement. For each window the surprise is the signed root of the deviance of a negative
binomial whose rate is known to some 14% (a plain Poisson would make a loud hour more suspect than a quiet
one). Divided by the median of its own daily maxima it says how many times an ordinary day's highest it is.

How far above that the limit lies is learnt from the tail: what the 4th to 7th highest days of the last
four weeks reached. Where they hardly exceed an ordinary day the limit is low; where they do, it rises
steeply, and the ranked heights of `models.spike` decide alone. An aftermath counts for nothing: the days of
one rise are one day, so that three crises in a month do not make a calm series a wild one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any, Final

from models.ordinary import chance_in_a_day

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
SLOW_S: Final = 6 * HOUR_S
"""Windows from here on see slow burns."""
_DIGITS: Final = 3
_LONG_AGO: Final = 10**6
_CHANCE: Final = 0.8
"""The mean of |z| of a standard normal."""
_FAR: Final = 4.0
"""No step tells more of a spread than so many deviations."""


@dataclass(frozen=True, slots=True)
class SteadyPolicy:
    """Everything that can be tuned. Lengths in seconds unless named; surprises in ordinary days."""

    windows_s: tuple[int, ...] = (300, 900, 1_800, 3_600, 10_800, 21_600, 43_200)
    least_ratios: tuple[float, ...] = (1.8, 1.8, 1.7, 1.6, 1.45, 1.35, 1.25)
    weights: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.1, 1.2, 1.3)
    """Of a window's limit: days differ in mood more than hours do, and a slow rise can wait for certainty."""
    limit: float = 1.35
    """Of a series that is as calm as can be."""
    least_excess: float = 9.0
    """Fewer mentions above the usual are never told by this look."""
    uncertainty: float = 0.02
    """Squared: how well an expected count is known at best."""
    spread_half_life_d: float = 7.0
    least_spread: float = 0.5
    """How far a window is usually from its mean is taken for no less, in deviations of its own law."""
    ordinary_days: int = 21
    pseudo_days: int = 5
    least_share: float = 0.5
    tail_days: int = 28
    first_rank: int = 4
    last_rank: int = 7
    prior_tail: float = 1.4
    """A series is held for this wild until its own days say more."""
    proven_days: int = 21
    """Until so many are lived what is believed of the tail goes from `prior_tail` to what they say."""
    window_knee: float = 1.3
    knee: float = 1.28
    slope: float = 8.0
    """Beyond the knee the limit grows with this power of the tail."""
    young_days: float = 14.0
    young_factor: float = 2.0
    window_age: float = 4.0
    aftermath_s: int = 12 * HOUR_S
    longest_s: int = 3 * DAY_S
    """A rise that goes on for longer is the way the series is."""


@dataclass(slots=True)
class Steady:
    """State: of each kept day the highest surprise by window, and the highest of them in ordinary days.

    `spreads`: how far each window is from its mean on the average, in deviations of its law (0.8 is chance).
    """

    today: list[float] = field(default_factory=list)
    today_steps: int = 0
    days: list[list[float]] = field(default_factory=list)
    tails: list[float] = field(default_factory=list)
    yardstick: list[float] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    since_alarm: int = _LONG_AGO
    since_onset: int = _LONG_AGO
    onset_today: bool = False
    spreads: list[float] = field(default_factory=list)
    spread_weight: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Steady:
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Look:
    """The window that stands out most; `score` is 1 at its limit.

    `sudden`: a window shorter than `SLOW_S` is above its limit too.
    """

    score: float
    window_s: int
    seen: float
    mean: float
    sudden: bool = False


def surprise(seen: float, mean: float, uncertainty: float) -> float:
    """Signed root of the negative binomial deviance of a count above its mean.

    >>> round(surprise(25.0, 5.0, 0.0), 2), round(surprise(25.0, 5.0, 0.1), 2)
    (6.36, 4.93)
    """
    inverse = 1.0 / max(uncertainty, 1e-9)
    deviance = seen * math.log(seen / mean)
    deviance -= (seen + inverse) * math.log((seen + inverse) / (mean + inverse))
    return math.sqrt(max(2.0 * deviance, 0.0))


class SteadyLook:
    """Looks at rings of counts and means that its owner keeps, newest last."""

    __slots__ = ("_forget", "_lanes", "_weights", "policy", "state", "step_s")

    def __init__(self, policy: SteadyPolicy, state: Steady, step_s: int) -> None:
        self.policy = policy
        self.state = state
        self.step_s = step_s
        self._forget = 0.5 ** (step_s / (policy.spread_half_life_d * DAY_S))
        lanes: dict[int, float] = {}
        weights: dict[int, float] = {}
        for window_s, ratio, weight in zip(
            policy.windows_s, policy.least_ratios, policy.weights, strict=True
        ):
            length_s = max(step_s, window_s // step_s * step_s)
            lanes[length_s], weights[length_s] = ratio, weight
        self._weights = list(weights.values())
        self._lanes = [(window_s, window_s // step_s, ratio) for window_s, ratio in lanes.items()]
        if len(state.spreads) != len(self._lanes):
            state.spreads = [_CHANCE] * len(self._lanes)
            state.spread_weight = DAY_S / step_s / 2

    @property
    def windows_s(self) -> list[int]:
        return [window_s for window_s, _, _ in self._lanes]

    def look(
        self, counts: Sequence[float], means: Sequence[float], age_s: int, ease: float = 1.0
    ) -> Look | None:
        """The step that was pushed last; None where nothing stands out. Keeps the day's highest surprises."""
        state, policy = self.state, self.policy
        state.since_alarm += 1
        state.since_onset += 1
        ordinary = self._is_ordinary()
        state.today_steps += ordinary
        best: Look | None = None
        sudden = False
        youth = self._youth(age_s)
        uncertainty = policy.uncertainty
        spreads = state.spreads
        if ordinary:
            state.spread_weight = round(state.spread_weight * self._forget + 1.0, 3)
        share = 1.0 / state.spread_weight
        for place, (window_s, steps, ratio) in enumerate(self._lanes):
            seen, mean = sum(counts[-steps:]), sum(means[-steps:])
            if ordinary and mean > 0.0:
                away = abs(seen - mean) / math.sqrt(mean * (1.0 + uncertainty * mean))
                spreads[place] = round(spreads[place] + (min(away, _FAR) - spreads[place]) * share, 6)
            if not seen > mean > 0.0:
                continue
            limit = state.limits[place] * youth * ease
            today = state.today[place] if ordinary else limit
            # Pearson's is never the smaller of the two, and costs no logarithm.
            least = min(today, limit)
            if (seen - mean) ** 2 <= least * least * mean * (1.0 + uncertainty * mean):
                continue
            value = surprise(seen, mean, uncertainty)
            if ordinary and value > today:
                state.today[place] = min(value, 3.0 * state.limits[place])
            if age_s < policy.window_age * window_s or seen < max(
                ratio * mean, mean + policy.least_excess * ease
            ):
                continue
            score = value / limit
            sudden = sudden or (score >= 1.0 and window_s < SLOW_S)
            if best is None or score > best.score:
                best = Look(score, window_s, seen, mean)
        return replace(best, sudden=True) if best is not None and sudden else best

    def tell(self, *, alarm: bool) -> None:
        """Whether the step was an alarm, by whichever look: what follows it is its aftermath."""
        if not alarm:
            return
        state, policy = self.state, self.policy
        apart = state.since_alarm * self.step_s > policy.aftermath_s
        if apart or state.since_onset * self.step_s > policy.longest_s:
            state.since_onset = 0
            state.onset_today = True
        state.since_alarm = 0

    def _is_ordinary(self) -> bool:
        """Not of a rise that began on an earlier day."""
        state = self.state
        return state.onset_today or state.since_alarm * self.step_s > self.policy.aftermath_s

    def _youth(self, age_s: int) -> float:
        policy = self.policy
        grown = min(age_s / (policy.young_days * DAY_S), 1.0)
        return policy.young_factor - (policy.young_factor - 1.0) * grown

    def limit(self, mean: float, window_s: int, age_s: int, ease: float = 1.0) -> float:
        """The count at which a window of this mean meets its limit; infinite for a window not looked at."""
        for place, (length_s, _, ratio) in enumerate(self._lanes):
            if length_s == window_s and self.state.limits:
                wanted = self.state.limits[place] * self._youth(age_s) * ease
                least = max(ratio * mean, mean + self.policy.least_excess * ease)
                return max(self._solve(mean, wanted), least)
        return math.inf

    def _solve(self, mean: float, wanted: float) -> float:
        """Newton on the deviance, which is convex: from the second step on it comes down to the root."""
        mean = max(mean, 1e-6)
        inverse = 1.0 / self.policy.uncertainty
        seen = mean + wanted * math.sqrt(mean * (1.0 + mean / inverse)) + wanted**2 / 3.0
        for _ in range(5):
            slope = math.log(seen * (mean + inverse) / (mean * (seen + inverse)))
            value = seen * math.log(seen / mean) - (seen + inverse) * math.log(
                (seen + inverse) / (mean + inverse)
            )
            seen -= (value - 0.5 * wanted**2) / slope
        return seen

    # -- once a day

    def close_day(self) -> None:
        """Local midnight: file the day, unless most of it was an aftermath or not seen."""
        state, policy = self.state, self.policy
        if state.today_steps * self.step_s > min(DAY_S // 2, self.step_s * DAY_S) and state.today:
            state.days = [
                *state.days[-(policy.tail_days - 1) :],
                [round(one, _DIGITS) for one in state.today],
            ]
            short = [
                value / yard
                for value, yard, (window_s, _, _) in zip(
                    state.today, state.yardstick, self._lanes, strict=True
                )
                if window_s <= max(HOUR_S, self.step_s)
            ]
            state.tails = [*state.tails[-(policy.tail_days - 1) :], round(max(short), _DIGITS)]
        state.today = [0.0] * len(self._lanes)
        state.today_steps = 0
        state.onset_today = False

    def measure(self) -> None:
        """Refresh yardstick and limits."""
        state, policy = self.state, self.policy
        if len(state.today) != len(self._lanes):
            state.today = [0.0] * len(self._lanes)
        wild = max(self._tail(state.tails) / policy.knee, 1.0) ** policy.slope
        state.yardstick, state.limits = [], []
        for place, (window_s, _, _) in enumerate(self._lanes):
            highest = [day[place] for day in state.days]
            spread = max(state.spreads[place] / _CHANCE, policy.least_spread)
            prior = spread * chance_in_a_day(window_s)
            usual = median([*highest[-policy.ordinary_days :], *[prior] * policy.pseudo_days])
            yard = max(usual, policy.least_share * prior)
            own = max(self._tail([value / yard for value in highest]) / policy.window_knee, 1.0)
            state.yardstick.append(round(yard, 6))
            state.limits.append(round(yard * policy.limit * self._weights[place] * own * wild, 6))

    def _tail(self, days: Sequence[float]) -> float:
        """What the 4th to 7th highest of four weeks reach, or the same part of the days lived so far.

        The fewer they are the more weighs that a series is somewhat wild.
        """
        policy = self.policy
        if not days:
            return policy.prior_tail
        part = len(days) / policy.tail_days
        first = round((policy.first_rank - 1) * part)
        last = max(round(policy.last_rank * part), first + 1)
        ranked = [max(one, 1.0) for one in sorted(days, reverse=True)[first:last]]
        proven = min(len(days) / policy.proven_days, 1.0)
        said = sum(map(math.log, ranked)) / len(ranked)
        return math.exp(proven * said + (1.0 - proven) * math.log(policy.prior_tail))
