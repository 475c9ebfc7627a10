"""What the signs of an incident read now: the numbers of its message, whatever opened it hours ago."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from models.spike import Reading
from streams.heard import Heard
from streams.incidents.life import Course, Sign
from streams.records import Flag, Signal
from streams.window import RECENT_S

HOUR_S: Final = 3_600

Band = Callable[[int], tuple[float, float]]
"""(expected, limit) in mentions over the window, in seconds, that ended with the last step."""


def present(
    course: Course, readings: Mapping[Signal, Reading], end_s: int, heard: Heard, band: Band
) -> dict[Signal, Sign]:
    """Each sign of the course, above its limit or not, in a window that evidence sees."""
    return {sign.signal: _now(sign, readings, end_s, heard, band) for sign in course.signs}


def _now(sign: Sign, readings: Mapping[Signal, Reading], end_s: int, heard: Heard, band: Band) -> Sign:
    now = sign_of(sign.signal, readings[sign.signal])
    match sign.signal:
        case Signal.VOLUME | Signal.SLOW_BURN:
            if not readings[sign.signal].alarm:
                # What is above no limit is told of the last hour: in a longer window what is over goes on.
                expected, limit = band(HOUR_S)
                now = replace(now, window_s=HOUR_S, expected=expected, limit=limit)
            return replace(now, observed=float(heard.window.count(end_s - now.window_s)))
        case Signal.SILENCE:
            # That they speak again is told of the last hour; before it, the window in which many are usual.
            window_s = now.window_s if readings[sign.signal].alarm else HOUR_S
            expected, limit = band(window_s)
            observed = float(heard.window.count(end_s - window_s))
            return replace(now, window_s=window_s, observed=observed, expected=expected, limit=limit)
        case Signal.URGENT | Signal.VIP:
            window_s, count = _spoken(sign.signal, end_s, heard)
            return replace(now, window_s=window_s, observed=float(count))
        case _:
            return now


def _spoken(signal: Signal, end_s: int, heard: Heard) -> tuple[int, int]:
    """(window, mentions) of what one post decides: of the last hour, or of three where that was quiet."""
    for window_s in (HOUR_S, RECENT_S):
        rows = heard.window.recent(end_s - window_s)
        if signal is Signal.URGENT:
            count = sum(1 for row in rows if row.urgent)
        else:
            count = sum(1 for row in rows if row.flags & Flag.VIP)
        if count:
            break
    return window_s, count


def sign_of(signal: Signal, reading: Reading, since_s: int | None = None) -> Sign:
    return Sign(
        signal=signal,
        since_s=reading.since_s if since_s is None else since_s,
        observed=reading.observed,
        expected=reading.expected,
        limit=reading.limit,
        window_s=reading.window_s,
    )
