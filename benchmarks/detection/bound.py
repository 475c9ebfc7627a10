"""What could be had at all: the crises that the oracle sees at two false incidents a month, beside ours.

*One rule* for all sizes, with a limit for the kind. *A rule a size*, which knows the size that it waits for
and spends the whole budget on it alone. *A limit a series*: the same with a limit, and the budget, for each
series. Which statistic and which limit is chosen in hindsight, on the very series that are judged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from benchmarks.detection.generate import KINDS, STEP_S, WITHIN_S, generate_with_truth
from benchmarks.detection.hindsight import Judged, at_limit, openings, seeing, spending
from benchmarks.detection.oracle import WINDOWS, filtered, scan
from benchmarks.detection.ours import openings as our_openings
from benchmarks.detection.score import CrisisSum, crises
from benchmarks.detection.series import Floats, Series
from benchmarks.detection.tables import markdown
from benchmarks.detection.truth import Truth

BUDGET = 2.0
"""False incidents a series and month."""
NINE_OF_TEN = 0.9
OFFSETS = ((0.0, 0.0), (0.4, 0.0), (-0.4, 0.0), (0.0, 0.4), (0.0, -0.4), (0.4, 0.4), (-0.4, -0.4))
"""What the one rule may add to its readings for the two larger sizes, so that no size eats the budget."""


@dataclass(slots=True)
class Bound:
    """What became of the crises of a kind: under our detector, and under the oracle's rules."""

    ours: CrisisSum = field(default_factory=CrisisSum)
    one_rule: CrisisSum = field(default_factory=CrisisSum)
    by_size: dict[float, CrisisSum] = field(default_factory=dict)
    by_series: dict[float, CrisisSum] = field(default_factory=dict)
    price: dict[float, float] = field(default_factory=dict)
    """False incidents a month at which that rule sees nine of ten crises of its size; NaN for never."""
    below: dict[float, int] = field(default_factory=dict)
    """Missed by the rule for their size because nothing rose above its limit in time; the rest of what it
    missed came while an incident, true or false, was open or had just been resolved."""

    def __iadd__(self, other: Bound) -> Bound:
        self.ours += other.ours
        self.one_rule += other.one_rule
        for mine, theirs in ((self.by_size, other.by_size), (self.by_series, other.by_series)):
            for size, total in theirs.items():
                mine.setdefault(size, CrisisSum())
                mine[size] += total
        for size, number in other.below.items():
            self.below[size] = self.below.get(size, 0) + number
        return self


@dataclass(frozen=True, slots=True)
class _Read:
    """A series as the oracle reads it: by size, its statistics."""

    series: Series
    readings: dict[float, tuple[Floats, ...]]
    anything: tuple[Floats, ...]


def read(series: Series, truth: Truth) -> _Read:
    found = filtered(series, truth)
    readings: dict[float, tuple[Floats, ...]] = {
        size: (one.summed, one.highest, scan(series, truth, WITHIN_S[size] // STEP_S))
        for size, one in found.items()
    }
    anything = [scan(series, truth, WINDOWS[-1])]
    for first, second in OFFSETS:
        for name in ("summed", "highest"):
            parts = [
                getattr(one, name) + offset
                for one, offset in zip(found.values(), (first, second, 0.0), strict=True)
            ]
            anything.append(np.max(parts, axis=0))
    return _Read(series, readings, tuple(anything))


def bound(kind: str, seeds: range) -> Bound:
    """The oracle and ours on the same series of one kind."""
    found = Bound()
    reads = []
    for seed in seeds:
        series, truth = generate_with_truth(kind, seed)
        found.ours += crises(series, our_openings(series))
        reads.append(read(series, truth))
    general = [_within(rule) for rule in _rules(reads, [one.anything for one in reads])]
    found.one_rule = max((one.total for one in general), key=lambda total: sum(total.seen.values()))
    for size in WITHIN_S:
        rules = _rules(reads, [one.readings[size] for one in reads])
        chosen = max([_within(rule) for rule in rules] + general, key=lambda one: one.total.seen.get(size, 0))
        found.by_size[size] = chosen.total
        found.below[size] = sum(_below(one, chosen.limit, size) for one in chosen.rule)
        found.price[size] = seeing(chosen.rule, size, NINE_OF_TEN).false_a_month
        found.by_series[size] = max(
            (_each_within(rule) for rule in rules), key=lambda total: total.seen.get(size, 0)
        )
    return found


def _rules(reads: Sequence[_Read], readings: Sequence[tuple[Floats, ...]]) -> list[list[Judged]]:
    """The series of a kind under each statistic."""
    return [
        [Judged(one.series, suspect) for one, suspect in zip(reads, rule, strict=True)]
        for rule in zip(*readings, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Spent:
    """What a rule sees at the limit that spends the budget."""

    rule: Sequence[Judged]
    limit: float
    total: CrisisSum


def _within(rule: Sequence[Judged]) -> _Spent:
    """One limit for all of these."""
    months = at_limit(rule, math.inf).months
    limit = spending(rule, math.floor(BUDGET * months + 1e-9))
    return _Spent(rule, limit, at_limit(rule, limit))


def _each_within(judged: Sequence[Judged]) -> CrisisSum:
    """With a limit for each: the budget of a series is rounded up to whole incidents."""
    total = CrisisSum()
    for one in judged:
        months = at_limit([one], math.inf).months
        total += at_limit([one], spending([one], math.ceil(BUDGET * months - 1e-9)))
    return total


def _below(judged: Judged, limit: float, size: float) -> int:
    """How many crises of this size were missed with no reading at the limit until they were due."""
    series, suspect = judged.series, judged.suspect
    opened = [int(series.at_s[row]) for row in openings(judged, limit)]
    number = 0
    for crisis in series.crises:
        if crisis.size != size or crisis.due_s is None:
            continue
        if any(crisis.onset_s < at_s <= crisis.due_s for at_s in opened):
            continue
        inside = (series.at_s > crisis.onset_s) & (series.at_s <= crisis.due_s)
        number += bool((suspect[inside] < limit).all())
    return number


def bound_table(pool: ProcessPoolExecutor, seeds: range) -> list[str]:
    """By kind and size: in time by ours / one rule / a rule a size / a limit a series."""
    jobs = {kind: pool.submit(bound, kind, seeds) for kind in KINDS}
    total = Bound()
    rows = []
    for kind, job in jobs.items():
        total += job.result()
        rows.append(_row(kind, job.result()))
    rows.append(_row("**all**", total))
    columns = "ours / one rule / a rule a size / a limit a series"
    head = [
        "kind",
        *(f"{size:g}x: {columns}" for size in WITHIN_S),
        "missed by a rule a size: as noise, held",
    ]
    return markdown(head, rows)


def _row(name: str, found: Bound) -> list[str]:
    cells = [name]
    missed = 0
    for size in WITHIN_S:
        due = found.ours.due.get(size, 0)
        columns = (found.ours, found.one_rule, found.by_size[size], found.by_series[size])
        shares = [f"{100 * one.share_seen(size):.0f}" for one in columns if due]
        cells.append(f"{' / '.join(shares)}% of {due}" if due else "-")
        missed += due - found.by_size[size].seen.get(size, 0)
    below = sum(found.below.values())
    price = [f"{found.price.get(size, math.nan):.1f}".replace("nan", "-") for size in WITHIN_S]
    return [*cells, f"{below}, {missed - below}", " / ".join(price)]
