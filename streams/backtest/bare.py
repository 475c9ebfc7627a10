"""A bare series of counts as a case: the detector alone, on the file's own clock or that of a zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from models.spike import Sensitivity
from streams.backtest.case import Case, Counted, Found, Tried
from streams.records import Evidence, Incident, IncidentEvent, IncidentState, Signal
from streams.report.data import Blind
from streams.series import Moment, SeriesIncident, find_incidents, read_moments
from streams.series_file import Point, step_of

_HOUR_S: Final = 3_600


def bare_case(
    name: str,
    points: Sequence[Point],
    in_force: Sensitivity,
    rules: Sequence[Sensitivity] = (),
    signals: Sequence[Signal] = (Signal.VOLUME,),
) -> Case:
    """`points` must not be empty. Times are those that they show."""
    step_s = step_of(points)
    one_s = max(step_s, _HOUR_S)
    # The detector's window of about an hour; of longer steps, one step.
    band_s = max(step_s, _HOUR_S // step_s * step_s)
    counted: tuple[Counted, ...] = ()
    tried: list[Tried] = []
    for rule in Sensitivity:
        if rule is in_force or rule in rules:
            moments = list(read_moments(points, rule, band_s=band_s))
            bins = tuple(_bins(moments, one_s))
            counted = bins if rule is in_force else counted
            tried.append(
                Tried(
                    rule=rule,
                    in_force=rule is in_force,
                    found=tuple(_found(each) for each in find_incidents(name, moments, signals)),
                    limits={each.at: each.limit for each in bins if each.limit is not None},
                )
            )
    first, last = points[0].shown, points[-1].shown + timedelta(seconds=step_s)
    blind = tuple(_blind(points, step_s))
    return Case(
        watch=name,
        learnt_from=first,
        since=first,
        until=last,
        heard=last - first - sum((gap.until_at - gap.from_at for gap in blind), timedelta()),
        counted=counted,
        blind=blind,
        tried=tuple(tried),
        one=timedelta(seconds=one_s),
    )


def _bins(moments: Sequence[Moment], one_s: int) -> Iterator[Counted]:
    """Hours of the clock shown, or the rows where those are longer; an empty one where rows are missing."""
    one = timedelta(seconds=one_s)
    ended: datetime | None = None
    for at, group in groupby(moments, key=lambda moment: _begin(moment.point, one_s)):
        # Not the hour that is too much where the clocks of a day were put back.
        if ended is not None and at >= ended + one:
            yield Counted(at=ended, mentions=0.0, expected=None, limit=None)
        ended = at + one
        rows = list(group)
        seen = [moment.point.value for moment in rows if moment.point.value is not None]
        expected, limit = (rows[-1].band if seen else None) or (None, None)
        yield Counted(at=at, mentions=sum(seen), expected=expected, limit=limit)


def _begin(point: Point, one_s: int) -> datetime:
    at = point.shown
    return at.replace(minute=0, second=0, microsecond=0) if one_s == _HOUR_S else at


def _blind(points: Sequence[Point], step_s: int) -> Iterator[Blind]:
    """Rows that are missing or hold no number, neighbours together."""
    step = timedelta(seconds=step_s)
    begins: datetime | None = None
    expected = points[0].shown
    for point in points:
        at = point.shown
        if begins is None and at >= expected + step:
            begins = expected
        if point.value is None:
            begins = begins or at
        elif begins is not None:
            yield _gap(begins, at)
            begins = None
        expected = at + step
    if begins is not None:
        yield _gap(begins, expected)


def _gap(from_at: datetime, until_at: datetime) -> Blind:
    return Blind(connector="file", platform="file", from_at=from_at, until_at=until_at, reason="no number")


def _found(each: SeriesIncident) -> Found:
    opened_at = each.opened.shown
    first = Incident(
        id=f"{each.series}-{each.signal}-{each.at}",
        watch=each.series,
        signal=each.signal,
        event=IncidentEvent.OPENED,
        revision=1,
        state=IncidentState.OPEN,
        severity=each.opened_as,
        opened_at=opened_at,
        updated_at=opened_at,
        resolved_at=None,
        observed=each.observed,
        expected=each.expected,
        limit=each.limit,
        summary="",
        evidence=Evidence(
            since_at=opened_at, window_s=each.window_s, mentions=int(each.observed),
            originals=int(each.observed), reposts=0, near_duplicate_share=0.0, signs=(each.signal,),
        ),
        config_hash="",
        model_versions="",
    )  # fmt: skip
    last = replace(first, severity=each.severity)
    if each.ended is not None:
        ended_at = each.ended.shown
        last = replace(last, state=IncidentState.RESOLVED, updated_at=ended_at, resolved_at=ended_at)
    return Found(first, first, last, (each.at, each.until))
