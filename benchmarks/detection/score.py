"""How good a list of openings is: the NAB score, false episodes, delays of crises of known start.

The NAB score follows A. Lavin and S. Ahmad, "Evaluating Real-time Anomaly Detection Algorithms - the
Numenta Anomaly Benchmark" (ICMLA 2015), standard profile: a window earns s(-y) for its earliest
detection, less the later it is; a missed one costs 1; a detection outside costs up to 0.11, little when
it follows a window closely. 0 is a detector that says nothing, 100 a perfect one.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.detection.series import DAY_S, HOUR_S, Series

FALSE_WEIGHT = 0.11
PROBATION_SHARE = 0.15
PROBATION_MAX_ROWS = 750
MERGE_S = 6 * HOUR_S
GRACE_S = 12 * HOUR_S
"""An opening this long after a crisis still belongs to it."""


def sigmoid(y: float) -> float:
    """From 1 (long before the end of a window) through 0 (its end) to -1 (long after)."""
    return -1.0 if y > 100 else 2.0 / (1.0 + math.exp(5.0 * y)) - 1.0


@dataclass(slots=True)
class NabSum:
    """Sums over series; `score` normalises them."""

    windows: int = 0
    hit: int = 0
    reward: float = 0.0
    penalty: float = 0.0
    false_episodes: int = 0
    weeks: float = 0.0

    def __iadd__(self, other: NabSum) -> NabSum:
        self.windows += other.windows
        self.hit += other.hit
        self.reward += other.reward
        self.penalty += other.penalty
        self.false_episodes += other.false_episodes
        self.weeks += other.weeks
        return self

    @property
    def score(self) -> float:
        if not self.windows:
            return math.nan
        missed = self.windows - self.hit
        return 100 * (self.reward - missed - FALSE_WEIGHT * self.penalty + self.windows) / (2 * self.windows)

    @property
    def false_a_week(self) -> float:
        return self.false_episodes / self.weeks if self.weeks else math.nan


def nab(series: Series, rows: Iterable[int], *, probation: bool = True) -> NabSum:
    """Score the rows of the openings of one series."""
    count = len(series.counts)
    first_scored = min(int(PROBATION_SHARE * count), PROBATION_MAX_ROWS) if probation else 0
    windows = [window for window in series.windows if window[1] >= first_scored]
    starts = [first for first, _ in windows]
    earliest: dict[int, int] = {}
    penalty = 0.0
    marks: list[tuple[int, bool]] = []
    for row in sorted(set(rows)):
        if row < first_scored or any(first <= row <= last for first, last in series.unscored):
            continue
        place = bisect_right(starts, row) - 1
        inside = place >= 0 and row <= windows[place][1]
        marks.append((row, inside))
        if inside:
            earliest.setdefault(place, row)
        elif place < 0:
            penalty += 1.0
        else:
            first, last = windows[place]
            penalty -= sigmoid((row - last) / max(last - first, 1))
    reward = 0.0
    for place, row in earliest.items():
        first, last = windows[place]
        reward += sigmoid(-(last - row + 1) / (last - first + 1)) / sigmoid(-1.0)
    return NabSum(
        windows=len(windows),
        hit=len(earliest),
        reward=reward,
        penalty=penalty,
        false_episodes=_false_episodes(marks, MERGE_S // series.step_s),
        weeks=(count - 1 - first_scored) * series.step_s / (7 * DAY_S),
    )


def _false_episodes(marks: Sequence[tuple[int, bool]], merge_rows: int) -> int:
    """Detections at most some hours apart are one episode, false when none of them lies in a window."""
    episodes: list[bool] = []
    previous = None
    for row, inside in marks:
        if previous is not None and row - previous <= merge_rows:
            episodes[-1] = episodes[-1] or inside
        else:
            episodes.append(inside)
        previous = row
    return episodes.count(False)


@dataclass(slots=True)
class CrisisSum:
    """What became of the crises of a suite, by size, and the incidents that were none."""

    due: dict[float, int] = field(default_factory=dict)
    seen: dict[float, int] = field(default_factory=dict)
    ever: dict[float, int] = field(default_factory=dict)
    delays_s: dict[float, list[int]] = field(default_factory=dict)
    false_incidents: int = 0
    months: float = 0.0

    def __iadd__(self, other: CrisisSum) -> CrisisSum:
        for mine, theirs in ((self.due, other.due), (self.seen, other.seen), (self.ever, other.ever)):
            for size, number in theirs.items():
                mine[size] = mine.get(size, 0) + number
        for size, delays in other.delays_s.items():
            self.delays_s.setdefault(size, []).extend(delays)
        self.false_incidents += other.false_incidents
        self.months += other.months
        return self

    @property
    def false_a_month(self) -> float:
        return self.false_incidents / self.months if self.months else math.nan

    def share_seen(self, size: float) -> float:
        """Of the crises that had to be seen, those seen in time; NaN when there were none."""
        return self.seen.get(size, 0) / self.due[size] if self.due.get(size) else math.nan


def crises(series: Series, rows: Iterable[int]) -> CrisisSum:
    """Which crises were opened in time, and how many openings belong to none.

    A second opening in the same crisis is false as well: one crisis is one incident.
    """
    total = CrisisSum(months=len(series.counts) * series.step_s / (30 * DAY_S))
    opened = sorted(int(series.at_s[row]) for row in set(rows))
    taken: set[int] = set()
    for crisis in series.crises:
        mine = [at_s for at_s in opened if crisis.onset_s < at_s <= crisis.end_s + GRACE_S]
        if mine:
            taken.add(mine[0])
        if crisis.due_s is None:
            taken.update(mine)
            continue
        size = crisis.size
        total.due[size] = total.due.get(size, 0) + 1
        if mine and mine[0] <= crisis.end_s:
            total.ever[size] = total.ever.get(size, 0) + 1
            total.delays_s.setdefault(size, []).append(mine[0] - crisis.onset_s)
            if mine[0] <= crisis.due_s:
                total.seen[size] = total.seen.get(size, 0) + 1
    for first_s, last_s in series.excused:
        mine = [at_s for at_s in opened if first_s < at_s <= last_s]
        taken.update(mine[:1])
    total.false_incidents = len([at_s for at_s in opened if at_s not in taken])
    return total
