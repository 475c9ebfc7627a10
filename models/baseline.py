"""What is normal now: a level times the shape of the day and of the week, learnt online.

Expected count of a step = level x hour of day x hour of day on this kind of day x hour of this weekday x
calendar factor. Each finer shape is shrunk towards the coarser one (an empirical-Bayes weight that grows
with what was seen), so that a new or a thin series has a flat shape and an old, loud one has its own.
Constant state, no clock: local hour and weekday come with the step, so a day of 23 or 25 hours is only a
day with an hour less or more.

Of the same sums two shapes are read. The *cautious* one outweighs days of a flat shape before it believes
anything; what looks for rises of any make asks it. The *keen* one believes what stands out from the noise
of an hour: hours of the day and the kind of day are shrunk by their standard errors, and what is left of an
hour on that kind of day, or on that weekday, counts as far as it is significant (the non-negative garrote:
L. Breiman, Technometrics 37, 1995). So chance makes next to nothing of it, and nights and weekends are
known in days.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from models.kept import Kept

HOURS: Final = 24
KINDS: Final = 2
WEEKDAYS: Final = 7
SATURDAY: Final = 5
YOUNG_STEPS: Final = 6
"""However long a step is, so many are needed before a level is known."""

_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class BaselinePolicy:
    """How fast normal is learnt. Half-lives are in days of data."""

    level_half_life_d: float = 6.0
    shape_half_life_d: float = 42.0
    week_half_life_d: float = 42.0
    shape_prior_d: float = 2.0
    """Days of flat shape that an hour has to outweigh; thin series get more (see `thin_prior`)."""
    thin_prior: float = 4.0
    """Further days of flat shape, divided by the mentions an hour: with one an hour, four days."""
    spread_half_life_d: float = 7.0
    clip: float = 6.0
    """What a step may teach: at the most this many robust deviations above what was expected."""
    young_d: float = 1.75
    """A series younger than this knows no day shape: the last hours say what is normal (see `expect`)."""
    young_half_life_h: float = 2.0
    hour_spread: float = 0.5
    """How far hours of a day, and kinds of days, usually are from the mean; squared, a prior variance."""
    hour_noise: float = 0.03
    """Variance of one hour around its usual share, beside what chance brings ..."""
    day_noise: float = 0.015
    """... and of one day."""
    garrote: float = 2.0
    """What is less than this many standard errors from nothing is nothing."""
    floor_per_day: float = 0.25
    """A series is never expected to be emptier than this, so that a first mention is no infinite ratio."""


@dataclass(slots=True)
class BaselineState(Kept):
    """Plain numbers; `spread` is the robust mean of |residual| in Poisson deviations (0.8 for Poisson)."""

    steps: int = 0
    level_count: float = 0.0
    level_weight: float = 0.0
    keen_weight: float = 0.0
    recent_count: float = 0.0
    recent_weight: float = 0.0
    spread_sum: float = 0.0
    spread_weight: float = 0.0
    hour_count: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    hour_weight: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    kind_count: list[float] = field(default_factory=lambda: [0.0] * (KINDS * HOURS))
    kind_weight: list[float] = field(default_factory=lambda: [0.0] * (KINDS * HOURS))
    week_count: list[float] = field(default_factory=lambda: [0.0] * (WEEKDAYS * HOURS))
    week_weight: list[float] = field(default_factory=lambda: [0.0] * (WEEKDAYS * HOURS))
    # The shape around the present hour, refreshed when the hour changes. It is state, not a cache: a
    # detector restored in the middle of an hour must go on with the very same numbers.
    cell: int = -1
    before: float = 1.0
    here: float = 1.0
    after: float = 1.0
    keen_before: float = 1.0
    keen_here: float = 1.0
    keen_after: float = 1.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BaselineState:
        """A state that an earlier detector kept knows one level for both shapes."""
        return cls(**{"keen_weight": data["level_weight"], **data})


class Baseline:
    """Expects and learns on a state that the caller owns."""

    __slots__ = (
        "_decay_hour",
        "_decay_level",
        "_decay_recent",
        "_decay_spread",
        "_decay_week",
        "_floor",
        "_interpolate",
        "_per_hour",
        "policy",
        "state",
        "step_s",
    )

    def __init__(self, policy: BaselinePolicy, state: BaselineState, step_s: int) -> None:
        self.policy = policy
        self.state = state
        self.step_s = step_s
        steps_a_day = 86_400 / step_s
        self._per_hour = 3_600 / step_s
        visits_a_day = max(1.0, self._per_hour)
        self._decay_level = 0.5 ** (1 / (policy.level_half_life_d * steps_a_day))
        self._decay_recent = 0.5 ** (step_s / (policy.young_half_life_h * 3_600))
        self._decay_spread = 0.5 ** (1 / (policy.spread_half_life_d * steps_a_day))
        self._decay_hour = 0.5 ** (1 / (policy.shape_half_life_d * visits_a_day))
        self._decay_week = 0.5 ** (7 / (policy.week_half_life_d * visits_a_day))
        self._floor = policy.floor_per_day / steps_a_day
        self._interpolate = step_s <= 1_800

    @property
    def level(self) -> float:
        """Mentions a step, at the mean of the shape."""
        state = self.state
        if not state.level_weight:
            return self._floor
        return max(state.level_count / state.level_weight, self._floor)

    @property
    def keen_level(self) -> float:
        """The same at the mean of the keen shape."""
        state = self.state
        if not state.keen_weight:
            return self._floor
        return max(state.level_count / state.keen_weight, self._floor)

    @property
    def deviation(self) -> float:
        """Robust spread in Poisson deviations: 1 is Poisson."""
        state = self.state
        # One pseudo-day of Poisson keeps the first steps sane; 0.8 is E|z| of a standard normal.
        prior = 86_400 / self.step_s / 4
        return max((state.spread_sum + 0.8 * prior) / (state.spread_weight + prior) / 0.8, 0.7)

    def expect(self, local_hour: float, local_weekday: int, age_s: float) -> float:
        """The expected count of a step. Until a day shape is known, a morning is not taken for a rise.

        In its second day a young series is believed half, then not at all, to be as loud as its last
        hours were, where that is more than its level: only what rises faster than a day does stands out.
        """
        mean = self.level * self.shape(local_hour, local_weekday)
        state = self.state
        doubt = min(self.policy.young_d - age_s / 86_400, 1.0)
        if doubt > 0.0 and state.recent_weight > 0.0:
            recent = state.recent_count / state.recent_weight
            if recent > mean:
                mean *= (recent / mean) ** doubt
        return mean

    def glance(self, count: float, expected: float, age_s: float) -> None:
        """Keep the level of the last hours, which `expect` needs of a young series; `expected` clips it."""
        state = self.state
        if age_s < (self.policy.young_d + 1.0) * 86_400:
            if state.recent_weight > 3.0:
                count = min(count, 3.0 * expected + 3.0)
            state.recent_count = state.recent_count * self._decay_recent + count
            state.recent_weight = state.recent_weight * self._decay_recent + 1.0

    def keen(self, local_hour: float, local_weekday: int, age_s: float) -> float:
        """The expected count of a step by the keen shape; of a young series the same as `expect`."""
        if age_s < self.policy.young_d * 86_400:
            return self.expect(local_hour, local_weekday, age_s)
        return self.keen_level * self.keen_shape(local_hour, local_weekday)

    def shape(self, local_hour: float, local_weekday: int) -> float:
        """The factor of the cautious shape for a step that starts then."""
        return self._shapes(local_hour, local_weekday)[0]

    def keen_shape(self, local_hour: float, local_weekday: int) -> float:
        """The factor of the keen shape."""
        return self._shapes(local_hour, local_weekday)[1]

    def _shapes(self, local_hour: float, local_weekday: int) -> tuple[float, float]:
        """Both, between the middles of two hours."""
        state = self.state
        part = self._turn_to(local_hour, local_weekday)
        other, keen = (state.after, state.keen_after) if part > 0 else (state.before, state.keen_before)
        return (
            state.here + abs(part) * (other - state.here),
            state.keen_here + abs(part) * (keen - state.keen_here),
        )

    def _turn_to(self, local_hour: float, local_weekday: int) -> float:
        """Have the shapes around this hour at hand; how far its middle is away, -0.5 to 0.5."""
        state = self.state
        middle = local_hour + min(self.step_s, 3_600) / 7_200
        hour = int(middle) % HOURS
        cell = local_weekday * HOURS + hour
        if cell != state.cell:
            state.cell = cell
            earlier = (hour - 1) % HOURS, (local_weekday - (hour == 0)) % WEEKDAYS
            later = (hour + 1) % HOURS, (local_weekday + (hour == HOURS - 1)) % WEEKDAYS
            state.before, state.here = self._factor(*earlier), self._factor(hour, local_weekday)
            state.after = self._factor(*later)
            kinds = self._kind_factor(0), self._kind_factor(1)
            state.keen_before = self._keen_factor(*earlier, kinds)
            state.keen_here = self._keen_factor(hour, local_weekday, kinds)
            state.keen_after = self._keen_factor(*later, kinds)
        return middle % 1.0 - 0.5 if self._interpolate else 0.0

    def _factor(self, hour: int, weekday: int) -> float:
        state, policy = self.state, self.policy
        per_hour = max(1.0, self._per_hour)
        prior = per_hour * (policy.shape_prior_d + policy.thin_prior / max(self.level * self._per_hour, 0.05))
        by_hour = (state.hour_count[hour] + prior) / (state.hour_weight[hour] + prior)
        kind = (weekday >= SATURDAY) * HOURS + hour
        by_kind = (state.kind_count[kind] + prior) / (state.kind_weight[kind] + prior)
        week = weekday * HOURS + hour
        by_week = (state.week_count[week] + prior) / (state.week_weight[week] + prior)
        return max(by_hour * by_kind * by_week, 0.02)

    def _kind_factor(self, kind: int) -> tuple[float, float]:
        """(as seen, as believed): how loud a weekday (0) or a weekend (1) is, all its hours together."""
        state, policy = self.state, self.policy
        first = kind * HOURS
        seen = expected = weight = 0.0
        for hour in range(HOURS):
            hours = state.hour_weight[hour]
            usual = state.hour_count[hour] / hours if hours else 1.0
            seen += state.kind_count[first + hour] * usual
            expected += state.kind_weight[first + hour] * usual
            weight += state.kind_weight[first + hour]
        if not expected:
            return 1.0, 1.0
        ratio = max(seen / expected, 0.03)
        noise = 1.0 / max(self.level * self._per_hour * HOURS, 0.25) + policy.day_noise
        days = weight / (HOURS * max(1.0, self._per_hour))
        return ratio, 1.0 + self._trust(noise / days) * (ratio - 1.0)

    def _keen_factor(self, hour: int, weekday: int, kinds: Sequence[tuple[float, float]]) -> float:
        state, policy = self.state, self.policy
        per_hour = max(1.0, self._per_hour)
        counts = max(self.level * self._per_hour, 0.01)
        weight = state.hour_weight[hour]
        factor = 1.0
        if weight:
            by_hour = max(state.hour_count[hour] / weight, 0.03)
            noise = (1.0 / counts + policy.hour_noise) * per_hour / weight
            factor = max(1.0 + self._trust(noise) * (by_hour - 1.0), 0.03)
        seen, believed = kinds[weekday >= SATURDAY]
        factor *= believed
        kind = (weekday >= SATURDAY) * HOURS + hour
        weight = state.kind_weight[kind]
        if weight:
            noise = (1.0 / max(counts * factor, 0.02) + policy.hour_noise) * per_hour / weight
            factor *= self._significant(state.kind_count[kind] / weight / seen, noise)
        week = weekday * HOURS + hour
        weight = state.week_weight[week]
        if weight:
            noise = (1.0 / max(counts * factor, 0.02) + policy.hour_noise) * per_hour / weight
            factor *= self._significant(state.week_count[week] / weight, noise)
        return max(factor, 0.02)

    def _trust(self, noise: float) -> float:
        """How much of what was seen is believed, at this variance of it."""
        prior = self.policy.hour_spread**2
        return prior / (prior + noise)

    def _significant(self, ratio: float, noise: float) -> float:
        """What is left of a ratio whose logarithm has this variance."""
        away = math.log(max(ratio, 0.05))
        left = 1.0 - self.policy.garrote**2 * noise / max(away * away, 1e-9)
        return math.exp(left * away) if left > 0.0 else 1.0

    def learn(self, count: float, local_hour: float, local_weekday: int, weight: float = 1.0) -> None:
        """Take a step's count into what is normal, clipped at a few deviations above what was expected."""
        state, policy = self.state, self.policy
        shape, keen = self._shapes(local_hour, local_weekday)
        level = self.level
        mean = level * shape
        sigma = math.sqrt(mean + 0.3)
        state.steps += 1
        taught = count
        if count > mean and state.steps > max(self._per_hour, 1.0):
            clip = policy.clip * self.deviation * sigma
            if state.steps <= max(86_400 / self.step_s, YOUNG_STEPS):
                # A young level is uncertain by itself, so it may be moved further.
                clip = 2.0 * (clip + mean)
            taught = min(count, mean + clip)
        residual = min(abs(count - mean) / sigma, 4.0)
        state.spread_sum = state.spread_sum * self._decay_spread + weight * residual
        state.spread_weight = state.spread_weight * self._decay_spread + weight
        state.level_count = state.level_count * self._decay_level + weight * taught
        state.level_weight = state.level_weight * self._decay_level + weight * shape
        state.keen_weight = state.keen_weight * self._decay_level + weight * keen
        # Of the level after this step: a first count is then once the usual, not a thousand times.
        relative = weight * taught / self.keen_level
        middle = local_hour + min(self.step_s, 3_600) / 7_200
        hour = int(middle) % HOURS
        kind = (local_weekday >= SATURDAY) * HOURS + hour
        week = local_weekday * HOURS + hour
        decay = self._decay_hour
        by_hour = state.hour_count[hour] / state.hour_weight[hour] if state.hour_weight[hour] else 1.0
        by_kind = state.kind_count[kind] / state.kind_weight[kind] if state.kind_weight[kind] else 1.0
        by_hour, by_kind = max(by_hour, 0.05), max(by_kind, 0.05)
        state.hour_count[hour] = round(state.hour_count[hour] * decay + relative, _DIGITS)
        state.hour_weight[hour] = round(state.hour_weight[hour] * decay + weight, _DIGITS)
        relative = min(relative / by_hour, 10.0)
        state.kind_count[kind] = round(state.kind_count[kind] * decay + relative, _DIGITS)
        state.kind_weight[kind] = round(state.kind_weight[kind] * decay + weight, _DIGITS)
        relative = min(relative / by_kind, 10.0)
        state.week_count[week] = round(state.week_count[week] * self._decay_week + relative, _DIGITS)
        state.week_weight[week] = round(state.week_weight[week] * self._decay_week + weight, _DIGITS)
