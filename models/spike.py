"""What is not normal: a streaming detector of rises in a count, by ranked daily maxima.

For windows of 5 minutes to 12 hours three readings say how far the observed X is above the expected m:
    T1 = sqrt(2 [X ln(X/m) - (X - m)])      how surprising, were it Poisson (signed root of the deviance)
    T2 = (X - m) / (m + 1)^(3/4)            how many more
    T3 = ln((X + 3) / (m + 3))              how many times more
Each is divided by the median of its own daily maxima: 1 is what an ordinary day of this series reaches.
The geometric mean of the three is the height of a window, and the highest window decides. The limit is
half fixed, half ranked: the geometric mean of a constant and of the 2nd to 4th highest days of the last
four weeks. One huge burst is only the highest day: it cannot hide the next.

Upwards is bad; silence is told in its own field.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from models.baseline import Baseline, BaselinePolicy, BaselineState

DAY_S: Final = 86_400


class Sensitivity(StrEnum):
    """How eager to be: how many false pages one watch may cost, as measured in docs/detection.md."""

    FEWER = "fewer"
    BALANCED = "balanced"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Voices:
    """Who speaks in a step, beside how many mentions there are. Everything optional: None is unknown.

    `fresh_authors` are those distinct authors of the step not heard in this watch in the three hours
    before it, so that their sum over a window never counts an author of that window twice.
    """

    authors: int | None = None
    fresh_authors: int | None = None
    new_authors: int | None = None
    original_authors: int | None = None
    originals: int | None = None
    reposts: int | None = None
    near_duplicate_share: float = 0.0
    loudest_share: float | None = None
    platforms: int = 1
    new_narratives: int = 0


@dataclass(frozen=True, slots=True)
class SpikePolicy:
    """Everything that can be tuned. `policy_for` gives the usual ones."""

    step_s: int = 300
    windows_s: tuple[int, ...] = (300, 900, 3_600, 10_800, 43_200)
    fixed_limit: float = 1.8
    fixed_share: float = 0.5
    least_count: float = 5.0
    least_ratio: float = 1.5
    ordinary_days: int = 21
    ranked_days: int = 28
    provisional_s: int = 6 * 3_600
    full_s: int = 24 * 3_600
    young_factor: float = 1.6
    calm_height: float = 1.2
    baseline: BaselinePolicy = field(default_factory=BaselinePolicy)


def policy_for(sensitivity: Sensitivity, step_s: int = 300) -> SpikePolicy:
    """The usual policy of a sensitivity, for regular steps of `step_s` seconds. Raises ValueError below 1."""
    if step_s <= 0:
        raise ValueError(f"a step must last some seconds, not {step_s}")
    windows = sorted({max(step_s, window_s // step_s * step_s) for window_s in SpikePolicy().windows_s})
    limit = {Sensitivity.FEWER: 2.4, Sensitivity.BALANCED: 1.8, Sensitivity.MORE: 1.45}[sensitivity]
    return SpikePolicy(step_s=step_s, windows_s=tuple(windows), fixed_limit=limit)


@dataclass(frozen=True, slots=True)
class Step:
    """A closed step of one series. `at_s` is its END.

    `local_hour` (0..24) and `local_weekday` (0 = Monday) are of its START, in the watch's time zone. A
    `count` of None is a gap: nothing is learnt and nothing decided. `factor` is the calendar's: how many
    times the usual is expected; what is seen under another factor than 1 is not learnt as normal.
    """

    at_s: int
    step_s: int
    local_hour: float
    local_weekday: int
    count: float | None
    factor: float = 1.0
    partial: bool = False
    """Some of the sources were not heard: the count is a lower bound. It may alarm and is not learnt."""
    voices: Voices | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the detector says of a step.

    `observed`, `expected` and `limit` are counts of the window that decided, `score` is 1.0 at the limit,
    `since_s` the start of the rise, `calm` that the last hour was an ordinary one.
    """

    at_s: int
    observed: float
    expected: float
    limit: float
    window_s: int
    since_s: int
    score: float
    alarm: bool
    calm: bool
    warming_up: bool
    reason: str
    step_s: int = 300
    gap: bool = False
    silent: bool = False


@dataclass(slots=True)
class SpikeState:
    """Plain data, constant in size, exact through JSON."""

    baseline: BaselineState = field(default_factory=BaselineState)
    age_steps: int = 0
    since_s: int = 0
    weekday: int = -1
    counts: list[float] = field(default_factory=list)
    means: list[float] = field(default_factory=list)
    today: list[float] = field(default_factory=list)
    """The highest T1, T2, T3 of each window since local midnight."""
    today_height: float = 0.0
    today_steps: int = 0
    days: list[list[float]] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    ordinary: list[float] = field(default_factory=list)
    ranked: float = 0.0

    def to_json(self) -> dict[str, Any]:
        data = {name: getattr(self, name) for name in self.__slots__ if name != "baseline"}
        return {**data, "baseline": self.baseline.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SpikeState:
        return cls(**{**data, "baseline": BaselineState.from_json(data["baseline"])})


class SpikeDetector:
    """One series, step by step, in order. A missing step is a step whose count is None."""

    __slots__ = ("_baseline", "_lengths", "_longest", "policy", "state")

    def __init__(self, policy: SpikePolicy, state: SpikeState | None = None) -> None:
        self.policy = policy
        self.state = state if state is not None else SpikeState()
        self._baseline = Baseline(policy.baseline, self.state.baseline, policy.step_s)
        self._lengths = [window_s // policy.step_s for window_s in policy.windows_s]
        self._longest = max(self._lengths)

    def learn(self, step: Step) -> None:
        """Take a step of history in without deciding anything."""
        self.step(step)

    def band(self, window_s: int) -> tuple[float, float]:
        """(expected, limit) as counts over the window that ended with the last step, for charts and views.

        Raises ValueError where `window_s` is none of the policy's windows.
        """
        index = self.policy.windows_s.index(window_s)
        mean = sum(self.state.means[-self._lengths[index] :])
        limit = self._solve(mean, index, self._limit(self.state.age_steps * self.policy.step_s))
        return mean, max(limit, self.policy.least_count, self.policy.least_ratio * mean)

    def step(self, step: Step) -> Reading:
        state, policy = self.state, self.policy
        if step.local_weekday != state.weekday:
            self._close_day(step.local_weekday)
        shape = self._baseline.shape(step.local_hour, step.local_weekday)
        expected = self._baseline.level * shape * step.factor
        if step.count is None:
            self._push(0.0, 0.0)
            return self._quiet(step, expected, "gap", gap=True)
        count = float(step.count)
        state.age_steps += 1
        state.today_steps += 1
        age_s = state.age_steps * policy.step_s
        if age_s <= policy.provisional_s:
            if step.factor == 1.0 and not step.partial:
                self._baseline.learn(count, step.local_hour, step.local_weekday)
            self._push(count, round(self._baseline.level, 6))
            return self._quiet(step, expected, "warming-up", observed=count, warming_up=True)
        self._push(count, round(expected, 6))
        reading = self._decide(step, age_s)
        if step.factor == 1.0 and not step.partial:
            self._baseline.learn(count, step.local_hour, step.local_weekday)
        return reading

    def _push(self, count: float, mean: float) -> None:
        state = self.state
        state.counts.append(count)
        state.means.append(mean)
        if len(state.counts) > self._longest:
            del state.counts[0], state.means[0]

    def _quiet(
        self,
        step: Step,
        expected: float,
        reason: str,
        *,
        observed: float = 0.0,
        warming_up: bool = False,
        gap: bool = False,
    ) -> Reading:
        return Reading(
            at_s=step.at_s,
            observed=observed,
            expected=expected,
            limit=self._solve(expected, 0, self._limit(self.state.age_steps * self.policy.step_s)),
            window_s=self.policy.step_s,
            since_s=step.at_s - step.step_s,
            score=0.0,
            alarm=False,
            calm=not gap,
            warming_up=warming_up,
            reason=reason,
            step_s=step.step_s,
            gap=gap,
        )

    def _decide(self, step: Step, age_s: int) -> Reading:
        state, policy = self.state, self.policy
        if not state.ordinary:
            self._rank()
        counts, means, today = state.counts, state.means, state.today
        limit = self._limit(age_s)
        best, best_index, best_count, best_mean = -1.0, 0, 0.0, 0.0
        short = 0.0
        for index, length in enumerate(self._lengths):
            seen = sum(counts[-length:])
            mean = sum(means[-length:])
            height = 0.0
            if seen > mean > 0.0:
                surprise = math.sqrt(2.0 * (seen * math.log(seen / mean) - seen + mean))
                root = math.sqrt(mean + 1.0)
                excess = (seen - mean) / (root * math.sqrt(root))
                ratio = math.log((seen + 3.0) / (mean + 3.0))
                place = 3 * index
                ordinary = state.ordinary
                product = surprise * excess * ratio
                height = (product / (ordinary[place] * ordinary[place + 1] * ordinary[place + 2])) ** (1 / 3)
                today[place] = max(today[place], surprise)
                today[place + 1] = max(today[place + 1], excess)
                today[place + 2] = max(today[place + 2], ratio)
            if policy.windows_s[index] <= 3_600:
                short = max(short, height)
            if height > best:
                best, best_index, best_count, best_mean = height, index, seen, mean
        state.today_height = max(state.today_height, best)
        calm = short <= policy.calm_height
        if calm:
            state.since_s = 0
        elif not state.since_s:
            state.since_s = step.at_s - policy.windows_s[best_index]
        alarm = (
            best >= limit
            and best_count >= policy.least_count
            and best_count >= policy.least_ratio * best_mean
        )
        return Reading(
            at_s=step.at_s,
            observed=best_count,
            expected=best_mean,
            limit=max(
                self._solve(best_mean, best_index, limit), policy.least_count, policy.least_ratio * best_mean
            ),
            window_s=policy.windows_s[best_index],
            since_s=state.since_s or step.at_s - policy.windows_s[best_index],
            score=best / limit,
            alarm=alarm,
            calm=calm,
            warming_up=age_s < policy.full_s,
            reason="above-limit" if alarm else "normal" if calm else "raised",
            step_s=step.step_s,
        )

    def _limit(self, age_s: float) -> float:
        policy, state = self.policy, self.state
        ranked = state.ranked or policy.fixed_limit
        limit = math.pow(policy.fixed_limit, policy.fixed_share) * math.pow(ranked, 1 - policy.fixed_share)
        if age_s < 1.5 * DAY_S:
            limit *= 1.0 + (policy.young_factor - 1.0) * (1.0 - age_s / (1.5 * DAY_S))
        return limit

    def _height(self, seen: float, mean: float, index: int) -> float:
        ordinary = self.state.ordinary
        if seen <= mean or not ordinary:
            return 0.0
        surprise = math.sqrt(2.0 * max(seen * math.log(seen / mean) - seen + mean, 0.0))
        root = math.sqrt(mean + 1.0)
        excess = (seen - mean) / (root * math.sqrt(root))
        ratio = math.log((seen + 3.0) / (mean + 3.0))
        place = 3 * index
        ordinary = self.state.ordinary
        scale = ordinary[place] * ordinary[place + 1] * ordinary[place + 2]
        return math.exp(math.log(max(surprise * excess * ratio / scale, 1e-30)) / 3)

    def _solve(self, mean: float, index: int, limit: float) -> float:
        """The count at which the window's height meets the limit, to a hundredth of its excess."""
        if not self.state.ordinary:
            return max(5.0, 3.0 * mean)
        mean = max(mean, 1e-9)
        low, high = 0.0, 8.0 + 2.0 * mean
        for _ in range(40):
            if self._height(mean + high, mean, index) >= limit:
                break
            low, high = high, 2.0 * high
        for _ in range(8):
            middle = 0.5 * (low + high)
            if self._height(mean + middle, mean, index) >= limit:
                high = middle
            else:
                low = middle
        return mean + high

    def _close_day(self, weekday: int) -> None:
        state, policy = self.state, self.policy
        state.weekday = weekday
        enough = state.today_steps * policy.step_s >= DAY_S // 2 or policy.step_s >= DAY_S
        if enough and state.today:
            state.days = [*state.days[-(policy.ordinary_days - 1) :], [round(v, 4) for v in state.today]]
            state.heights = [*state.heights[-(policy.ranked_days - 1) :], round(state.today_height, 4)]
        state.today = [0.0] * (3 * len(self._lengths))
        state.today_height = 0.0
        state.today_steps = 0
        if state.days:
            self._rank()

    def _rank(self) -> None:
        """What an ordinary day reaches, and what the highest days reached."""
        state, policy = self.state, self.policy
        if not state.today:
            state.today = [0.0] * (3 * len(self._lengths))
        per_step = self._baseline.level
        ordinary: list[float] = []
        for index, length in enumerate(self._lengths):
            mean = per_step * length
            sigma = self._baseline.deviation
            looks = DAY_S / policy.windows_s[index]
            seen = mean + sigma * math.sqrt(2.0 * math.log(1.5 + looks)) * math.sqrt(mean + 1.0)
            root = math.sqrt(mean + 1.0)
            prior = (
                math.sqrt(2.0 * (seen * math.log(seen / mean) - seen + mean)),
                (seen - mean) / (root * math.sqrt(root)),
                math.log((seen + 3.0) / (mean + 3.0)),
            )
            for kind in range(3):
                values = sorted([day[3 * index + kind] for day in state.days] + [prior[kind]] * 3)
                middle = len(values) // 2
                median = values[middle] if len(values) % 2 else 0.5 * (values[middle - 1] + values[middle])
                ordinary.append(round(max(median, 0.3 * prior[kind]), 5))
        state.ordinary = ordinary
        fill = [policy.fixed_limit * 0.9] * (policy.ranked_days - len(state.heights))
        # Of days not lived yet, one in four would have been higher than ordinary.
        highest = sorted([*state.heights, *fill[: len(fill) // 4]], reverse=True)
        top = [max(value, 1.0) for value in highest[1:4]] or [policy.fixed_limit]
        state.ranked = round(math.exp(sum(map(math.log, top)) / len(top)), 5)
