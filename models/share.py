"""A part of a total that grows: negative share, misinformation share. Streaming, causal, constant state.

Over windows of one hour to a day the reading is the signed root of the binomial deviance of `part` in
`total` against the share learnt so far. Divided by the median of its own daily maxima it says how many
times an ordinary day's highest this is; topics swing the mood of a day, so an ordinary day reaches more
than a binomial one. A handful of posts is never a share: see `least_part` and `least_total`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from models.spike import Reading, Sensitivity

DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class SharePolicy:
    """Everything that can be tuned; `share_policy_for` gives the usual ones."""

    step_s: int = 300
    windows_s: tuple[int, ...] = (3_600, 21_600, 86_400)
    height_limit: float = 2.2
    prior_share: float = 0.1
    prior_total: float = 20.0
    """Worth this many mentions: what is believed of a watch nothing is known of."""
    half_life_d: float = 14.0
    least_part: float = 5.0
    least_total: float = 8.0
    least_ratio: float = 1.4
    least_rise: float = 0.1
    """A share must rise by this much, or by `least_ratio` halfway to everything, whichever is less."""
    ordinary_days: int = 21
    least_ordinary: float = 1.6
    provisional_s: int = 6 * 3_600
    full_s: int = 24 * 3_600
    calm_height: float = 1.1


def share_policy_for(
    sensitivity: Sensitivity, step_s: int = 300, prior_share: float = SharePolicy().prior_share
) -> SharePolicy:
    """The usual policy; give the share that the signal has elsewhere as `prior_share`."""
    if not 0.0 < prior_share < 1.0:
        raise ValueError(f"a share lies between 0 and 1, not {prior_share}")
    windows = sorted({max(step_s, window_s // step_s * step_s) for window_s in SharePolicy().windows_s})
    limit = {Sensitivity.FEWER: 2.8, Sensitivity.BALANCED: 2.2, Sensitivity.MORE: 1.8}[sensitivity]
    return SharePolicy(step_s=step_s, windows_s=tuple(windows), height_limit=limit, prior_share=prior_share)


@dataclass(frozen=True, slots=True)
class ShareStep:
    """A closed step: `part` of `total` mentions. A total of None is a gap."""

    at_s: int
    step_s: int
    local_weekday: int
    total: float | None
    part: float = 0.0


@dataclass(slots=True)
class ShareState:
    """Plain data, constant in size, exact through JSON."""

    total: float = 0.0
    part: float = 0.0
    age_steps: int = 0
    since_s: int = 0
    weekday: int = -1
    totals: list[float] = field(default_factory=list)
    parts: list[float] = field(default_factory=list)
    today: list[float] = field(default_factory=list)
    today_steps: int = 0
    days: list[list[float]] = field(default_factory=list)
    ordinary: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ShareState:
        return cls(**data)


def surprise(part: float, total: float, share: float) -> float:
    """Signed root of the binomial deviance, 0 where the share is not above the usual one."""
    if total <= 0.0 or part <= share * total:
        return 0.0
    rest = total - part
    deviance = part * math.log(part / (share * total))
    if rest > 0.0:
        deviance += rest * math.log(rest / ((1.0 - share) * total))
    return math.sqrt(max(2.0 * deviance, 0.0))


class ShareDetector:
    """One share, step by step, in order. `Reading` tells observed, expected and limit as shares."""

    __slots__ = ("_decay", "_lengths", "_longest", "policy", "state")

    def __init__(self, policy: SharePolicy, state: ShareState | None = None) -> None:
        self.policy = policy
        self.state = state if state is not None else ShareState()
        self._lengths = [window_s // policy.step_s for window_s in policy.windows_s]
        self._longest = max(self._lengths)
        self._decay = 0.5 ** (policy.step_s / (policy.half_life_d * DAY_S))
        if not self.state.ordinary:
            self._rank()

    @property
    def usual(self) -> float:
        """The share that is normal, strictly between 0 and 1."""
        state, policy = self.state, self.policy
        share = (state.part + policy.prior_share * policy.prior_total) / (state.total + policy.prior_total)
        return min(max(share, 0.001), 0.999)

    def learn(self, step: ShareStep) -> None:
        """Take a step of history in without deciding anything."""
        self.step(step)

    def step(self, step: ShareStep) -> Reading:
        """One step further. Raises ValueError for a part that is no part of its total."""
        state, policy = self.state, self.policy
        if step.local_weekday != state.weekday:
            self._close_day(step.local_weekday)
        usual = self.usual
        if step.total is None:
            self._push(0.0, 0.0)
            return self._reading(step, usual, usual, 1.0, 0, 0.0, "gap")
        if not 0.0 <= step.part <= step.total:
            raise ValueError(f"{step.part} is no part of {step.total}")
        state.age_steps += 1
        state.today_steps += 1
        self._push(step.total, step.part)
        young = state.age_steps * policy.step_s <= policy.provisional_s
        best = self._best(usual)
        # What stands out is learnt for a tenth: a crisis is not the new mood, unless it stays.
        weight = 1.0 if best[0] < policy.height_limit or young else 0.1
        state.total = state.total * self._decay + weight * step.total
        state.part = state.part * self._decay + weight * step.part
        height, index, part, total = best
        if young:
            return self._reading(step, part / total if total else usual, usual, 1.0, index, 0.0, "warming-up")
        if height <= policy.calm_height:
            state.since_s = 0
        elif not state.since_s:
            state.since_s = step.at_s - policy.windows_s[index]
        limit = self._solve(total, usual, index)
        observed = part / total if total else usual
        enough = part >= policy.least_part and total >= policy.least_total and observed >= limit
        alarm = enough and height >= policy.height_limit
        reason = "above-limit" if alarm else "raised" if height > policy.calm_height else "normal"
        return self._reading(
            step, observed, usual, limit, index, height / policy.height_limit, reason, alarm=alarm
        )

    def _push(self, total: float, part: float) -> None:
        state = self.state
        state.totals.append(total)
        state.parts.append(part)
        if len(state.totals) > self._longest:
            del state.totals[0], state.parts[0]

    def _best(self, usual: float) -> tuple[float, int, float, float]:
        """(height, window, part, total) of the window that stands out most."""
        state = self.state
        best = (-1.0, 0, 0.0, 0.0)
        for index, length in enumerate(self._lengths):
            total = sum(state.totals[-length:])
            part = sum(state.parts[-length:])
            value = surprise(part, total, usual)
            state.today[index] = max(state.today[index], value)
            height = value / state.ordinary[index]
            if height > best[0]:
                best = (height, index, part, total)
        return best

    def _solve(self, total: float, usual: float, index: int) -> float:
        """The share at which a window of this total meets the limit; 1 when nothing could."""
        policy = self.policy
        least = min(usual + policy.least_rise, max(policy.least_ratio * usual, 0.5 * (usual + 1.0)))
        wanted = policy.height_limit * self.state.ordinary[index]
        if total <= 0.0 or surprise(total, total, usual) < wanted:
            return 1.0
        low, high = usual, 1.0
        for _ in range(12):
            middle = 0.5 * (low + high)
            if surprise(middle * total, total, usual) >= wanted:
                high = middle
            else:
                low = middle
        return min(max(high, least, policy.least_ratio * usual if usual < 0.5 else least), 1.0)

    def _reading(
        self,
        step: ShareStep,
        observed: float,
        usual: float,
        limit: float,
        index: int,
        score: float,
        reason: str,
        *,
        alarm: bool = False,
    ) -> Reading:
        policy, state = self.policy, self.state
        window_s = policy.windows_s[index]
        return Reading(
            at_s=step.at_s,
            observed=observed,
            expected=usual,
            limit=limit,
            window_s=window_s,
            since_s=state.since_s or step.at_s - window_s,
            score=score,
            alarm=alarm,
            calm=not state.since_s,
            warming_up=state.age_steps * policy.step_s < policy.full_s,
            reason=reason,
            step_s=step.step_s,
            gap=step.total is None,
        )

    def _close_day(self, weekday: int) -> None:
        state, policy = self.state, self.policy
        state.weekday = weekday
        if state.today_steps * policy.step_s >= DAY_S // 2 or (state.today_steps and policy.step_s >= DAY_S):
            day = [round(value, 4) for value in state.today]
            state.days = [*state.days[-(policy.ordinary_days - 1) :], day]
        state.today = [0.0] * len(self._lengths)
        state.today_steps = 0
        self._rank()

    def _rank(self) -> None:
        """What an ordinary day reaches: the median of the last days and of three pseudo-days."""
        state, policy = self.state, self.policy
        if not state.today:
            state.today = [0.0] * len(self._lengths)
        prior = 2.0
        ordinary = []
        for index in range(len(self._lengths)):
            values = sorted([day[index] for day in state.days] + [prior] * 3)
            middle = len(values) // 2
            median = values[middle] if len(values) % 2 else 0.5 * (values[middle - 1] + values[middle])
            ordinary.append(max(median, policy.least_ordinary))
        state.ordinary = ordinary
