"""A part of a total that grows: negative share, misinformation share. Streaming, causal, constant state.

Over windows of one hour to a day the reading is the signed root of the binomial deviance of `part` in
`total` against the share that was to be expected. Moods drift: posts of an hour agree with each other more
than a binomial draw would, so the deviance is divided by the design effect 1 + (n - 1) r (L. Kish, Survey
Sampling, 1965), where r, the correlation within a window, is learnt for each window length. What is then
left is as in a standard normal draw, whatever the volume; divided by the highest of a day's looks that
chance alone would reach it is the height, and the highest window decides. A handful of posts is never a
share: see `least_part` and `least_total`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from models.kept import Kept
from models.ordinary import chance_in_a_day
from models.spike import Reading, Sensitivity

DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class SharePolicy:
    """Everything that can be tuned; `share_policy_for` gives the usual ones."""

    step_s: int = 300
    windows_s: tuple[int, ...] = (3_600, 10_800, 21_600, 86_400)
    height_limit: float = 1.75
    prior_share: float = 0.1
    prior_total: float = 20.0
    """Worth this many mentions: what is believed of a watch nothing is known of."""
    half_life_d: float = 14.0
    before_s: int = DAY_S
    """A window shorter than this is held against the time before it, so that a sour day is told once."""
    before_total: float = 100.0
    """Worth this many independent mentions of that time: the usual share."""
    prior_drift: float = 0.06
    """Variance of the log-odds of an hour's share, before it is known; times p (1 - p) it is r."""
    drift_total: float = 300.0
    most_drift: float = 6.0
    """A window teaches r as at the most this many times what was expected of it: a crisis is no drift."""
    least_part: float = 5.0
    least_total: float = 8.0
    least_ratio: float = 1.4
    least_rise: float = 0.1
    """A share must rise by this much, or by `least_ratio` halfway to everything, whichever is less."""
    alarm_weight: float = 0.1
    """What stands out is learnt for a tenth: a crisis is not the new mood, unless it stays."""
    ranked_days: int = 28
    ranks: int = 3
    fade: float = 0.99
    height_cap: float = 3.0
    """A day is remembered as at the most this many times its limit."""
    provisional_s: int = 6 * 3_600
    full_s: int = 24 * 3_600
    young_days: float = 4.0
    young_factor: float = 1.3
    """How many times higher the limit begins; it comes down over `young_days`."""
    calm_share: float = 0.5
    """Of the limit: below it the rise is over."""


LIMIT: Final = {Sensitivity.FEWER: 2.1, Sensitivity.BALANCED: 1.75, Sensitivity.MORE: 1.5}
RARE_SHARE: Final = 0.1
RARE: Final = 0.915
"""Of what is rare elsewhere a rise is steep, and the limit this much lower: it costs hardly a false alarm."""


def share_policy_for(
    sensitivity: Sensitivity, step_s: int = 300, prior_share: float = SharePolicy().prior_share
) -> SharePolicy:
    """The usual policy; give the share that the signal has elsewhere as `prior_share`."""
    if not 0.0 < prior_share < 1.0:
        raise ValueError(f"a share lies between 0 and 1, not {prior_share}")
    windows = sorted({max(step_s, window_s // step_s * step_s) for window_s in SharePolicy().windows_s})
    return SharePolicy(
        step_s=step_s,
        windows_s=tuple(windows),
        height_limit=LIMIT[sensitivity] * (RARE if prior_share < RARE_SHARE else 1.0),
        prior_share=prior_share,
    )


@dataclass(frozen=True, slots=True)
class ShareStep:
    """A closed step: `part` of `total` mentions. A total of None is a gap."""

    at_s: int
    step_s: int
    local_weekday: int
    total: float | None
    part: float = 0.0


_KEPT_FROM_OLDER: Final = ("total", "part", "age_steps", "since_s", "weekday", "totals", "parts")


@dataclass(slots=True)
class ShareState(Kept):
    """Plain data, constant in size, exact through JSON.

    `totals` and `parts` are the steps of the last 30 hours, oldest first; `excess` over `pairs` is the
    correlation within a window, by window; `heights` what the last days reached.
    """

    total: float = 0.0
    part: float = 0.0
    age_steps: int = 0
    since_s: int = 0
    weekday: int = -1
    totals: list[float] = field(default_factory=list)
    parts: list[float] = field(default_factory=list)
    excess: list[float] = field(default_factory=list)
    pairs: list[float] = field(default_factory=list)
    today: float = 0.0
    today_steps: int = 0
    heights: list[float] = field(default_factory=list)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ShareState:
        """Of a state kept before drift was learnt the usual share stays; the drift is learnt anew."""
        if "pairs" not in data:
            data = {name: data[name] for name in _KEPT_FROM_OLDER}
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


@dataclass(frozen=True, slots=True)
class _Look:
    """A window of a step. `share` is what was to be expected, `design` how many times the binomial variance
    it has, `yard` the surprise of height 1."""

    height: float
    place: int
    total: float
    part: float
    share: float
    design: float
    yard: float


class ShareDetector:
    """One share, step by step, in order. `Reading` tells observed, expected and limit as shares."""

    __slots__ = (
        "_before",
        "_decay",
        "_grown_limit",
        "_lengths",
        "_longest",
        "_parts",
        "_totals",
        "_yards",
        "policy",
        "state",
    )

    def __init__(self, policy: SharePolicy, state: ShareState | None = None) -> None:
        self.policy = policy
        self.state = state if state is not None else ShareState()
        self._lengths = [window_s // policy.step_s for window_s in policy.windows_s]
        self._before = policy.before_s // policy.step_s
        self._longest = max(
            length + (self._before if length < self._before else 0) for length in self._lengths
        )
        self._decay = 0.5 ** (policy.step_s / (policy.half_life_d * DAY_S))
        self._yards = [chance_in_a_day(window_s) for window_s in policy.windows_s]
        if len(self.state.pairs) != len(self._lengths):
            self.state.excess = [0.0] * len(self._lengths)
            self.state.pairs = [0.0] * len(self._lengths)
        self._grown_limit = self._rank()
        # Running sums of whole numbers, which floats hold exactly.
        self._totals = list(accumulate(self.state.totals, initial=0.0))
        self._parts = list(accumulate(self.state.parts, initial=0.0))

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
            return self._reading(step, _Look(0.0, 0, 0.0, 0.0, usual, 1.0, 1.0), 1.0, 0.0, "gap")
        if not 0.0 <= step.part <= step.total:
            raise ValueError(f"{step.part} is no part of {step.total}")
        state.age_steps += 1
        state.today_steps += 1
        self._push(step.total, step.part)
        limit = self._limit()
        young = state.age_steps * policy.step_s <= policy.provisional_s
        looks = [self._look(place, usual) for place in range(len(self._lengths))]
        if not young:
            self._learn_drift(looks)
            highest = max(look.height for look in looks)
            state.today = max(state.today, min(highest, policy.height_cap * limit))
        best = max(looks, key=lambda look: (self._matters(look, usual), look.height))
        stands_out = self._matters(best, usual) and best.height >= limit
        weight = policy.alarm_weight if stands_out and not young else 1.0
        state.total = state.total * self._decay + weight * step.total
        state.part = state.part * self._decay + weight * step.part
        if young:
            return self._reading(step, best, 1.0, 0.0, "warming-up")
        calm = best.height <= policy.calm_share * limit
        if calm:
            state.since_s = 0
        elif not state.since_s:
            state.since_s = step.at_s - policy.windows_s[best.place]
        reason = "above-limit" if stands_out else "normal" if calm else "raised"
        score = best.height / limit if stands_out else min(best.height / limit, 0.99)
        return self._reading(step, best, self._solve(best, usual, limit), score, reason)

    def _push(self, total: float, part: float) -> None:
        state = self.state
        for ring, sums, value in (
            (state.totals, self._totals, total),
            (state.parts, self._parts, part),
        ):
            ring.append(value)
            sums.append(sums[-1] + value)
            if len(ring) > self._longest:
                del ring[0], sums[0]

    # -- a window

    def _look(self, place: int, usual: float) -> _Look:
        """The window against the usual share, or against the day before it where it is shorter."""
        policy, length = self.policy, self._lengths[place]
        now = len(self._totals) - 1
        first = max(now - length, 0)
        total, part = self._totals[now] - self._totals[first], self._parts[now] - self._parts[first]
        share = usual
        if length < self._before and first:
            earlier = max(first - self._before, 0)
            known = self._totals[first] - self._totals[earlier]
            worth = 1.0 / self._design(known, self._drift(-1, usual))
            share = (worth * (self._parts[first] - self._parts[earlier]) + policy.before_total * usual) / (
                worth * known + policy.before_total
            )
        design = self._design(total, self._drift(place, usual))
        yard = self._yards[place] * math.sqrt(design)
        return _Look(surprise(part, total, share) / yard, place, total, part, share, design, yard)

    def _drift(self, place: int, usual: float) -> float:
        """r, the correlation within a window of this length."""
        state, policy = self.state, self.policy
        prior = policy.prior_drift * usual * (1.0 - usual)
        learnt = state.excess[place] + prior * policy.drift_total
        return max(learnt / (state.pairs[place] + policy.drift_total), 1e-6)

    @staticmethod
    def _design(total: float, drift: float) -> float:
        """How many times the binomial variance the share of so many mentions has."""
        return 1.0 + (total - 1.0) * drift if total > 1.0 else 1.0

    def _learn_drift(self, looks: list[_Look]) -> None:
        """By moments: Pearson's statistic of a window is on average its design effect."""
        state, policy = self.state, self.policy
        for look, length in zip(looks, self._lengths, strict=True):
            place, total, share = look.place, look.total, look.share
            excess = pairs = 0.0
            if total >= 4.0:
                pearson = (look.part - total * share) ** 2 / (total * share * (1.0 - share))
                # Each step sees the window again: one window's worth in as many steps as it has.
                excess = (min(pearson, policy.most_drift * look.design) - 1.0) / length
                pairs = (total - 1.0) / length
            state.excess[place] = round(state.excess[place] * self._decay + excess, 9)
            state.pairs[place] = round(state.pairs[place] * self._decay + pairs, 6)

    # -- the limit

    def _least(self, usual: float) -> float:
        """The share below which no rise is news."""
        policy = self.policy
        least = min(usual + policy.least_rise, max(policy.least_ratio * usual, 0.5 * (usual + 1.0)))
        return max(least, policy.least_ratio * usual) if usual < 0.5 else least

    def _matters(self, look: _Look, usual: float) -> bool:
        policy = self.policy
        enough = look.part >= policy.least_part and look.total >= policy.least_total
        return enough and look.part >= self._least(usual) * look.total

    def _limit(self) -> float:
        """The height that alarms: fixed, or halfway (geometrically) to what the highest days reached."""
        policy = self.policy
        age_d = self.state.age_steps * policy.step_s / DAY_S
        if age_d >= policy.young_days:
            return self._grown_limit
        return self._grown_limit * (1.0 + (policy.young_factor - 1.0) * (1.0 - age_d / policy.young_days))

    def _rank(self) -> float:
        policy = self.policy
        highest = sorted(self.state.heights, reverse=True)[: policy.ranks]
        if len(highest) < policy.ranks:
            return policy.height_limit
        ranked = math.exp(sum(math.log(max(height, 0.1)) for height in highest) / policy.ranks)
        return math.sqrt(policy.height_limit * max(ranked, policy.height_limit))

    def _solve(self, look: _Look, usual: float, limit: float) -> float:
        """The share at which a window of this total meets the limit; 1 when nothing could."""
        total, share = look.total, look.share
        wanted = limit * look.yard
        if total <= 0.0 or surprise(total, total, share) < wanted:
            return 1.0
        # Newton on the deviance, which is convex: from the second turn on it comes down to the root.
        solved = min(share + wanted * math.sqrt(share * (1.0 - share) / total), 0.5 * (share + 1.0))
        for _ in range(4):
            slope = total * math.log(solved * (1.0 - share) / (share * (1.0 - solved)))
            over = 0.5 * (surprise(solved * total, total, share) ** 2 - wanted**2)
            solved = min(solved - over / slope, 0.5 * (solved + 1.0))
        solved = min(max(solved, self._least(usual)), 1.0)
        if look.height >= limit and self._matters(look, usual):
            # Solved to a thousandth: what is above its limit is told none that is higher than itself.
            return min(solved, look.part / total)
        return solved

    def _reading(self, step: ShareStep, look: _Look, limit: float, score: float, reason: str) -> Reading:
        policy, state = self.policy, self.state
        window_s = policy.windows_s[look.place]
        usual = self.usual
        return Reading(
            at_s=step.at_s,
            observed=look.part / look.total if look.total else usual,
            expected=usual,
            limit=limit,
            window_s=window_s,
            since_s=state.since_s or step.at_s - window_s,
            score=score,
            alarm=reason == "above-limit",
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
            faded = [round(height**policy.fade, 3) for height in state.heights[-(policy.ranked_days - 1) :]]
            state.heights = [*faded, round(state.today, 3)]
        state.today, state.today_steps = 0.0, 0
        self._grown_limit = self._rank()
