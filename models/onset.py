"""The second look: has a crisis begun? Asked of every step before, for crises of three sizes at once.

The first look (`models.spike`) compares a window with what is usual at that hour. This one knows how the
noise of the series falls (`models.noise_law`), and so tells a jump from a level that wanders: a Kalman filter
follows the logarithm of the level, once for "there is no crisis" and once for a crisis of 5, 2.5 and 1.5
times the usual, which adds to the level what is so many times the usual less one. What a step is likelier
under a crisis than under none is multiplied and summed over the steps at which it may have begun:

    R(t) = [R(t - 1) exp(-1/H) + 1] x P(count | crisis) / P(count | none)

(A. N. Shiryaev, 1963; S. W. Roberts, 1966; about the best there is for a known change: M. Pollak, Ann. Stat.
13, 1985), with a memory H of the time in which such a crisis must be seen. A crisis that runs and one that
begins now are one mixture, matched by its moments. Counts are negative binomial around what the filter
expects. No single step says more than a bound. The statistic is sqrt(2 ln(R / H)), like a normal deviate.

The limit lies where chance hardly comes in a month. A series whose ordinary days come near to it (the 5th
to 9th highest of four weeks), or whose highest days are far above its ordinary ones (`models.wildness`),
has noise of another law, and its limit rises steeply: there the first look decides alone. Where the steps
are uneven each by itself, though, and not in bursts, the law does know the noise, and the limit rises slowly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from models.kept import Kept, short
from models.lasting import has_passed
from models.noise_law import NoiseLaw
from models.wildness import believed, ranked

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
SLOW_S: Final = 6 * HOUR_S
"""Windows from here on see slow burns."""
LONG_AFTER_S: Final = 2 * DAY_S
"""Windows longer than an hour decide from this age on (`too_young`)."""
_MOST: Final = 1e12
"""Of a likelihood ratio: it may not run out of digits."""
_LEAST_DISPERSION: Final = 1e-6
_AGE_TOLERANCE: Final = 0.3


@dataclass(frozen=True, slots=True)
class OnsetPolicy:
    """Everything that can be tuned. One entry a size in each tuple; lengths in seconds unless named."""

    sizes: tuple[float, ...] = (5.0, 2.5, 1.5)
    memories_s: tuple[int, ...] = (2_400, 12_000, DAY_S)
    least_ratios: tuple[float, ...] = (1.8, 1.6, 1.25)
    young_factors: tuple[float, ...] = (1.0, 1.3, 1.8)
    """How many times higher the limit begins; it comes down over `young_days`. Five times the usual is
    no matter of days: `prior_height` is doubt enough, unless the steps are ..."""
    young_days: float = 21.0
    young_uneven: float = 1.6
    """... uneven each by itself: so much more then, which comes down over `uneven_days`. Their law is soon
    known."""
    uneven_days: float = 10.0
    windows_s: tuple[int, ...] = (300, 900, 1_800, HOUR_S, 3 * HOUR_S, SLOW_S, 12 * HOUR_S)
    """What a rise is told in: the shortest that reaches back to where it seems to have begun."""
    limit: float = 2.4
    shares: tuple[float, ...] = (1.0, 1.0, 0.85)
    """Of `limit`, for each size: a slow crisis has few looks a day at which chance may be taken for it."""
    least_excesses: tuple[float, ...] = (12.0, 12.0, 20.0)
    """Fewer mentions above the usual are never told by this look."""
    step_bound: float = 6.0
    """Of the log likelihood ratio: no single step says more."""
    clip: float = 4.0
    """A step moves the level as at the most so many deviations."""
    height_cap: float = 4.5
    """A day is remembered as at the most this high."""
    ranked_days: int = 28
    first_rank: int = 5
    last_rank: int = 9
    prior_height: float = 3.1
    proven_days: int = 21
    knee: float = 2.6
    slope: float = 3.0
    """Beyond the knee the limit grows with this power of what the ranked days reached."""
    wild_knee: float = 1.35
    wild_slope: float = 3.0
    """And beyond this knee with this power of the tail of `models.wildness`."""
    uneven_from: float = 0.15
    uneven_over: float = 0.15
    """From this dispersion on, fully so much higher, the unevenness is of the steps, each by itself. Real
    chatter that comes in bursts has one of 0.0 to 0.1, whatever else it does."""
    uneven_slope: float = 1.8
    uneven_first_rank: int = 2
    uneven_last_rank: int = 6
    """Of such a series: a slope so much lower, of days so much higher, and none for the tail."""


@dataclass(slots=True)
class Onset(Kept):
    """State. `levels` and `spreads` are the filter's mean and variance of the log level: without a crisis
    first, then a size each. `ratios` are the sums R, `ages` how many steps back their crisis began."""

    levels: list[float] = field(default_factory=list)
    spreads: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    today: list[float] = field(default_factory=list)
    days: list[list[float]] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Look:
    """The size that stands out most, over the window in which it is told; `score` is 1 at its limit, and
    `limit` about the count at which it would have been.

    `sudden`: a larger size than the slowest is above its limit too.
    """

    score: float
    window_s: int
    seen: float
    mean: float
    limit: float
    sudden: bool = False


def too_young(window_s: int, age_s: int) -> bool:
    """Whether a series is too young for a window to decide: what a morning brings is not known yet."""
    return window_s > HOUR_S and age_s < LONG_AFTER_S


def log_chance(count: float, mean: float, shape: float) -> float:
    """Log-probability of a count in a negative binomial law, up to what depends on the count alone.

    >>> round(log_chance(3.0, 2.0, 4.0) - log_chance(3.0, 6.0, 4.0), 3)
    0.247
    """
    far = math.log(shape / (shape + mean))
    if count == 0.0:
        return shape * far
    return (
        math.lgamma(count + shape)
        - math.lgamma(shape)
        + shape * far
        + count * math.log(mean / (shape + mean))
    )


class OnsetLook:
    """Looks at rings of counts and means that its owner keeps, newest last."""

    __slots__ = ("_lanes", "_memories", "_windows", "law", "policy", "slow", "state", "step_s")

    def __init__(self, policy: OnsetPolicy, state: Onset, law: NoiseLaw, step_s: int) -> None:
        self.policy = policy
        self.state = state
        self.law = law
        self.step_s = step_s
        self.slow: Look | None = None
        """Of the step that was looked at last: the slowest size."""
        self._memories = [max(memory_s / step_s, 2.0) for memory_s in policy.memories_s]
        self._lanes = [
            (place, size, math.exp(-1.0 / memory))
            for place, (size, memory) in enumerate(zip(policy.sizes, self._memories, strict=True))
        ]
        lengths = sorted({max(step_s, window_s // step_s * step_s) for window_s in policy.windows_s})
        self._windows = [(window_s // step_s, window_s) for window_s in lengths]
        if not state.levels:
            sizes = len(policy.sizes)
            state.levels = [0.0] * (sizes + 1)
            state.spreads = [law.variance] * (sizes + 1)
            state.ratios, state.ages, state.today = [0.0] * sizes, [0.0] * sizes, [0.0] * sizes
            self.measure(policy.wild_knee)

    @property
    def windows_s(self) -> list[int]:
        return [window_s for _, window_s in self._windows]

    def weigh(self, count: float | None, mean: float) -> None:
        """A step further: what it says of the level and of a crisis of each size. None is a gap."""
        state, policy, law = self.state, self.policy, self.law
        levels, spreads, ratios, ages = state.levels, state.spreads, state.ratios, state.ages
        exp, sqrt, copysign = math.exp, math.sqrt, math.copysign
        dispersion, half = law.dispersion, law.variance / 2.0
        clip, step_bound = policy.clip, policy.step_bound
        keep = exp(-1.0 / law.memory)
        hold = keep * keep
        drift = law.variance * (1.0 - hold)
        calm_level, calm_spread = keep * levels[0], hold * spreads[0] + drift
        calm_chance = 0.0
        if count is not None:
            usual = mean * exp(calm_level + calm_spread / 2.0 - half)
            uneven = calm_spread + dispersion + calm_spread * dispersion
            if uneven < _LEAST_DISPERSION:
                uneven = _LEAST_DISPERSION
            calm_chance = log_chance(count, usual, 1.0 / uneven)
            variance = usual + usual * usual * uneven
            gain = calm_spread * usual / variance
            furthest, off = clip * sqrt(variance), count - usual
            levels[0] = calm_level + gain * (off if -furthest < off < furthest else copysign(furthest, off))
            spreads[0] = calm_spread * (1.0 - gain * usual)
        else:
            levels[0], spreads[0] = calm_level, calm_spread
        for place, size, fade in self._lanes:
            before = ratios[place] * fade
            runs = before / (before + 1.0)
            away = keep * levels[place + 1] - calm_level
            level = calm_level + runs * away
            spread = (
                runs * (hold * spreads[place + 1] + drift)
                + (1.0 - runs) * calm_spread
                + runs * (1.0 - runs) * away * away
            )
            if count is None:
                ratios[place], levels[place + 1], spreads[place + 1] = before, level, spread
                continue
            ages[place] = runs * ages[place] + 1.0
            usual = mean * exp(level + spread / 2.0 - half)
            whole = usual + (size - 1.0) * mean
            uneven = spread + dispersion + spread * dispersion
            extra, least = usual * usual * uneven, whole * whole * _LEAST_DISPERSION
            if extra < least:
                extra = least
            more = log_chance(count, whole, whole * whole / extra) - calm_chance
            if more > step_bound:
                more = step_bound
            ratio = (before + 1.0) * exp(more if more > -50.0 else -50.0)
            ratios[place] = ratio if ratio < _MOST else _MOST
            variance = whole + extra
            gain = spread * usual / variance
            furthest, off = clip * sqrt(variance), count - whole
            levels[place + 1] = level + gain * (
                off if -furthest < off < furthest else copysign(furthest, off)
            )
            spreads[place + 1] = spread * (1.0 - gain * usual)

    def move(self, ratio: float) -> None:
        """What is usual is so many times what it was: what the filter took for a wandering level is in it."""
        self.state.levels = [level - math.log(ratio) for level in self.state.levels]

    def look(
        self,
        counts: Sequence[float],
        means: Sequence[float],
        age_s: int,
        *,
        ordinary: bool,
        ease: float = 1.0,
    ) -> Look | None:
        """The step that was weighed last; None where nothing stands out. Keeps the day's heights.

        `ease` is of the evidence, the logarithm of R, and so its root of the height.
        """
        state, policy = self.state, self.policy
        self.slow = None
        words = math.sqrt(ease)
        best: Look | None = None
        sudden = False
        for place, memory in enumerate(self._memories):
            odds = state.ratios[place] / memory
            if odds <= 1.0:
                continue
            height = math.sqrt(2.0 * math.log(odds))
            if ordinary and height > state.today[place]:
                state.today[place] = min(height, policy.height_cap)
            score = height / (state.limits[place] * self._youth(place, age_s) * words)
            if score < 0.5:
                continue
            slowest = place == len(self._memories) - 1
            steps, window_s = self._since(state.ages[place], SLOW_S if slowest else 0)
            seen, mean = sum(counts[-steps:], 0.0), sum(means[-steps:])
            if seen < self._least(place, mean, ease) or too_young(window_s, age_s):
                continue
            if slowest and has_passed(counts, means, steps, seen, mean):
                continue
            # The evidence grows about as the excess does.
            at_limit = math.log(memory) + (height / score) ** 2 / 2.0
            share = at_limit / (math.log(memory) + height * height / 2.0)
            found = Look(score, window_s, seen, mean, mean + share * (seen - mean))
            if slowest:
                self.slow = found
            else:
                sudden = sudden or score >= 1.0
            if best is None or score > best.score:
                best = found
        return replace(best, sudden=True) if best is not None and sudden else best

    def _since(self, age: float, least_s: int) -> tuple[int, int]:
        """(steps, seconds) of the shortest window that reaches back so many steps, and `least_s`.

        A rise by half is no matter of minutes: it is told, and must be one, over hours.
        """
        for steps, window_s in self._windows:
            if steps >= age - _AGE_TOLERANCE and window_s >= least_s:
                return steps, window_s
        return self._windows[-1]

    def _youth(self, place: int, age_s: int) -> float:
        policy, age_d = self.policy, age_s / DAY_S
        young = max(1.0 - age_d / policy.young_days, 0.0) * (policy.young_factors[place] - 1.0)
        return 1.0 + young + max(1.0 - age_d / policy.uneven_days, 0.0) * policy.young_uneven * self.uneven

    def limit(self, mean: float, window_s: int, age_s: int, ease: float = 1.0) -> float:
        """About the count at which a window of this mean meets the limit, were it evenly spread.

        That of the largest size that must be seen within the window; the window is taken for one negative
        binomial count, and a crisis for so many times the whole level. Infinite for a window not looked at
        and, of a long one, in the first days.
        """
        policy, law = self.policy, self.law
        if window_s not in self.windows_s or too_young(window_s, age_s):
            return math.inf
        place = next(
            (place for place, memory_s in enumerate(policy.memories_s) if window_s <= memory_s),
            len(policy.sizes) - 1,
        )
        size = policy.sizes[place]
        height = self.state.limits[place] * self._youth(place, age_s) * math.sqrt(ease)
        wanted = math.log(self._memories[place]) + height * height / 2.0
        mean = max(mean, 1e-6)
        steps = window_s / self.step_s
        wander = law.variance * min(law.memory * 2.0 / steps, 1.0)
        shape = 1.0 / max(wander + law.dispersion / steps, _LEAST_DISPERSION)
        less = shape * math.log((shape + size * mean) / (shape + mean))
        each = math.log(size * (shape + mean) / (shape + size * mean))
        return max((wanted + less) / each, self._least(place, mean, ease))

    def _least(self, place: int, mean: float, ease: float) -> float:
        """The count that a size must reach, whatever its height."""
        policy = self.policy
        return max(policy.least_ratios[place] * mean, mean + policy.least_excesses[place] * ease)

    # -- once a day

    def close_day(self, tail: float, fatigue: float, *, keep: bool) -> None:
        """Local midnight: file the day, if it is to be kept, and measure; `tail` says how wild the series
        is, `fatigue` how many times higher its limits are for the rises it had lately."""
        state = self.state
        if keep:
            state.days = [
                *state.days[-(self.policy.ranked_days - 1) :],
                [short(height) for height in state.today],
            ]
        state.today = [0.0] * len(self.policy.sizes)
        self.measure(tail, fatigue)

    @property
    def uneven(self) -> float:
        """From 0 to 1: how far the unevenness of the series is of its steps, each by itself: no bursts."""
        policy = self.policy
        return min(max((self.law.dispersion - policy.uneven_from) / policy.uneven_over, 0.0), 1.0)

    def measure(self, tail: float, fatigue: float = 1.0) -> None:
        """Refresh the limits."""
        state, policy, uneven = self.state, self.policy, self.uneven
        slope = policy.slope + uneven * (policy.uneven_slope - policy.slope)
        wild = max(tail / policy.wild_knee, 1.0) ** (policy.wild_slope * (1.0 - uneven))
        state.limits = []
        for place, share in enumerate(policy.shares):
            heights = [day[place] for day in state.days]
            height = self._reached(heights, policy.first_rank, policy.last_rank)
            highest = self._reached(heights, policy.uneven_first_rank, policy.uneven_last_rank)
            height *= (highest / height) ** uneven
            own = max(height / policy.knee, 1.0) ** slope
            state.limits.append(round(policy.limit * share * own * wild * fatigue, 6))

    def _reached(self, heights: list[float], first_rank: int, last_rank: int) -> float:
        """What these ranks of the days reached, as far as it is to be believed."""
        policy = self.policy
        said = ranked(heights, policy.ranked_days, first_rank, last_rank, 0.5)
        return believed(said, policy.prior_height, len(heights), policy.proven_days)
