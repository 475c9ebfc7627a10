"""One narrative that spreads: from a handful of voices to many, faster than it did before.

A narrative has no yesterday to be compared with, so it is compared with itself: the voices of the last
hour against what it drew in an hour so far, forgotten by half each `half_life_s`. Cheap enough for one
state a narrative. What the largest narrative of an ordinary day reaches is the watch's own (`Largest`):
where every goal is shared a hundred times in an hour, a hundred are no news.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from models.kept import Kept
from models.spike import Reading, Sensitivity, Step, readings
from models.voices import heard

HOUR_S: Final = 3_600
LARGEST_DAYS: Final = 28


@dataclass(frozen=True, slots=True)
class GrowthPolicy:
    """`least_voices` in an hour are a page; fewer are talk among friends, however fast it grows."""

    step_s: int = 300
    window_s: int = HOUR_S
    half_life_s: int = 12 * HOUR_S
    least_voices: float = 12.0
    least_ratio: float = 3.0
    least_surprise: float = 5.0


def growth_policy_for(sensitivity: Sensitivity, step_s: int = 300) -> GrowthPolicy:
    """The usual policy: 25, 12 or 8 voices in an hour at the least."""
    voices = {Sensitivity.FEWER: 25.0, Sensitivity.BALANCED: 12.0, Sensitivity.MORE: 8.0}[sensitivity]
    return GrowthPolicy(step_s=step_s, window_s=max(step_s, HOUR_S), least_voices=voices)


@dataclass(slots=True)
class GrowthState(Kept):
    """Plain data, exact through JSON. `usual`: the voices a step that it drew before the window."""

    usual: float = 0.0
    since_s: int = 0
    counts: list[float] = field(default_factory=list)


class GrowthDetector:
    """The steps of one narrative, in order, from its first; `Step.voices` are those of its posts alone."""

    __slots__ = ("_keep", "_steps", "policy", "state")

    def __init__(self, policy: GrowthPolicy, state: GrowthState | None = None) -> None:
        self.policy = policy
        self.state = state if state is not None else GrowthState()
        self._steps = max(1, policy.window_s // policy.step_s)
        self._keep = 0.5 ** (policy.step_s / policy.half_life_s)

    def step(self, step: Step, *, least: float = 0.0) -> Reading:
        """One step further. A gap neither alarms nor is learnt; fewer voices than `least` are no page."""
        state, policy = self.state, self.policy
        gap = step.count is None
        state.counts.append(0.0 if step.count is None else heard(step.count, step.voices))
        if len(state.counts) > self._steps:
            oldest = state.counts.pop(0)
            if not gap:
                state.usual = state.usual * self._keep + (1.0 - self._keep) * oldest
        seen, usual = sum(state.counts), max(state.usual * self._steps, 0.5)
        surprise = readings(seen, usual)[0] if seen > usual else 0.0
        limit = max(
            least, policy.least_voices, policy.least_ratio * usual, _count_at(policy.least_surprise, usual)
        )
        alarm = not gap and seen >= limit
        calm = seen < 0.5 * limit
        if calm:
            state.since_s = 0
        elif not state.since_s:
            state.since_s = step.at_s - policy.window_s
        return Reading(
            at_s=step.at_s,
            observed=seen,
            expected=usual,
            limit=limit,
            window_s=policy.window_s,
            since_s=state.since_s or step.at_s - policy.window_s,
            score=min(seen / limit, surprise / policy.least_surprise) if not alarm else seen / limit,
            alarm=alarm,
            calm=calm and not gap,
            warming_up=False,
            reason="gap" if gap else "above-limit" if alarm else "normal" if calm else "raised",
            step_s=step.step_s,
            gap=gap,
            unit="voices",
            mentions=seen,
        )


@dataclass(slots=True)
class Largest(Kept):
    """State: the most voices that one narrative had within an hour, by day, and what that makes usual."""

    today: float = 0.0
    days: list[float] = field(default_factory=list)

    def note(self, reading: Reading) -> None:
        """One crisis is remembered as at the most twice its limit, so that it cannot hide the next."""
        self.today = max(self.today, min(reading.observed, 2.0 * reading.limit))

    def close_day(self) -> None:
        """Local midnight."""
        self.days = [*self.days[-(LARGEST_DAYS - 1) :], round(self.today, 3)]
        self.today = 0.0

    @property
    def least(self) -> float:
        """A quarter more than the highest days of the last four weeks: their 1st to 3rd, geometrically."""
        highest = sorted(self.days, reverse=True)[:3]
        if not highest:
            return 0.0
        return 1.25 * math.exp(sum(math.log(max(one, 1.0)) for one in highest) / len(highest))


def _count_at(surprise: float, mean: float) -> float:
    """The count whose surprise over `mean` is at least this: a bound that errs to the high side."""
    # From X ln(X/m) - (X - m) >= (X - m)^2 / (2 m + 2 (X - m) / 3), Bernstein's inequality.
    third = surprise**2 / 3.0
    return mean + 0.5 * third + math.sqrt(0.25 * third**2 + surprise**2 * mean)
