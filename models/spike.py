"""What is not normal: a streaming detector of rises in a count, by ranked daily maxima.

For windows of 5 minutes to 12 hours three readings say how far the observed X is above the expected m:

    surprise = sqrt(2 [X ln(X/m) - (X - m)])    were it Poisson: the signed root of the deviance
    excess   = (X - m) / (m + 1)^(3/4)          how many more
    ratio    = ln((X + 1) / (m + 1))            how many times more

Each is divided by the median of its own daily maxima (`models.ordinary`). Their geometric mean (a fifth, a
fifth, three fifths), weighed by the window, is its height: about 1 is what an ordinary day of this very
series reaches. The highest window decides. The limit is half fixed, half ranked: the geometric mean of a
constant and of the highest three days of the last four weeks. Fixed alone is noisy on bursty series,
ranked alone misses. Beside it a second look weighs whether a crisis has begun against the noise of this
series, with a limit that is low where that noise is known and out of reach where bursts are daily bread
(`models.onset`). Either may alarm.

Where the authors are known, voices are counted instead of mentions (`models.voices`), and windows of
witnesses (authors never heard before, with words of their own) are read beside them.

Upwards is bad; silence is told in a field of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.baseline import Baseline
from models.corroboration import corroborating
from models.lasting import has_passed
from models.news import News
from models.noise_law import NoiseLearner
from models.onset import SLOW_S, OnsetLook, too_young
from models.spike_policy import DAY_S, HOUR_S, Sensitivity, SpikePolicy, policy_for
from models.spike_state import Reading, SpikeState, Step, Unit
from models.voices import Voices, heard, witnesses
from models.wildness import WildnessMeter

__all__ = [
    "VERSION",
    "Reading",
    "Sensitivity",
    "SpikeDetector",
    "SpikePolicy",
    "SpikeState",
    "Step",
    "Voices",
    "policy_for",
]

VERSION: Final = "9"
"""Stands in every incident: what is told at which limit changes with it."""


@dataclass(frozen=True, slots=True)
class _Lane:
    """A window of one unit. `place` is that of its three readings among the daily maxima."""

    place: int
    window_s: int
    steps: int
    weight: float
    least_ratio: float
    unit: Unit


def _digits(mean: float) -> int:
    """After the point, of an expectation that is kept: a part in a thousand of it, or less."""
    return 5 if mean < 1.0 else 3 if mean < 10.0 else 2 if mean < 100.0 else 1


def readings(seen: float, mean: float) -> tuple[float, float, float]:
    """(surprise, excess, ratio) of a count above its mean; both positive, `seen` the greater."""
    deviance = 2.0 * (seen * math.log(seen / mean) - seen + mean)
    surprise = math.sqrt(deviance) if deviance > 0.0 else 0.0
    root = math.sqrt(mean + 1.0)
    return surprise, (seen - mean) / (root * math.sqrt(root)), math.log((seen + 1.0) / (mean + 1.0))


class SpikeDetector:
    """One series, step by step, in order. A missing step is a step whose count is None.

    >>> detector = SpikeDetector(policy_for(Sensitivity.BALANCED))
    >>> for place in range(7 * 288):
    ...     reading = detector.step(Step(300 * (place + 1), 300, place % 288 / 12, place // 288 % 7, 4.0))
    >>> reading.alarm, detector.step(Step(300 * 2017, 300, 0.0, 0, 60.0)).alarm
    (False, True)
    """

    __slots__ = (
        "_baseline",
        "_forget",
        "_lanes",
        "_longest",
        "_noise",
        "_onset",
        "_wildness",
        "_witness_lanes",
        "_witness_longest",
        "policy",
        "state",
    )

    def __init__(self, policy: SpikePolicy, state: SpikeState | None = None) -> None:
        self.policy = policy
        self.state = state if state is not None else SpikeState()
        self._baseline = Baseline(policy.baseline, self.state.baseline, policy.step_s)
        self._noise = NoiseLearner(policy.noise, self.state.noise, policy.step_s)
        self._wildness = WildnessMeter(policy.wildness, self.state.wildness, policy.step_s)
        self._onset = OnsetLook(policy.onset, self.state.onset, self.state.noise, policy.step_s)
        self._lanes = [
            _Lane(3 * place, window_s, window_s // policy.step_s, weight, ratio, "mentions")
            for place, (window_s, weight, ratio) in enumerate(
                zip(policy.windows_s, policy.weights, policy.least_ratios, strict=True)
            )
        ]
        first, weight = len(self._lanes), policy.witness_weight
        self._witness_lanes = [
            _Lane(3 * (first + place), window_s, window_s // policy.step_s, weight, 2.0, "witnesses")
            for place, window_s in enumerate(policy.witness_windows_s)
        ]
        self._longest = max(lane.steps for lane in self._lanes)
        self._witness_longest = max(lane.steps for lane in self._witness_lanes)
        self._forget = 0.5 ** (policy.step_s / (policy.witness_half_life_d * DAY_S))

    def learn(self, step: Step) -> None:
        """Take a step of history in without telling anything of it."""
        self.step(step)

    def band(self, window_s: int) -> tuple[float, float]:
        """(expected, limit) in mentions over the window that ended with the last step, for charts and views.

        Raises ValueError for a window that no look reads.
        """
        steps = window_s // self.policy.step_s
        mean, keen = sum(self.state.means[-steps:]), sum(self.state.keen[-steps:])
        ratio = self.mentions_a_voice
        return mean * ratio, self._limit_of(mean, keen, window_s) * ratio

    def lately(self, window_s: int) -> tuple[float, float]:
        """(observed, expected) mentions of a window that ended with the last step, at least of that step."""
        steps = max(window_s // self.policy.step_s, 1)
        return sum(self.state.raw[-steps:], 0.0), sum(self.state.means[-steps:]) * self.mentions_a_voice

    def unheard(self, volume: Reading) -> Reading:
        """What silence is told of: the mentions of the window that noticed it; the limit is silence's own."""
        if not volume.silent_s:
            return volume
        observed, expected = self.lately(volume.silent_s)
        limit = self.policy.silent_share * expected
        return volume._replace(observed=observed, expected=expected, limit=limit, window_s=volume.silent_s)

    def _limit_of(self, mean: float, keen: float, window_s: int) -> float:
        """The count at which the lower of the two looks would alarm, were the rise still there."""
        ease = self.state.ease
        limit = self._onset.limit(keen, window_s, self._age_s, ease)
        if window_s in self.policy.windows_s:
            lane = self._lanes[self.policy.windows_s.index(window_s)]
            limit = min(limit, self._least(mean, lane, self._solve(mean, lane, self._limit(window_s) * ease)))
        elif window_s not in self._onset.windows_s:
            raise ValueError(f"no look reads windows of {window_s} s")
        return limit

    def slow_burn(self, volume: Reading) -> Reading:
        """What the slow windows say of the step whose reading is `volume`, whatever the quick ones say.

        What a sudden rise left in them is no slow burn. Calm once none of them is above its limit, or what
        was has passed: a slow burn has no quiet hours in between.
        """
        state, step_s = self.state, self.policy.step_s
        best: tuple[float, int, float, float, float] = (-1.0, self._lanes[-1].window_s, 0.0, 0.0, 0.0)
        for lane in self._lanes:
            window_s = lane.window_s
            if window_s < SLOW_S or too_young(window_s, self._age_s):
                continue
            seen, mean = sum(state.counts[-lane.steps :], 0.0), sum(state.means[-lane.steps :])
            limit = self._limit(window_s) * state.ease
            limit = self._least(mean, lane, self._solve(mean, lane, limit))
            score = (seen - mean) / max(limit - mean, 1e-6)
            if self._has_passed(lane, seen, mean):
                score = min(score, 0.0)
            best = max(best, (score, window_s, seen, mean, limit))
        look = None if volume.gap else self._onset.slow
        if look is not None and look.score > best[0]:
            best = (look.score, look.window_s, look.seen, look.mean, look.limit)
        score, window_s, seen, mean, limit = best
        if volume.alarm and not volume.sudden and window_s == volume.window_s:
            # Its limit is solved to a percent; what decided is above it.
            score, limit = max(score, 1.0), min(limit, seen)
        alarm = score >= 1.0 and not volume.gap and volume.at_s - state.sudden_s >= window_s
        return volume._replace(
            observed=seen,
            expected=mean,
            limit=limit,
            window_s=window_s,
            since_s=volume.at_s - window_s,
            score=max(score, 0.0),
            alarm=alarm,
            calm=not alarm and not volume.gap,
            reason="gap" if volume.gap else "above-limit" if alarm else "normal",
            silent_s=0,
            unit="voices" if volume.unit == "witnesses" else volume.unit,
            mentions=sum(state.raw[-(window_s // step_s) :], 0.0),
            sudden=False,
        )

    def step(self, step: Step) -> Reading:
        """One step further. Constant time: some 50 microseconds."""
        state, policy = self.state, self.policy
        if step.local_weekday != state.weekday:
            self._close_day(step.local_weekday)
        age_s = self._age_s
        expected, keen = self._baseline.expect(step.local_hour, step.local_weekday, age_s)
        expected, keen = step.factor * self._baseline.heeding(expected, keen), step.factor * keen
        if step.count is None:
            self._push(0.0, 0.0, 0.0, 0.0, 0.0)
            self._onset.weigh(None, keen)
            return self._undecided(step, expected, 0.0, "gap")
        raw = float(step.count)
        count = heard(raw, step.voices)
        newcomers = 0.0 if raw == 0.0 and state.voiced_sum else witnesses(step.voices)
        self._baseline.glance(count, expected, age_s)
        state.age_steps += 1
        state.ordinary.today_steps += 1
        age_s += policy.step_s
        learnt = step.factor == 1.0 and not step.partial
        if age_s <= policy.provisional_s:
            if learnt:
                self._baseline.learn(count, step.local_hour, step.local_weekday)
            self._push(count, raw, self._baseline.level, self._baseline.level, newcomers or 0.0)
            self._hear(count, raw, newcomers)
            return self._undecided(step, expected, raw, "warming-up")
        self._push(count, raw, expected, keen, newcomers or 0.0)
        state.aftermath.pass_step(policy.aftermath, policy.step_s)
        self._onset.weigh(count, keen)
        reading = self._decide(step, age_s, spoken=newcomers is not None)
        state.aftermath.tell(policy.aftermath, policy.step_s, alarm=reading.alarm)
        if state.aftermath.is_over(policy.aftermath, policy.step_s) and learnt:
            self._noise.note(state.counts, state.keen)
        silent = reading.silent_s or self._is_hushed(count, keen, age_s)
        state.silent_steps = state.silent_steps + 1 if silent else 0
        if learnt:
            self._baseline.learn(count, step.local_hour, step.local_weekday, self._weight(reading))
            state.plateau.note(count, keen)
        self._hear(count, raw, newcomers)
        return reading

    def _weight(self, reading: Reading) -> float:
        """How much a decided step teaches of what is normal."""
        policy = self.policy
        if reading.alarm:
            return policy.alarm_weight
        hushed = 0 < self.state.silent_steps * policy.step_s <= policy.silent_weight_s
        return policy.silent_weight if hushed else 1.0

    def _is_hushed(self, count: float, keen: float, age_s: int) -> bool:
        """Was the last hour all but empty, and this step as well?"""
        policy = self.policy
        if count > policy.hushed_step_share * keen or age_s < policy.hushed_after_s:
            return False
        steps = max(1, HOUR_S // policy.step_s)
        expected = sum(self.state.keen[-steps:])
        return (
            expected >= policy.hushed_expected
            and sum(self.state.counts[-steps:]) <= policy.hushed_share * expected
        )

    # -- the rings and ratios

    def _push(self, count: float, raw: float, mean: float, keen: float, newcomers: float) -> None:
        state = self.state
        # A whole number is kept as one: shorter in JSON, and the same in every sum.
        state.counts.append(int(count) if count.is_integer() else count)
        state.raw.append(int(raw) if raw.is_integer() else raw)
        state.means.append(round(mean, _digits(mean)))
        state.keen.append(round(keen, _digits(keen)))
        state.newcomers.append(newcomers)
        if len(state.counts) > self._longest:
            del state.counts[0], state.raw[0], state.means[0], state.keen[0]
        del state.newcomers[: -self._witness_longest]

    def _hear(self, count: float, raw: float, newcomers: float | None) -> None:
        """How many mentions a voice makes, and how many of the voices are witnesses, on the whole."""
        state, forget = self.state, self._forget
        state.heard_sum = state.heard_sum * forget + count
        state.raw_sum = state.raw_sum * forget + raw
        if newcomers is not None:
            state.witness_sum = state.witness_sum * forget + newcomers
            state.voiced_sum = state.voiced_sum * forget + count

    @property
    def mentions_a_voice(self) -> float:
        """How many mentions a voice usually makes."""
        return (self.state.raw_sum + 1.0) / (self.state.heard_sum + 1.0)

    @property
    def _witness_share(self) -> float:
        return (self.state.witness_sum + 0.5) / (self.state.voiced_sum + 1.0)

    # -- the decision

    def _undecided(self, step: Step, expected: float, raw: float, reason: str) -> Reading:
        lane = self._lanes[0]
        return Reading(
            at_s=step.at_s,
            observed=raw,
            expected=expected,
            limit=self._least(expected, lane, self._solve(expected, lane, self._limit(lane.window_s))),
            window_s=lane.window_s,
            since_s=step.at_s - step.step_s,
            score=0.0,
            alarm=False,
            calm=reason != "gap",
            warming_up=self._age_s < self.policy.full_s,
            reason=reason,
            step_s=step.step_s,
            gap=reason == "gap",
            mentions=raw,
        )

    def _decide(self, step: Step, age_s: int, *, spoken: bool) -> Reading:
        state, policy = self.state, self.policy
        if not state.ordinary.yardstick:
            self._measure()
        voices_of_news = self._listen(step.news)
        ease = state.ease
        own = self._limit(0)
        grown = age_s >= policy.slow_young_days * DAY_S
        quick, slow = own * ease, (own if grown else self._limit(HOUR_S)) * ease

        ordinary = state.aftermath.is_ordinary(policy.aftermath, policy.step_s)
        if ordinary:
            self._wildness.note(state.counts, state.keen)
        look = self._onset.look(state.counts, state.keen, age_s, ordinary=ordinary, ease=ease)
        # Scores are 1 at the limit: of what holds enough to matter the highest, and of what does not.
        best, lane, seen, mean, short, highest, silent_s = -1.0, self._lanes[0], 0.0, 0.0, 0.0, 0.0, 0
        sudden = look is not None and look.sudden
        fallback = (0.0, lane, float(state.counts[-1]), state.means[-1])
        usuals: dict[int, float] = {}
        counts, means = state.counts, state.means
        found, usual, until = 0.0, 0.0, None
        for one in self._lanes:
            # A longer window adds to a shorter one.
            found += sum(counts[-one.steps : until])
            usual += sum(means[-one.steps : until])
            until = -one.steps
            usuals[one.window_s] = usual
            if not found > usual > 0.0:
                hushed = not silent_s and found <= policy.silent_share * usual
                if hushed and self._is_silent(found, usual, one, age_s):
                    silent_s = one.window_s
                continue
            height = self._look(found, usual, one)
            if one.place and too_young(one.window_s, age_s):
                continue
            if height > highest:
                highest = height
            if height > short and one.window_s <= HOUR_S:
                short = height
            score = height / (quick if one.window_s < HOUR_S else slow)
            if score >= 1.0 and self._has_passed(one, found, usual):
                continue
            enough = found >= policy.least_count and found >= one.least_ratio * usual
            sudden = sudden or (enough and score >= 1.0 and one.window_s < SLOW_S)
            if score > best and enough:
                best, lane, seen, mean = score, one, found, usual
            elif score > fallback[0]:
                fallback = (score, one, found, usual)
        if spoken and state.voiced_sum > 0.0:
            share = self._witness_share
            for one in self._witness_lanes:
                newcomers, usual = sum(state.newcomers[-one.steps :]), share * usuals[one.window_s]
                if not newcomers > usual > 0.0:
                    continue
                height = self._look(newcomers, usual, one)
                score = height / (quick if one.window_s < HOUR_S else slow)
                if score > best and newcomers >= self._least(usual, one):
                    best, lane, seen, mean = score, one, newcomers, usual
                    short, highest = max(short, height), max(highest, height)
                    sudden = sudden or score >= 1.0
        state.ordinary.today_height = max(state.ordinary.today_height, min(highest, policy.height_cap * own))
        alarm = best >= 1.0
        too_few = not alarm and fallback[0] >= 1.0
        if not alarm and fallback[0] > best:
            best, lane, seen, mean = fallback
        score = best if alarm or not too_few else 0.99
        window_s, unit = lane.window_s, lane.unit
        if look is not None and look.score >= max(1.0, score):
            alarm, score, window_s, unit = True, look.score, look.window_s, "mentions"
            seen, mean = look.seen, look.mean
            at_limit = look.limit
        else:
            limit = quick if lane.window_s < HOUR_S else slow
            at_limit = self._least(mean, lane, self._solve(mean, lane, limit))
        if ease != 1.0:
            # An episode compares scores: a word that comes or goes makes a rise no larger.
            score = max(score * ease, 1.0) if alarm else min(score * ease, 0.99)
        if sudden:
            state.sudden_s = step.at_s
        calm = short <= policy.calm_height and (look is None or look.score <= policy.calm_score)
        if calm:
            state.since_s = 0
        elif not state.since_s:
            state.since_s = step.at_s - window_s
        known = step.voices is not None and step.voices.authors is not None
        return Reading(
            at_s=step.at_s,
            observed=seen,
            expected=mean,
            limit=min(at_limit, seen) if alarm else at_limit,
            window_s=window_s,
            since_s=state.since_s or step.at_s - window_s,
            score=score,
            alarm=alarm,
            calm=calm,
            warming_up=age_s < policy.full_s,
            reason=(
                "above-limit"
                if alarm
                else "too-few"
                if too_few
                else "nothing-new"
                if ease > 1.0 and ease * max(best, look.score if look else 0.0) >= 1.0
                else "few-voices"
                if known and self._loud_but_few(usuals, quick)
                else "normal"
                if calm
                else "raised"
            ),
            step_s=step.step_s,
            silent_s=silent_s,
            unit="voices" if known and unit == "mentions" else unit,
            mentions=sum(state.raw[-(window_s // policy.step_s) :], 0.0),
            sudden=sudden,
            corroborated=voices_of_news,
        )

    def _has_passed(self, lane: _Lane, seen: float, mean: float) -> bool:
        if lane.window_s <= HOUR_S:
            return False
        return has_passed(self.state.counts, self.state.means, lane.steps, seen, mean)

    def _listen(self, news: News | None) -> int:
        """What the step's words do to the limits; returns how many share the word that corroborates."""
        state, policy = self.state, self.policy.corroboration
        if news is None or not news.known:
            state.ease = 1.0
            return 0
        word = corroborating(news, state.counts, state.means, self.policy.step_s, policy)
        state.ease = policy.alone if word is None else policy.eased
        return 0 if word is None else word.voices

    def _look(self, seen: float, mean: float, lane: _Lane) -> float:
        """The height of a lane whose count is above its mean; today's maxima are kept on the way."""
        surprise, excess, ratio = read = readings(seen, mean)
        today, place = self.state.ordinary.today, lane.place
        if surprise > today[place]:
            today[place] = surprise
        if excess > today[place + 1]:
            today[place + 1] = excess
        if ratio > today[place + 2]:
            today[place + 2] = ratio
        return self._weighed(read, lane)

    def _weighed(self, read: tuple[float, float, float], lane: _Lane) -> float:
        """The readings of a lane in units of an ordinary day's, and their weighed geometric mean."""
        surprise, excess, ratio = read
        yard, place = self.state.ordinary.yardstick, lane.place
        steep = ratio / yard[place + 2]
        return lane.weight * math.pow(surprise * excess / (yard[place] * yard[place + 1]) * steep**3, 0.2)

    def _loud_but_few(self, usuals: Mapping[int, float], limit: float) -> bool:
        """Would the mentions of the last hour have been an alarm, were each a voice of its own?

        `usuals` are the voices expected in each window.
        """
        raw, ratio, least = self.state.raw, self.mentions_a_voice, self.policy.least_count
        for lane in self._lanes:
            if lane.window_s > HOUR_S:
                break
            said, usual = sum(raw[-lane.steps :]), ratio * usuals[lane.window_s]
            enough = said >= least and said >= lane.least_ratio * usual
            if enough and self._height(said, usual, lane) >= limit:
                return True
        return False

    def _is_silent(self, seen: float, mean: float, lane: _Lane, age_s: int) -> bool:
        """Silence is told once the shape is known, of a series loud and even enough to tell."""
        policy, before = self.policy, self.state.plateau.before
        if lane.window_s < HOUR_S:
            return False
        if before:
            # What was usual before a rise that was long is no silence after it.
            mean *= min(before / self._baseline.keen_level, 1.0)
        if seen > policy.silent_share * mean:
            return False
        wanted = policy.silent_expected * max(1.0, self._baseline.deviation**2)
        return mean >= wanted and age_s >= policy.silent_after_s and len(self.state.means) >= lane.steps

    @property
    def _age_s(self) -> int:
        return self.state.age_steps * self.policy.step_s

    def _least(self, mean: float, lane: _Lane, limit: float = 0.0) -> float:
        """The count that a lane must reach, whatever its height."""
        return max(limit, self.policy.least_count, lane.least_ratio * mean)

    def _limit(self, window_s: int) -> float:
        """The height at which a window of that length alarms."""
        policy = self.policy
        ranked = self.state.ordinary.ranked or policy.fixed_limit
        limit = math.pow(policy.fixed_limit, policy.fixed_share) * math.pow(ranked, 1 - policy.fixed_share)
        young_days = policy.young_days if window_s < HOUR_S else policy.slow_young_days
        age_d = self._age_s / DAY_S
        if age_d < young_days:
            limit *= 1.0 + (policy.young_factor - 1.0) * (1.0 - age_d / young_days)
        limit *= self.state.aftermath.fatigue
        return limit * (1.0 + (policy.uneven_factor - 1.0) * self._onset.uneven)

    def _height(self, seen: float, mean: float, lane: _Lane) -> float:
        """The height that a lane would have; nothing is kept."""
        if not seen > mean > 0.0:
            return 0.0
        return self._weighed(readings(seen, mean), lane)

    def _solve(self, mean: float, lane: _Lane, limit: float) -> float:
        """The count at which the lane meets the limit, to a percent of its excess: Newton on logarithms."""
        if not self.state.ordinary.yardstick:
            return 3.0 * mean
        mean = max(mean, 1e-6)
        root = math.sqrt(mean + 1.0)
        power = root * math.sqrt(root)
        yard, place = self.state.ordinary.yardstick, lane.place
        wanted = yard[place] * yard[place + 1] * yard[place + 2] ** 3 * (limit / lane.weight) ** 5
        # Where the excess is small the product of the readings grows with its fifth power.
        step = math.log(wanted * math.sqrt(mean) * power * (mean + 1.0) ** 3) / 5.0
        for _ in range(7):
            excess = math.exp(step if step < 40.0 else 40.0)
            seen = mean + excess
            away, ratio = math.log(seen / mean), math.log((seen + 1.0) / (mean + 1.0))
            deviance = 2.0 * (seen * away - excess)
            if deviance < 1e-18 or ratio < 1e-60:
                break
            error = math.log(math.sqrt(deviance) * excess / power * ratio**3 / wanted)
            if -0.03 < error < 0.03:
                break
            slope = excess * (away / deviance + 3.0 / ((seen + 1.0) * ratio)) + 1.0
            step -= error / slope
        return mean + math.exp(min(step, 40.0))

    # -- once a day

    def _close_day(self, weekday: int) -> None:
        state, policy = self.state, self.policy
        seen_s = state.ordinary.today_steps * policy.step_s
        state.weekday = weekday
        state.ordinary.close_day(policy.ordinary, keep=seen_s >= DAY_S // 2)
        ordinary = state.aftermath.close_day(policy.aftermath, policy.step_s)
        self._wildness.close_day(keep=ordinary)
        self._noise.close_day(keep=ordinary)
        ratio = state.plateau.close_day(
            policy.plateau, self._baseline.keen_level, self._baseline.deviation, policy.step_s
        )
        if ratio != 1.0:
            self._baseline.move(ratio)
            self._onset.move(ratio)
        self._onset.close_day(state.wildness.tail, state.aftermath.fatigue, keep=ordinary)
        if state.ordinary.yardstick or state.ordinary.days:
            self._measure()

    def _measure(self) -> None:
        """The prior of an ordinary day: the greatest of as many Poisson looks as a day has."""
        deviation = self._baseline.deviation
        prior: list[float] = []
        share = self._witness_share
        for lane in [*self._lanes, *self._witness_lanes]:
            mean = self._baseline.level * lane.steps * (share if lane.unit == "witnesses" else 1.0)
            looks = DAY_S / lane.window_s
            seen = mean + 1.3 * deviation * math.sqrt(2.0 * math.log(1.5 + looks)) * math.sqrt(mean + 1.0)
            prior.extend(readings(seen, mean))
        self.state.ordinary.measure(prior, self.policy.ordinary)
