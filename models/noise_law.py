"""How the noise of a series falls: how far its level wanders and for how long, and how uneven its counts are.

The law: a count is Poisson of mean m x exp(w - s^2/2) x g, with w a Gaussian process that forgets
exponentially (deviation s, memory in steps; an AR(1)), and g drawn anew in each step from a gamma law of
mean 1 (its variance is the dispersion). Learnt by moments: of residuals e = count - m,

    E[e(t) e(t - k)] = m(t) m(t - k) [exp(s^2 phi^k) - 1],    E[e^2] - m = m^2 [(1 + dispersion) exp(s^2) - 1]

so that two lags give the memory and the deviation, and what is left of the variance is dispersion. A day
counts as at the most some times what was known before, so that a burst is no law; less of what wanders than
of what is uneven, since a day shape that is not known yet looks like wandering. The memory that two lags tell
is hardly better than a guess in a calm series, so half of it, of its logarithm, is one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from models.kept import Kept

LAG: Final = 6
"""Steps between the farther pair."""


@dataclass(frozen=True, slots=True)
class NoisePolicy:
    """A series is taken for noisy in this way until its own days say more. Half-life in days of data."""

    deviation: float = 0.15
    memory_s: int = 9_000
    dispersion: float = 0.1
    memory_trust: float = 0.5
    """Of the logarithm of the memory, how much is as learnt."""
    prior_days: float = 1.0
    half_life_d: float = 7.0
    half_said: float = 300.0
    """A day counts half whose squared means sum up to this."""
    bound: float = 3.0
    """Of a day, moments of what wanders are believed up to so many times what was known, ..."""
    uneven_bound: float = 6.0
    """... and what is uneven up to so many."""
    least_moment: float = 0.02
    """Either may always be believed up to its bound times this."""
    clip: float = 6.0
    """A residual teaches at the most so many deviations."""
    least_deviation: float = 0.03
    shortest_memory_s: int = 1_200
    longest_memory_steps: float = 120.0
    most_dispersion: float = 1.5


@dataclass(slots=True)
class NoiseLaw(Kept):
    """State. `variance` is s^2, `memory` in steps; `moments` relative: of a step, one and six apart."""

    variance: float = 0.0
    memory: float = 0.0
    dispersion: float = 0.0
    moments: list[float] = field(default_factory=list)
    weight: float = 0.0
    today: list[float] = field(default_factory=lambda: [0.0] * 6)


class NoiseLearner:
    """Learns a law that its owner keeps."""

    __slots__ = ("_forget", "_guess", "_shortest", "policy", "state")

    def __init__(self, policy: NoisePolicy, state: NoiseLaw, step_s: int) -> None:
        self.policy = policy
        self.state = state
        self._forget = 0.5 ** (1.0 / policy.half_life_d)
        self._shortest = policy.shortest_memory_s / step_s
        self._guess = policy.memory_s / step_s
        if not state.moments:
            keep = math.exp(-step_s / policy.memory_s)
            wander = policy.deviation**2
            state.moments = [wander + policy.dispersion, wander * keep, wander * keep**LAG]
            state.weight = policy.prior_days
            self._solve()

    def note(self, counts: Sequence[float], means: Sequence[float]) -> None:
        """An ordinary step was pushed last on these rings; a gap in them has count and mean 0."""
        if len(counts) <= LAG:
            return
        today, mean, near, far = self.state.today, means[-1], means[-2], means[-1 - LAG]
        here = self._residual(counts[-1], mean)
        today[0] += here * here - mean
        today[1] += mean * mean
        today[2] += here * self._residual(counts[-2], near)
        today[3] += mean * near
        today[4] += here * self._residual(counts[-1 - LAG], far)
        today[5] += mean * far

    def _residual(self, count: float, mean: float) -> float:
        uneven = self.state.moments[0]
        furthest = self.policy.clip * math.sqrt(mean + mean * mean * (uneven if uneven > 0.001 else 0.001))
        off = count - mean
        return off if -furthest < off < furthest else math.copysign(furthest, off)

    def close_day(self, *, keep: bool) -> None:
        """Local midnight: take the day in, if it is to be kept."""
        state, policy = self.state, self.policy
        today, state.today = state.today, [0.0] * 6
        if not keep or not all(today[place] > 0.0 for place in (1, 3, 5)):
            return
        whole, near, far = (today[place] / today[place + 1] for place in (0, 2, 4))
        known, known_near, _ = state.moments
        uneven = min(whole - near, policy.uneven_bound * max(known - known_near, policy.least_moment))
        most = policy.bound * max(known_near, policy.least_moment)
        if near > most:
            near, far = most, far * most / near
        found = uneven + near, near, far
        # A thin day says little: chance moves a moment by about 1 / sqrt(sum of m^2).
        said = today[1] / (today[1] + policy.half_said)
        old = state.weight * self._forget
        state.weight = max(old + said, 1.0)
        state.moments = [
            round((was * old + now * said) / (old + said), 9)
            for was, now in zip(state.moments, found, strict=True)
        ]
        self._solve()

    def _solve(self) -> None:
        """The law of the moments, within bounds."""
        state, policy = self.state, self.policy
        whole, near, far = state.moments
        near = max(near, 1e-4)
        fading = min(max(far / near, 0.05), 0.99)
        memory = -(LAG - 1) / math.log(fading)
        memory = min(max(memory, self._shortest), policy.longest_memory_steps)
        state.memory = round(memory**policy.memory_trust * self._guess ** (1.0 - policy.memory_trust), 6)
        wander = min(max(near * math.exp(1.0 / state.memory), policy.least_deviation**2), 1.0)
        state.variance = round(math.log1p(wander), 9)
        state.dispersion = round(
            min(max((1.0 + whole) / (1.0 + wander) - 1.0, 0.0), policy.most_dispersion), 9
        )
