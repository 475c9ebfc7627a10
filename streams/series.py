"""Detection on a bare series of counts: points in, what the detector says of each and the incidents out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from models.episode import EpisodePolicy, EpisodeState, Opened, Resolved, advance
from models.severity import Size, judge
from models.spike import Reading, Sensitivity, SpikeDetector, Step, policy_for
from streams.records import Severity, Signal
from streams.series_file import Point, step_of
from streams.signals import silence

LONGEST_GAP_STEPS: Final = 4_032
"""Of a longer hole in a series only its end is stepped through: two weeks of five minutes."""


@dataclass(frozen=True, slots=True)
class SeriesIncident:
    """`at` and `until` are timestamps of the file, verbatim; `until` is None while it lasts."""

    series: str
    signal: Signal
    at: str
    until: str | None
    observed: float
    expected: float
    limit: float
    severity: Severity
    at_s: int
    window_s: int
    opened: Point
    ended: Point | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One step as the detector saw it, for drawing."""

    point: Point
    reading: Reading
    band: tuple[float, float] | None = None
    """(expected, limit) over the last `band_s` seconds, where that was asked for."""


def learning_s(points: Sequence[Point], sensitivity: Sensitivity) -> int:
    """How long nothing is decided, of rows that hold a number."""
    return policy_for(sensitivity, step_of(points)).provisional_s


def read_moments(
    points: Sequence[Point], sensitivity: Sensitivity, *, band_s: int | None = None
) -> Iterator[Moment]:
    """What the detector says of each row, decided from rows up to and including it.

    `band_s` asks for the band of that window as well; it must be one of the policy's.
    """
    step_s = step_of(points)
    detector = SpikeDetector(policy_for(sensitivity, step_s))
    last: Point | None = None
    for point in points:
        if last is not None:
            missing = round((point.at_s - last.at_s) / step_s) - 1
            for back in range(min(missing, LONGEST_GAP_STEPS), 0, -1):
                # On the file's own wall clock: this computer's time zone has no say.
                back_s = back * step_s
                local = point.local - timedelta(seconds=back_s)
                detector.step(_step(point.at_s - back_s, local, step_s, None))
        reading = detector.step(_step(point.at_s, point.local, step_s, point.value))
        yield Moment(point, reading, None if band_s is None else detector.band(band_s))
        last = point


def _step(at_s: int, local: datetime, step_s: int, value: float | None) -> Step:
    return Step(
        at_s=at_s + step_s,
        step_s=step_s,
        local_hour=local.hour + local.minute / 60 + local.second / 3600,
        local_weekday=local.weekday(),
        count=value,
    )


def find_incidents(
    name: str, moments: Iterable[Moment], signals: Sequence[Signal] = (Signal.VOLUME,)
) -> list[SeriesIncident]:
    """The incidents of a series, in the order in which they open."""
    found: list[SeriesIncident] = []
    states = dict.fromkeys(signals, EpisodeState())
    running: dict[Signal, int] = {}
    for moment in moments:
        for signal in signals:
            reading = moment.reading if signal is Signal.VOLUME else silence(moment.reading)
            states[signal], event = advance(states[signal], reading, EpisodePolicy())
            if isinstance(event, Opened):
                running[signal] = len(found)
                found.append(_incident(name, signal, moment.point, reading))
            elif isinstance(event, Resolved) and signal in running:
                index = running.pop(signal)
                found[index] = replace(found[index], until=moment.point.text, ended=moment.point)
    return found


def _incident(name: str, signal: Signal, point: Point, reading: Reading) -> SeriesIncident:
    judged = judge(
        Size(
            observed=reading.observed,
            expected=reading.expected,
            window_s=reading.window_s,
            mentions=int(reading.observed),
        )
    )
    return SeriesIncident(
        series=name,
        signal=signal,
        at=point.text,
        until=None,
        observed=round(reading.observed, 3),
        expected=round(reading.expected, 3),
        limit=round(reading.limit, 3),
        severity=Severity(judged.level),
        at_s=point.at_s,
        window_s=reading.window_s,
        opened=point,
        ended=None,
    )
