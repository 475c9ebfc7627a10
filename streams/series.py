"""Detection on a bare series of counts: points in, what the detector says of each and the incidents out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from models.episode import EpisodePolicy, EpisodeState, Opened, Resolved, advance
from models.severity import Size, judge
from models.spike import Reading, Sensitivity, SpikeDetector, Step, policy_for
from streams.incidents.life import SEVERITIES
from streams.records import Severity, Signal
from streams.series_file import Point, step_of
from streams.signals import silence

HOUR_S: Final = 3_600
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
    """The gravest that it had, `severity_at` from that row on; it opened as `opened_as`."""
    severity_at: str
    opened_as: Severity
    warming_up: bool
    at_s: int
    window_s: int
    opened: Point
    ended: Point | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One step as the detector saw it, for drawing."""

    point: Point
    reading: Reading
    unheard: Reading
    """What a silence is told of: the same, or the window that noticed it."""
    hour: tuple[float, float]
    """(observed, expected) of the last hour, or of a step that is longer."""
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
        band = None if band_s is None else detector.band(band_s)
        yield Moment(point, reading, detector.unheard(reading), detector.lately(HOUR_S), band)
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
            reading = moment.reading if signal is Signal.VOLUME else silence(moment.unheard)
            states[signal], event = advance(states[signal], reading, EpisodePolicy())
            if isinstance(event, Opened):
                running[signal] = len(found)
                found.append(_incident(name, signal, moment, reading))
            elif isinstance(event, Resolved) and signal in running:
                index = running.pop(signal)
                found[index] = replace(found[index], until=moment.point.text, ended=moment.point)
            elif reading.alarm and signal in running:
                index = running[signal]
                found[index] = _at_its_gravest(found[index], moment.point, _severity(moment, reading))
    return found


def _at_its_gravest(incident: SeriesIncident, point: Point, now: Severity) -> SeriesIncident:
    """Severity never falls while an incident lasts."""
    if SEVERITIES[now] <= SEVERITIES[incident.severity]:
        return incident
    return replace(incident, severity=now, severity_at=point.text)


def _severity(moment: Moment, reading: Reading) -> Severity:
    """The graver of what decided and, of a rise, of the last hour: what began hours ago may have grown."""
    windows = [(reading.observed, reading.expected, reading.window_s)]
    if reading is moment.reading:
        windows.append((*moment.hour, max(HOUR_S, reading.step_s)))
    levels = [
        judge(Size(observed=observed, expected=expected, window_s=window_s, mentions=int(observed))).level
        for observed, expected, window_s in windows
    ]
    return max(map(Severity, levels), key=SEVERITIES.__getitem__)


def _incident(name: str, signal: Signal, moment: Moment, reading: Reading) -> SeriesIncident:
    point, severity = moment.point, _severity(moment, reading)
    return SeriesIncident(
        series=name,
        signal=signal,
        at=point.text,
        until=None,
        observed=round(reading.observed, 3),
        expected=round(reading.expected, 3),
        limit=round(reading.limit, 3),
        severity=severity,
        severity_at=point.text,
        opened_as=severity,
        warming_up=reading.warming_up,
        at_s=point.at_s,
        window_s=reading.window_s,
        opened=point,
        ended=None,
    )
