"""What is normal now: a level times the shape of the day and of the week, learnt online.

Expected count of a step = level x hour of day x hour of day on this kind of day x hour of this weekday x
calendar factor. Each finer shape is shrunk towards the coarser one (an empirical-Bayes weight that grows
with what was seen), so that a new or a thin series has a flat shape and an old, loud one has its own.
Constant state, no clock: local hour and weekday come with the step, so a day of 23 or 25 hours is only a
day with an hour less or more.

There are two expectations. The *cautious* one outweighs days of a flat shape before it believes anything,
and learns each shape beside the coarser one as that was known then; what looks for rises of any make asks
it. The *keen* one reads one table of the week anew each hour and believes what stands out from its noise
(`models.week_shape`), with a level that follows sooner: nights, weekends and loud evenings are known in
days, or after one or two times. Where it expects more of a series loud enough to be known, the cautious one
follows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from models.kept import Kept
from models.week_shape import HOURS, SATURDAY, WEEKDAYS, WeekShape, WeekShapePolicy

KINDS: Final = 2
YOUNG_STEPS: Final = 6
"""However long a step is, so many are needed before a level is known."""

_DIGITS: Final = 3


def _kind_of(hour: int, weekday: int) -> int:
    """The place of an hour among those of weekdays and of weekends."""
    return (weekday >= SATURDAY) * HOURS + hour


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
    keen_half_life_d: float = 4.0
    """Of the level of the keen expectation."""
    heeded_from: float = 10.0
    """At so many mentions an hour the cautious expectation heeds a higher keen one by half."""
    week: WeekShapePolicy = field(default_factory=WeekShapePolicy)
    floor_per_day: float = 0.25
    """A series is never expected to be emptier than this, so that a first mention is no infinite ratio."""


@dataclass(slots=True)
class BaselineState(Kept):
    """Plain numbers; `spread` is the robust mean of |residual| in Poisson deviations (0.8 for Poisson)."""

    steps: int = 0
    level_count: float = 0.0
    level_weight: float = 0.0
    keen_count: float = 0.0
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
    cell_count: list[float] = field(default_factory=lambda: [0.0] * (WEEKDAYS * HOURS))
    """Of the table of the week, whose weights are `week_weight`: over the level, once there is one ..."""
    cells_relative: bool = False
    """... which is when a first day is over."""
    # The shape around the present hour, refreshed when the hour changes. It is state, not a cache: a
    # detector restored in the middle of an hour must go on with the very same numbers.
    cell: int = -1
    before: float = 1.0
    here: float = 1.0
    after: float = 1.0
    keen_before: float = 1.0
    keen_here: float = 1.0
    keen_after: float = 1.0
    keen_own: float = 1.0
    """What the present hour is besides on this weekday; `keen_next`: the one to come."""
    keen_next: float = 1.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BaselineState:
        """What an earlier detector kept: its level, and the product of its three shapes as the table."""
        if "cell_count" in data:
            return cls(**data)
        known = {"keen_weight": data["level_weight"], **data}
        state = cls(**{**known, "keen_count": known["level_count"], "cells_relative": True, "cell": -1})
        for cell in range(WEEKDAYS * HOURS):
            weekday, hour = divmod(cell, HOURS)
            by_hour, by_kind = state.seen(hour, _kind_of(hour, weekday))
            state.cell_count[cell] = round(by_hour * by_kind * state.week_count[cell], _DIGITS)
        return state

    def seen(self, hour: int, kind: int) -> tuple[float, float]:
        """(by hour, by kind): what the sums of the cautious shape say of an hour, and on a kind of day."""
        by_hour = self.hour_count[hour] / self.hour_weight[hour] if self.hour_weight[hour] else 1.0
        by_kind = self.kind_count[kind] / self.kind_weight[kind] if self.kind_weight[kind] else 1.0
        return by_hour, by_kind


class Baseline:
    """Expects and learns on a state that the caller owns."""

    __slots__ = (
        "_day_steps",
        "_decay_hour",
        "_decay_keen",
        "_decay_level",
        "_decay_recent",
        "_decay_spread",
        "_decay_week",
        "_floor",
        "_interpolate",
        "_per_hour",
        "_per_visit",
        "_read",
        "_read_at",
        "_week",
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
        self._per_visit = max(self._per_hour, 1.0)
        visits_a_day = max(1.0, self._per_hour)
        self._day_steps = steps_a_day
        self._decay_level = 0.5 ** (1 / (policy.level_half_life_d * steps_a_day))
        self._decay_keen = 0.5 ** (1 / (policy.keen_half_life_d * steps_a_day))
        self._decay_recent = 0.5 ** (step_s / (policy.young_half_life_h * 3_600))
        self._decay_spread = 0.5 ** (1 / (policy.spread_half_life_d * steps_a_day))
        self._decay_hour = 0.5 ** (1 / (policy.shape_half_life_d * visits_a_day))
        self._decay_week = 0.5 ** (7 / (policy.week_half_life_d * visits_a_day))
        self._floor = policy.floor_per_day / steps_a_day
        self._week = WeekShape(policy.week, step_s)
        self._interpolate = step_s <= 1_800
        self._read_at: tuple[float, int] | None = None
        """The time of which the shapes were read last: a step expects and learns at the same one."""
        self._read = 1.0, 1.0

    @property
    def level(self) -> float:
        """Mentions a step, at the mean of the shape."""
        state = self.state
        if not state.level_weight:
            return self._floor
        level = state.level_count / state.level_weight
        return level if level > self._floor else self._floor

    @property
    def keen_level(self) -> float:
        """The same of the keen expectation, which follows sooner."""
        state = self.state
        if not state.keen_weight:
            return self._floor
        level = state.keen_count / state.keen_weight
        return level if level > self._floor else self._floor

    @property
    def deviation(self) -> float:
        """Robust spread in Poisson deviations: 1 is Poisson."""
        state = self.state
        # One pseudo-day of Poisson keeps the first steps sane; 0.8 is E|z| of a standard normal.
        prior = self._day_steps / 4
        return max((state.spread_sum + 0.8 * prior) / (state.spread_weight + prior) / 0.8, 0.7)

    def move(self, ratio: float) -> None:
        """The level is so many times what it was, from now on."""
        state = self.state
        state.level_count *= ratio
        state.keen_count *= ratio
        state.cell = -1

    def expect(self, local_hour: float, local_weekday: int, age_s: float) -> tuple[float, float]:
        """(cautious, keen): the expected count of a step.

        Until a day shape is known, a morning is not taken for a rise: in its second day a young series is
        believed half, then not at all, to be as loud as its last hours were, where that is more than its
        level. Only what rises faster than a day does stands out, and the two are the same.
        """
        shape, keen_shape = self.shapes(local_hour, local_weekday)
        mean = self.level * shape
        doubt = self.policy.young_d - age_s / 86_400
        if doubt <= 0.0:
            return mean, self.keen_level * keen_shape
        state, doubt = self.state, min(doubt, 1.0)
        if state.recent_weight > 0.0:
            recent = state.recent_count / state.recent_weight
            if recent > mean:
                mean *= (recent / mean) ** doubt
        return mean, mean

    def glance(self, count: float, expected: float, age_s: float) -> None:
        """Keep the level of the last hours, which `expect` needs of a young series; `expected` clips it."""
        state = self.state
        if age_s < (self.policy.young_d + 1.0) * 86_400:
            if state.recent_weight > 3.0:
                count = min(count, 3.0 * expected + 3.0)
            state.recent_count = state.recent_count * self._decay_recent + count
            state.recent_weight = state.recent_weight * self._decay_recent + 1.0

    def heeding(self, expected: float, keen: float) -> float:
        """The cautious expectation where the keen one is higher: as far as the series is loud enough.

        What is known of a loud evening is not told of; a thin series has too few counts to know it.
        """
        if not keen > expected > 0.0:
            return expected
        hourly = self.keen_level * self._per_hour
        heeded: float = (keen / expected) ** (hourly / (hourly + self.policy.heeded_from))
        return expected * heeded

    def shapes(self, local_hour: float, local_weekday: int) -> tuple[float, float]:
        """(cautious, keen): the factors for a step that starts then.

        Read between the middles of two hours; what a weekday has of its own begins on the hour.
        """
        if self._read_at == (local_hour, local_weekday):
            return self._read
        state = self.state
        part = self._turn_to(local_hour, local_weekday)
        other, keen = (state.after, state.keen_after) if part > 0 else (state.before, state.keen_before)
        self._read_at = local_hour, local_weekday
        self._read = (
            state.here + abs(part) * (other - state.here),
            state.keen_own * (state.keen_here + abs(part) * (keen - state.keen_here)),
        )
        return self._read

    def _turn_to(self, local_hour: float, local_weekday: int) -> float:
        """Have the shapes around this hour at hand; how far its middle is away, -0.5 to 0.5."""
        state = self.state
        middle = local_hour + min(self.step_s, 3_600) / 7_200
        hour = int(middle) % HOURS
        cell = local_weekday * HOURS + hour
        if cell != state.cell:
            self._settle(state.cell)
            earlier = (hour - 1) % HOURS, (local_weekday - (hour == 0)) % WEEKDAYS
            later = (hour + 1) % HOURS, (local_weekday + (hour == HOURS - 1)) % WEEKDAYS
            state.before, state.here = self._factor(*earlier), self._factor(hour, local_weekday)
            state.after = self._factor(*later)
            if state.cells_relative:
                self._turn_keen(cell, earlier, (hour, local_weekday), later)
            state.cell = cell
        return middle % 1.0 - 0.5 if self._interpolate else 0.0

    def _settle(self, cell: int) -> None:
        """An hour is over: what it taught is kept to few digits, which keeps the state small."""
        if cell < 0:
            return
        state = self.state
        weekday, hour = divmod(cell, HOURS)
        kind = _kind_of(hour, weekday)
        for sums, place in (
            (state.hour_count, hour),
            (state.hour_weight, hour),
            (state.kind_count, kind),
            (state.kind_weight, kind),
            (state.week_count, cell),
            (state.week_weight, cell),
            (state.cell_count, cell),
        ):
            sums[place] = round(sums[place], _DIGITS if sums[place] < 10.0 else _DIGITS - 1)

    def _turn_keen(
        self, cell: int, earlier: tuple[int, int], now: tuple[int, int], later: tuple[int, int]
    ) -> None:
        """The keen shape around an hour; of the next one only what comes after is not known already."""
        state = self.state
        a_visit = self.level * self._per_visit
        table = state.cell_count, state.week_weight
        week = self._week.read(*table, a_visit)
        if state.cell >= 0 and cell == (state.cell + 1) % (WEEKDAYS * HOURS):
            state.keen_before = state.keen_here
            state.keen_here, state.keen_own = state.keen_after, state.keen_next
        else:
            state.keen_before, _ = self._week.factor(*table, *earlier, a_visit, week)
            state.keen_here, state.keen_own = self._week.factor(*table, *now, a_visit, week)
        state.keen_after, state.keen_next = self._week.factor(*table, *later, a_visit, week)

    def _factor(self, hour: int, weekday: int) -> float:
        state, policy = self.state, self.policy
        prior = self._per_visit * (
            policy.shape_prior_d + policy.thin_prior / max(self.level * self._per_hour, 0.05)
        )
        by_hour = (state.hour_count[hour] + prior) / (state.hour_weight[hour] + prior)
        kind = _kind_of(hour, weekday)
        by_kind = (state.kind_count[kind] + prior) / (state.kind_weight[kind] + prior)
        week = weekday * HOURS + hour
        by_week = (state.week_count[week] + prior) / (state.week_weight[week] + prior)
        return max(by_hour * by_kind * by_week, 0.02)

    def learn(self, count: float, local_hour: float, local_weekday: int, weight: float = 1.0) -> None:
        """Take a step's count into what is normal, clipped at a few deviations above what was expected."""
        state, policy = self.state, self.policy
        if not count and not state.level_count:
            self._learn_silence(weight)
            return
        shape, keen = self.shapes(local_hour, local_weekday)
        level = self.level
        mean = level * shape
        sigma = math.sqrt(mean + 0.3)
        state.steps += 1
        taught = count
        if count > mean and state.steps > self._per_visit:
            usual = max(mean, self.keen_level * keen)
            clip = policy.clip * self.deviation * sigma
            if state.steps <= self._day_steps or state.steps <= YOUNG_STEPS:
                # A young level is uncertain by itself, so it may be moved further.
                clip = 2.0 * (clip + usual)
            taught = min(count, usual + clip)
        residual = abs(count - mean) / sigma
        if residual > 4.0:
            residual = 4.0
        state.spread_sum = state.spread_sum * self._decay_spread + weight * residual
        state.spread_weight = state.spread_weight * self._decay_spread + weight
        state.level_count = state.level_count * self._decay_level + weight * taught
        state.level_weight = state.level_weight * self._decay_level + weight * shape
        state.keen_count = state.keen_count * self._decay_keen + weight * taught
        state.keen_weight = state.keen_weight * self._decay_keen + weight * keen
        # Of the level after this step: a first count is then once the usual, not a thousand times.
        relative = weight * taught / self.keen_level
        week = state.cell  # of which the shapes were read just now
        hour = week % HOURS
        kind = _kind_of(hour, local_weekday)
        here = relative if state.cells_relative else weight * taught
        decay = self._decay_hour
        by_hour, by_kind = state.seen(hour, kind)
        state.hour_count[hour] = state.hour_count[hour] * decay + relative
        state.hour_weight[hour] = state.hour_weight[hour] * decay + weight
        relative = min(relative / max(by_hour, 0.05), 10.0)
        state.kind_count[kind] = state.kind_count[kind] * decay + relative
        state.kind_weight[kind] = state.kind_weight[kind] * decay + weight
        relative = min(relative / max(by_kind, 0.05), 10.0)
        decay = self._decay_week
        state.week_count[week] = state.week_count[week] * decay + relative
        state.week_weight[week] = state.week_weight[week] * decay + weight
        self._learn_cell(week, here)

    def _learn_silence(self, weight: float) -> None:
        """Before a first mention it is quiet, for a day at the most, and nothing is known of a shape."""
        state = self.state
        state.level_weight = min(state.level_weight * self._decay_level + weight, self._day_steps)
        state.keen_weight = state.level_weight

    def _learn_cell(self, cell: int, count: float) -> None:
        """The hours of a first day, which has no level yet, are measured by their mean once it is over."""
        state = self.state
        state.cell_count[cell] = state.cell_count[cell] * self._decay_week + count
        if not state.cells_relative and state.steps >= self._day_steps:
            level = sum(state.cell_count) / sum(state.week_weight)
            state.cell_count = [round(one / level, _DIGITS) for one in state.cell_count]
            state.cells_relative, state.cell = True, -1
