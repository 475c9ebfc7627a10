"""Whole watches: all signals at once, through the live rule, from rows to what people are told.

A watch is a generated series thinned to a town's volume, with authors, moods that drift, rumours, and reposts
of what was said before, so that every signal has something to be wrong about. What opens outside its
crises is false. A fleet is watches of different kinds with nights in common that lift all of them at
once: a match, a storm far away.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain, count, islice

import numpy as np

from benchmarks.detection import generate
from benchmarks.detection.series import HOUR_S, Series
from benchmarks.detection.tables import markdown
from models.spike import Sensitivity
from streams.heard import Heard
from streams.records import Flag, Incident, IncidentEvent, Severity
from streams.rule import Rule
from streams.signals import StepTime
from streams.watches import Watch, Watches
from streams.window import Row

STEP_S = generate.STEP_S
MOST_A_STEP = 3.0
"""Mean mentions of a step at the most: 860 a day. More would say the same and take longer."""
AFTER_S = 24 * HOUR_S
"""What opens so long after a crisis is its tail."""
FLEETS = (1, 5, 20)
NIGHTS = 4
"""Nights of six weeks that lift every watch of a fleet."""
AT_ONCE_S = 30 * 60
MONTHS = generate.DAYS / 30


@dataclass(frozen=True, slots=True)
class Page:
    """An incident: which signal opened it, when (seconds since the watch began), and how grave it became."""

    signal: str
    at_s: int
    severity: Severity
    night: bool

    @property
    def wakes(self) -> bool:
        """At the least severity that a channel is told of unless it says otherwise."""
        return self.severity is not Severity.INFO


@dataclass(slots=True)
class Told:
    """What one sensitivity made of one watch."""

    false: list[Page] = field(default_factory=list)
    crises: int = 0
    seen: int = 0


def nights(seed: int) -> list[tuple[int, int, float]]:
    """(first row, last row, times the usual) of a fleet's common nights."""
    rng = np.random.default_rng([zlib.crc32(b"nights"), seed])
    days = np.sort(rng.choice(np.arange(10, generate.DAYS - 1), NIGHTS, replace=False))
    firsts = [int((day + rng.uniform(0.75, 0.85)) * generate.ROWS_A_DAY) for day in days]
    return [(first, first + int(rng.uniform(36, 72)), float(rng.uniform(2.5, 5))) for first in firsts]


def watch_series(kind: str, seed: int, lifts: Sequence[tuple[int, int, float]] = ()) -> Series:
    """The kind's series at a town's volume, its common nights put on top."""
    series = generate.generate(kind, seed)
    rng = np.random.default_rng([zlib.crc32(b"whole"), zlib.crc32(kind.encode()), seed])
    counts = series.counts.copy()
    known = ~np.isnan(counts)
    share = min(1.0, MOST_A_STEP / max(float(counts[known].mean()), 1e-9))
    counts[known] = rng.binomial(counts[known].astype(np.int64), share)
    for first, last, times in lifts:
        lifted = counts[first:last]
        lifted[~np.isnan(lifted)] += rng.poisson((times - 1) * np.nanmean(counts), len(lifted))[
            ~np.isnan(lifted)
        ]
    return replace(series, counts=counts)


def rows_of(series: Series, seed: int) -> Iterator[tuple[StepTime, list[Row]]]:
    """The steps of the watch with a row a mention. Moods drift from hour to hour and from day to day."""
    rng = np.random.default_rng([zlib.crc32(b"rows"), zlib.crc32(series.kind.encode()), seed])
    size = len(series.counts)
    hours = rng.normal(0, 0.25, size // 12 + 1).repeat(12)[:size]
    days = rng.normal(0, 0.2, generate.DAYS + 1).repeat(generate.ROWS_A_DAY)[:size]
    negative = _share(float(rng.uniform(0.1, 0.4)), hours + days)
    rumour = _share(float(rng.uniform(0.002, 0.03)), hours + days)
    regulars = int(rng.integers(30, 300))
    weights = np.cumsum(np.sort(rng.pareto(1.5, regulars) + 0.1)[::-1])
    said: list[tuple[int, ...]] = [_wording(rng)]
    stranger = 10_000
    for row in range(size):
        start_s = int(series.at_s[row]) - STEP_S
        count = series.counts[row]
        step = StepTime(
            start_s=start_s,
            end_s=start_s + STEP_S,
            local_hour=float(series.local_hour[row]),
            local_weekday=int(series.local_weekday[row]),
            gap=bool(np.isnan(count)),
            factor=float(series.factor[row]),
            planned="announced" if series.factor[row] != 1.0 else "",
        )
        rows = []
        for place, dice in enumerate(rng.random((0 if np.isnan(count) else int(count), 6)).tolist()):
            known, who, repost, back, mood, flagged = dice
            if known < 0.8:
                author = 1 + int(np.searchsorted(weights, who * weights[-1]))
            else:
                stranger += 1
                author = stranger
            # What was said lately is repeated more than what was said long ago.
            repeated = repost < 0.3
            signature = said[-1 - int(len(said) * back**2)] if repeated else _wording(rng)
            said = [*said[-60:], signature] if not repeated else said
            rows.append(
                Row(
                    counted_ms=start_s * 1000 + place,
                    id=f"x:{row}-{place}",
                    version_ms=0,
                    flags=Flag.SCORED
                    | (Flag.NEGATIVE if mood < negative[row] else 0)
                    | (Flag.MISINFORMATION if flagged < rumour[row] else 0)
                    | (Flag.REPOST if repeated else 0),
                    author=author,
                    lang="fr",
                    signature=signature,
                    urgent=(),
                )
            )
        yield step, rows


def _share(usual: float, drift: np.ndarray) -> list[float]:
    return list((1 / (1 + np.exp(-(math.log(usual / (1 - usual)) + drift)))).tolist())


def _wording(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(rng.integers(0, 2**32, 8).tolist())


def play(
    kind: str, seed: int, sensitivities: Sequence[Sensitivity], lifts: Sequence[tuple[int, int, float]] = ()
) -> dict[Sensitivity, Told]:
    """The watch through one rule a sensitivity, as `streams.lookout` runs them."""
    series = watch_series(kind, seed, lifts)
    watch = Watch(name="watch", query="x")
    watches = Watches(version=1, language="en", timezone=generate.ZONE, watches=(watch,))
    rules = [Rule(watch, watches, one, models="benchmark") for one in sensitivities]
    heard = Heard()
    incidents: list[dict[str, Incident]] = [{} for _ in rules]
    opened: list[dict[str, int]] = [{} for _ in rules]
    for step, rows in rows_of(series, seed):
        if not heard.window.decided_until_s:
            heard.window.decided_until_s = step.start_s
        for row in rows:
            heard.window.add(row)
        closed = heard.close(step)
        readings = [rule.read(step, closed, heard) for rule in rules]
        heard.hear(closed, step)
        for place, (rule, read) in enumerate(zip(rules, readings, strict=True)):
            for incident in rule.decide(step, read, heard)[0]:
                incidents[place][incident.id] = incident
                if incident.event is IncidentEvent.OPENED:
                    opened[place][incident.id] = step.end_s
    right = [(crisis.onset_s, crisis.end_s + AFTER_S) for crisis in series.crises]
    excused = [*right, *((from_s, until_s + AFTER_S) for from_s, until_s in series.excused)]
    common = [
        (int(series.at_s[first]) - STEP_S, int(series.at_s[last]) + 6 * HOUR_S) for first, last, _ in lifts
    ]
    told = {}
    for one, found, when in zip(sensitivities, incidents, opened, strict=True):
        told[one] = Told(
            false=[
                Page(
                    signal=incident.signal.value,
                    at_s=when[name] - int(series.at_s[0]),
                    severity=incident.severity,
                    night=_within(when[name], common),
                )
                for name, incident in found.items()
                if not _within(when[name], excused)
            ],
            crises=len(right),
            seen=sum(any(_within(at_s, [span]) for at_s in when.values()) for span in right),
        )
    return told


def _within(at_s: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(from_s < at_s <= until_s for from_s, until_s in spans)


def whole_table(pool: ProcessPoolExecutor, seeds: range) -> list[str]:
    """False incidents a watch and month: of each signal, of all, and of all that wake somebody."""
    jobs = [pool.submit(play, kind, seed, tuple(Sensitivity)) for seed in seeds for kind in generate.KINDS]
    played = [job.result() for job in jobs]
    months = MONTHS * len(played)
    rows = []
    signals = sorted({page.signal for told in played for one in told.values() for page in one.false})
    for one in Sensitivity:
        pages = [page for told in played for page in told[one].false]
        by = Counter(page.signal for page in pages)
        seen, crises = sum(told[one].seen for told in played), sum(told[one].crises for told in played)
        rows.append(
            [
                one.value,
                *(f"{by[signal] / months:.2f}" for signal in signals),
                f"{len(pages) / months:.2f}",
                f"{sum(page.wakes for page in pages) / months:.2f}",
                f"{100 * seen / crises:.0f}% of {crises}",
            ]
        )
    return markdown(["sensitivity", *signals, "all", "warning or worse", "crises seen"], rows)


def fleet_table(pool: ProcessPoolExecutor, seeds: range) -> list[str]:
    """False incidents a month of installations of several watches at `balanced`; last, how many messages
    those that wake somebody would be, were all that open within half an hour told at once."""
    largest = max(FLEETS)
    jobs = [
        [
            pool.submit(play, kind, own, (Sensitivity.BALANCED,), nights(seed))
            for kind, own in islice(_watches(seed), largest)
        ]
        for seed in seeds
    ]
    told = [[job.result()[Sensitivity.BALANCED].false for job in fleet] for fleet in jobs]
    rows = []
    for size in FLEETS:
        # Smaller installations are cut from the largest ones.
        fleets = [
            sorted(chain.from_iterable(fleet[first : first + size]), key=lambda page: page.at_s)
            for fleet in told
            for first in range(0, largest, size)
        ]
        waking = [[page for page in fleet if page.wakes] for fleet in fleets]
        common = [[page for page in fleet if page.night] for fleet in waking]
        counted = (fleets, waking, common, [_apart(fleet) for fleet in waking])
        months = MONTHS * len(fleets)
        rows.append([str(size), *(f"{sum(map(len, each)) / months:.2f}" for each in counted)])
    return markdown(
        ["watches", "all", "warning or worse", "of them in common nights", "messages, half an hour is one"],
        rows,
    )


def _watches(seed: int) -> Iterator[tuple[str, int]]:
    """Kind after kind, and the kinds again under other seeds."""
    kinds = list(generate.KINDS)
    for place in count(seed):
        yield kinds[place % len(kinds)], seed + 500 * ((place - seed) // len(kinds))


def _apart(pages: Sequence[Page]) -> list[Page]:
    kept: list[Page] = []
    for page in pages:
        if not kept or page.at_s - kept[-1].at_s > AT_ONCE_S:
            kept.append(page)
    return kept
