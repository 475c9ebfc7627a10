"""The generated suite: series of the shapes that occur, with crises put in whose start and size are known.

Every series is drawn from its kind and a seed alone. The background is a gamma-Poisson count around a
level x day x week shape, with slow noise; a crisis adds counts of its own, so its excess is known exactly.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.detection.series import DAY_S, HOUR_S, Crisis, Floats, Series, local_times, nab_windows
from benchmarks.detection.truth import Bursts, SlowNoise, Truth

STEP_S = 300
ROWS_A_DAY = DAY_S // STEP_S
DAYS = 42
ROWS = DAYS * ROWS_A_DAY
ZONE = "Europe/Paris"

LEAST_EXCESS = 20
"""A crisis must have been seen only once this many mentions above the normal fell."""

WITHIN_S = {5.0: 900, 2.5: 3_600, 1.5: 12 * HOUR_S}
"""How soon a crisis of that size must be seen."""


@dataclass(slots=True)
class Draft:
    """A series in the making. `rate` is the expected count of each step without any crisis."""

    rng: np.random.Generator
    start_s: int
    at_s: np.ndarray
    hour: Floats
    weekday: np.ndarray
    rate: Floats
    slow_law: SlowNoise
    slow: Floats
    dispersion: float
    factor: Floats
    plan: list[tuple[float, int, int, int]] = field(default_factory=list)
    """Crises as (size, first row, rows that it lasts, rows of ramp)."""
    gaps: list[tuple[int, int]] = field(default_factory=list)
    zeros: list[tuple[int, int]] = field(default_factory=list)
    noise_bursts: list[tuple[int, float, float]] = field(default_factory=list)
    """Bursts that are no events, as (row, height in mentions a step, decay in rows)."""
    burst_law: Bursts | None = None
    excused: list[tuple[int, int]] = field(default_factory=list)


def _day_shape(rng: np.random.Generator, hour: Floats, amplitude: float) -> Floats:
    """Two humps, morning and evening, of random place; mean about 1."""
    first, second = rng.uniform(8, 13), rng.uniform(16, 22)
    share = rng.uniform(0.2, 0.8)

    def hump(centre: float, width: float) -> Floats:
        away = np.abs((hour - centre + 12) % 24 - 12)
        return np.asarray(np.exp(-0.5 * (away / width) ** 2))

    shape = share * hump(first, rng.uniform(2.5, 4.5)) + (1 - share) * hump(second, rng.uniform(2, 4))
    shape = shape / shape.mean()
    return np.asarray((1 - amplitude) + amplitude * shape)


def _week_shape(rng: np.random.Generator, hour: Floats, weekday: np.ndarray) -> Floats:
    """Quiet weekends (or loud ones), and perhaps one evening of the week that is louder."""
    factors = np.ones(7)
    factors[5:] = rng.uniform(0.25, 0.8) if rng.random() < 0.8 else rng.uniform(1.3, 2.0)
    shape = factors[weekday]
    if rng.random() < 0.5:
        evening = (weekday == rng.integers(0, 7)) & (hour >= 19) & (hour < 22)
        shape = np.where(evening, shape * rng.uniform(2, 4), shape)
    return np.asarray(shape)


def _draft(rng: np.random.Generator, *, low: float, high: float, start_s: int | None = None) -> Draft:
    """A flat series with a level between `low` and `high` mentions a step (log-uniform)."""
    if start_s is None:
        start_s = 1_640_995_200 + int(rng.integers(0, 3 * 365)) * DAY_S + int(rng.integers(0, 288)) * STEP_S
    at_s = start_s + STEP_S * np.arange(1, ROWS + 1, dtype=np.int64)
    hour, weekday = local_times(at_s, STEP_S, ZONE)
    level = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    slow_law = SlowNoise(rng.uniform(0.03, 0.15), rng.uniform(6, 60))
    return Draft(
        rng=rng,
        start_s=start_s,
        at_s=at_s,
        hour=hour,
        weekday=weekday,
        rate=np.full(ROWS, level),
        slow_law=slow_law,
        slow=slow_law.draw(rng, ROWS),
        dispersion=float(rng.uniform(0.0, 0.1)),
        factor=np.ones(ROWS),
    )


def _three_crises(draft: Draft, first_day: float = 9.0) -> None:
    """One crisis of each size, in random order, days apart, at any hour."""
    apart = (DAYS - first_day) / len(WITHIN_S)
    for place, size in enumerate(draft.rng.permutation(list(WITHIN_S))):
        _crisis(draft, float(size), first_day + place * apart + draft.rng.uniform(0.2, apart - 3.2))


def _crisis(draft: Draft, size: float, day: float) -> None:
    rng = draft.rng
    hours = {5.0: rng.uniform(3, 18), 2.5: rng.uniform(8, 30), 1.5: rng.uniform(30, 72)}[size]
    ramp = int(rng.integers(0, 3)) if size > 1.5 else int(rng.integers(0, 12))
    draft.plan.append((size, int(day * ROWS_A_DAY), int(hours * HOUR_S / STEP_S), ramp))


def _daily(draft: Draft) -> None:
    draft.rate *= _day_shape(draft.rng, draft.hour, draft.rng.uniform(0.4, 0.9))


def _weekly(draft: Draft) -> None:
    _daily(draft)
    draft.rate *= _week_shape(draft.rng, draft.hour, draft.weekday)


def _restless(draft: Draft, law: SlowNoise) -> None:
    draft.slow_law, draft.slow = law, law.draw(draft.rng, ROWS)


def flat(rng: np.random.Generator) -> Draft:
    draft = _draft(rng, low=0.2, high=60)
    _three_crises(draft)
    return draft


def daily(rng: np.random.Generator) -> Draft:
    draft = _draft(rng, low=0.3, high=60)
    _daily(draft)
    _three_crises(draft)
    return draft


def weekly(rng: np.random.Generator) -> Draft:
    draft = _draft(rng, low=0.5, high=60)
    _weekly(draft)
    _three_crises(draft, first_day=15.0)
    return draft


def trending(rng: np.random.Generator) -> Draft:
    """Grows to between two and five times, or shrinks as much, over the six weeks."""
    draft = _draft(rng, low=0.5, high=30)
    _daily(draft)
    end = rng.uniform(2, 5) if rng.random() < 0.6 else 1 / rng.uniform(2, 5)
    draft.rate *= np.exp(np.log(end) * np.linspace(0, 1, ROWS))
    _three_crises(draft)
    return draft


def sparse(rng: np.random.Generator) -> Draft:
    """From one mention in two days to some forty a day."""
    draft = _draft(rng, low=0.5 / ROWS_A_DAY, high=40 / ROWS_A_DAY)
    _daily(draft)
    _three_crises(draft)
    # A town's crisis is not five times of nothing: it comes with a few dozen posts.
    size, row, rows, ramp = draft.plan[0]
    mean = float(draft.rate[row : row + rows].mean())
    draft.plan[0] = (max(size, rng.uniform(30, 80) / rows / mean), row, rows, ramp)
    return draft


def over_dispersed(rng: np.random.Generator) -> Draft:
    draft = _draft(rng, low=0.5, high=60)
    _daily(draft)
    _restless(draft, SlowNoise(rng.uniform(0.3, 0.6), rng.uniform(6, 48)))
    draft.dispersion = float(rng.uniform(0.2, 0.8))
    _three_crises(draft)
    return draft


def bursty(rng: np.random.Generator) -> Draft:
    """Chatter with heavy-tailed bursts that are no events: a joke, a giveaway, one bot."""
    draft = _draft(rng, low=0.2, high=40)
    _weekly(draft)
    _restless(draft, SlowNoise(rng.uniform(0.15, 0.4), rng.uniform(6, 48)))
    draft.dispersion = float(rng.uniform(0.1, 0.6))
    level = float(draft.rate.mean())
    draft.burst_law = Bursts(rng.uniform(0.3, 2.0), level)
    for _ in range(rng.poisson(DAYS * draft.burst_law.a_day)):
        height, decay = draft.burst_law.draw(rng)
        draft.noise_bursts.append((int(rng.integers(0, ROWS)), height, decay))
    _three_crises(draft)
    return draft


def level_shift(rng: np.random.Generator) -> Draft:
    """The level jumps for good; one incident at the jump is excused, more are false."""
    draft = _draft(rng, low=0.5, high=40)
    _daily(draft)
    row = int(rng.uniform(9, 14) * ROWS_A_DAY)
    draft.rate[row:] *= rng.uniform(2, 4) if rng.random() < 0.7 else 1 / rng.uniform(2, 4)
    draft.excused.append((row, row + ROWS_A_DAY))
    _three_crises(draft, first_day=18.0)
    return draft


def outage(rng: np.random.Generator) -> Draft:
    """Gaps that are known, and zeros that nobody declared; then the normal comes back."""
    draft = _draft(rng, low=0.5, high=60)
    _daily(draft)
    for _ in range(int(rng.integers(3, 7))):
        first = int(rng.uniform(2, DAYS - 2) * ROWS_A_DAY)
        rows = int(rng.uniform(0.5, 36) * HOUR_S / STEP_S)
        (draft.gaps if rng.random() < 0.5 else draft.zeros).append((first, first + rows))
    _three_crises(draft)
    taken = [(row, row + rows) for _, row, rows, _ in draft.plan]
    for spans in (draft.gaps, draft.zeros):
        spans[:] = [
            span for span in spans if all(span[1] < a - ROWS_A_DAY // 2 or span[0] > b for a, b in taken)
        ]
    return draft


def planned_event(rng: np.random.Generator) -> Draft:
    """Match nights and fairs that the calendar announces, with a factor that is roughly right."""
    draft = _draft(rng, low=0.5, high=60)
    _daily(draft)
    _three_crises(draft)
    taken = [(row, row + rows) for _, row, rows, _ in draft.plan]
    for _ in range(6):
        first = int(rng.uniform(2, DAYS - 1) * ROWS_A_DAY)
        last = first + int(rng.uniform(3, 10) * HOUR_S / STEP_S)
        if any(last > a - ROWS_A_DAY // 2 and first < b + ROWS_A_DAY // 2 for a, b in taken):
            continue
        announced = rng.uniform(2, 6)
        draft.factor[first:last] = announced
        draft.rate[first:last] *= announced * rng.uniform(0.7, 1.2)
    return draft


def slow_burn(rng: np.random.Generator) -> Draft:
    """Days of half as much again, which begin over hours."""
    draft = _draft(rng, low=0.3, high=60)
    _weekly(draft)
    for day in (rng.uniform(15, 20), rng.uniform(28, 34)):
        draft.plan.append(
            (1.5, int(day * ROWS_A_DAY), int(rng.uniform(48, 96) * 12), int(rng.integers(6, 48)))
        )
    return draft


def double_crisis(rng: np.random.Generator) -> Draft:
    """A second crisis two to five days after the first."""
    draft = _draft(rng, low=0.3, high=60)
    _daily(draft)
    for day in (rng.uniform(10, 14), rng.uniform(26, 30)):
        first = float(rng.choice([5.0, 2.5]))
        _crisis(draft, first, day)
        gap_rows = draft.plan[-1][2] + int(rng.uniform(48, 120) * 12)
        _crisis(draft, 5.0, day + gap_rows / ROWS_A_DAY)
    return draft


def first_week(rng: np.random.Generator) -> Draft:
    """A crisis between the second and the seventh day of a new watch."""
    draft = _draft(rng, low=0.5, high=60)
    _daily(draft)
    _crisis(draft, 5.0, rng.uniform(1.2, 6.5))
    _three_crises(draft, first_day=12.0)
    return draft


def summer_time(rng: np.random.Generator) -> Draft:
    """A steep day shape across the change of the clocks, in spring or in autumn."""
    year = int(rng.integers(2015, 2026))
    spring = rng.random() < 0.5
    change = np.datetime64(f"{year}-03-31" if spring else f"{year}-10-31")
    change -= (int(change.astype("datetime64[D]").astype(int)) + 4) % 7
    start_s = int(change.astype("datetime64[s]").astype(int)) - int(rng.integers(15, 27)) * DAY_S
    draft = _draft(rng, low=2, high=60, start_s=start_s)
    draft.rate *= _day_shape(rng, draft.hour, 0.92)
    _three_crises(draft)
    return draft


KINDS: dict[str, Callable[[np.random.Generator], Draft]] = {
    maker.__name__: maker
    for maker in (
        flat,
        daily,
        weekly,
        trending,
        sparse,
        over_dispersed,
        bursty,
        level_shift,
        outage,
        planned_event,
        slow_burn,
        double_crisis,
        first_week,
        summer_time,
    )
}


def generate(kind: str, seed: int) -> Series:
    """One series: the same for the same kind and seed, on any machine."""
    return generate_with_truth(kind, seed)[0]


def generate_with_truth(kind: str, seed: int) -> tuple[Series, Truth]:
    """The series of `generate`, and what it was drawn from (for `benchmarks.detection.oracle`)."""
    draft = KINDS[kind](np.random.default_rng([zlib.crc32(kind.encode()), seed]))
    truth = Truth(draft.rate, draft.slow_law, draft.dispersion, draft.burst_law)
    return _finish(draft, kind, seed), truth


def suite(seeds: range, kinds: tuple[str, ...] = tuple(KINDS)) -> Iterator[Series]:
    """One series for each kind and seed: 15 seeds are 210 series."""
    for kind in kinds:
        for seed in seeds:
            yield generate(kind, seed)


def _finish(draft: Draft, kind: str, seed: int) -> Series:
    rng = draft.rng
    rate = draft.rate * draft.slow
    if draft.dispersion > 0:
        rate = rate * rng.gamma(1 / draft.dispersion, draft.dispersion, ROWS)
    counts = rng.poisson(rate).astype(np.float64)
    for row, height, decay in draft.noise_bursts:
        tail = np.arange(min(ROWS - row, int(decay * 8) + 1))
        counts[row : row + len(tail)] += rng.poisson(height * np.exp(-tail / decay))
    crises = []
    for size, row, rows, ramp in draft.plan:
        excess = rng.poisson(draft.rate[row : row + rows] * (size - 1) * _rise(rows, ramp))
        counts[row : row + len(excess)] += excess
        crises.append(_crisis_of(draft, size, row, excess))
    for first, last in draft.zeros:
        counts[first:last] = 0.0
    for first, last in draft.gaps:
        counts[first:last] = np.nan
    return Series(
        name=f"{kind}-{seed}",
        kind=kind,
        step_s=STEP_S,
        at_s=draft.at_s,
        counts=counts,
        local_hour=draft.hour,
        local_weekday=draft.weekday,
        factor=draft.factor,
        windows=nab_windows(ROWS, [row for _, row, _, _ in draft.plan]),
        crises=tuple(crises),
        excused=tuple(
            (int(draft.at_s[first]) - STEP_S, int(draft.at_s[min(last, ROWS - 1)]))
            for first, last in draft.excused
        ),
    )


def _rise(rows: int, ramp: int) -> Floats:
    """From nothing to full size in `ramp` rows, then full, and the last third dies away."""
    shape = np.ones(rows)
    shape[:ramp] = np.arange(1, ramp + 1) / (ramp + 1)
    tail = rows // 3
    shape[rows - tail :] *= np.exp(-3 * np.arange(tail) / max(tail, 1))
    return shape


def _crisis_of(draft: Draft, size: float, row: int, excess: np.ndarray) -> Crisis:
    onset_s = int(draft.at_s[row]) - STEP_S
    end_s = int(draft.at_s[min(row + len(excess), ROWS) - 1])
    enough = np.flatnonzero(np.cumsum(excess) >= LEAST_EXCESS)
    nominal = max((known for known in WITHIN_S if known <= size + 1e-9), default=1.5)
    due_s = None
    if len(enough):
        due_s = max(onset_s + WITHIN_S[nominal], int(draft.at_s[row + int(enough[0])]))
    return Crisis(size=nominal, onset_s=onset_s, end_s=end_s, due_s=due_s)
