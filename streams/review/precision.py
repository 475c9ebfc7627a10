"""How often each rule was right, and how late: marks and openings in, one line a watch and rule out. Pure.

The interval is Wilson's score interval (E. B. Wilson, "Probable inference, the law of succession, and
statistical inference", Journal of the American Statistical Association 22, 1927, 209-212), at 95%: with few
marks, all of them true, it does not say 100%.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.spike import Sensitivity
from streams.records import Mark, Verdict
from streams.review.opened import Opened

Z_95: Final = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A rule on a watch: `shadow` None is the rule in force.

    `inherited` of the marks stand on an incident of the rule in force that a shadow's meets. `delays_s`
    are of true ones whose mark says when the matter began, negative where it was told before. Of a shadow,
    `beside` counts what the rule in force opened since the shadow began, and `missed` what of it is true
    and the shadow did not open; None where it is not known when the shadow began.
    """

    watch: str
    shadow: Sensitivity | None
    incidents: int
    true: int
    false: int
    inherited: int = 0
    delays_s: tuple[float, ...] = ()
    since: datetime | None = None
    beside: int | None = None
    missed: int | None = None

    @property
    def unmarked(self) -> int:
        return self.incidents - self.true - self.false

    @property
    def precision(self) -> float | None:
        marked = self.true + self.false
        return self.true / marked if marked else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.true, self.true + self.false)

    @property
    def median_delay_s(self) -> float | None:
        return statistics.median(self.delays_s) if self.delays_s else None


def wilson(right: int, total: int) -> tuple[float, float] | None:
    """The 95% interval of a share of which `right` in `total` were seen; None of nothing.

    >>> [round(end, 3) for end in wilson(9, 10)], wilson(0, 0)
    ([0.596, 0.982], None)
    """
    if not total:
        return None
    share, square = right / total, Z_95**2
    middle = share + square / (2 * total)
    spread = Z_95 * math.sqrt(share * (1 - share) / total + square / (4 * total**2))
    scale = 1 + square / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def verdict_on(opened: Opened, others: Iterable[Opened], marks: Mapping[str, Mark]) -> Mark | None:
    """Its own mark; of a shadow's without one, that of what it meets, true ones first."""
    own = marks.get(opened.incident.id)
    if own is not None or opened.shadow is None:
        return own
    met = [
        marks[other.incident.id]
        for other in others
        if other.shadow is None and other.incident.id in marks and opened.meets(other)
    ]
    return min(met, key=lambda mark: (mark.verdict is not Verdict.TRUE, mark.incident), default=None)


def review(
    opened: Sequence[Opened],
    marks: Mapping[str, Mark],
    begun: Mapping[tuple[str, Sensitivity], datetime],
) -> list[Standing]:
    """A line a watch for the rule in force, and one for each shadow it has or had; drills take no part."""
    real = [each for each in opened if not each.incident.drill]
    rules = {(each.incident.watch, each.shadow) for each in real} | set(begun)
    order = [None, *Sensitivity]
    return [
        _standing(watch, shadow, real, marks, begun)
        for watch, shadow in sorted(rules, key=lambda rule: (rule[0], order.index(rule[1])))
    ]


def _standing(
    watch: str,
    shadow: Sensitivity | None,
    opened: Sequence[Opened],
    marks: Mapping[str, Mark],
    begun: Mapping[tuple[str, Sensitivity], datetime],
) -> Standing:
    own = [each for each in opened if each.incident.watch == watch and each.shadow is shadow]
    in_force = [each for each in opened if each.incident.watch == watch and each.shadow is None]
    judged = [(each, mark) for each in own if (mark := verdict_on(each, in_force, marks)) is not None]
    true = [(each, mark) for each, mark in judged if mark.verdict is Verdict.TRUE]
    since = None if shadow is None else begun.get((watch, shadow))
    beside = [each for each in in_force if since is not None and each.incident.opened_at >= since]
    missed = [
        each
        for each in beside
        if (mark := marks.get(each.incident.id)) is not None
        and mark.verdict is Verdict.TRUE
        and not any(each.meets(mine) for mine in own)
    ]
    return Standing(
        watch=watch,
        shadow=shadow,
        incidents=len(own),
        true=len(true),
        false=len(judged) - len(true),
        inherited=sum(mark.incident != each.incident.id for each, mark in judged),
        delays_s=tuple(
            sorted(
                (each.incident.opened_at - mark.began_at).total_seconds()
                for each, mark in true
                if mark.began_at is not None
            )
        ),
        since=since,
        beside=None if since is None else len(beside),
        missed=None if since is None else len(missed),
    )
