"""Counts against what is usual, as SVG written by hand: no script, nothing from afar. Pure.

Told apart without colour: what is above the limit is darker and has a cap, what nobody listened to is
hatched, the incident lies between two lines. Of several rules each has a lane below: the graver, the taller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from html import escape
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from streams.records import Planned
from streams.report.data import Blind

_HOUR: Final = timedelta(hours=1)
_TOP, _BOTTOM, _LEFT, _RIGHT = 14, 34, 44, 8
_LANE, _LANE_TOP = 34, 12
_DENSE: Final = 21 * 24
"""More bins than this are a comb: their lines are drawn thin."""
_LABEL: Final = 72
"""A date takes about this much of the axis."""
_TALL: Final[Mapping[str, int]] = {"info": 5, "warning": 9, "critical": 13}
_STEPS_H: Final = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 672)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`labels` is how many dates fit below the chart."""

    width: int
    height: int
    labels: int
    name: str


WIDE: Final = Frame(width=760, height=270, labels=10, name="wide")
NARROW: Final = Frame(width=350, height=250, labels=4, name="narrow")


class Bin(Protocol):
    """What was counted in the hour (or another stretch) from `at` on, and what would have been usual."""

    @property
    def at(self) -> datetime: ...
    @property
    def mentions(self) -> float: ...
    @property
    def expected(self) -> float | None: ...
    @property
    def limit(self) -> float | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """An incident on the chart; `until` None where it goes on."""

    since: datetime
    until: datetime | None
    severity: str = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What one rule opened, and its limits where they are drawn beside those of `hours`."""

    label: str
    incidents: Sequence[Marked]
    limits: Mapping[datetime, float]


def draw(
    hours: Sequence[Bin],
    *,
    frame: Frame,
    zone: ZoneInfo,
    number: Callable[[float], str],
    day: Callable[[datetime], str],
    described: str,
    key: str,
    incidents: Sequence[Marked] = (),
    blind: Sequence[Blind] = (),
    planned: Sequence[Planned] = (),
    lanes: Sequence[Lane] = (),
    width_of_one: timedelta = _HOUR,
) -> str:
    """One chart; `described` is what somebody hears who cannot see it, `key` sets it apart on its page."""
    first, last = hours[0].at, hours[-1].at + width_of_one
    width, height = frame.width - _LEFT - _RIGHT, frame.height - _TOP - _BOTTOM
    seconds = (last - first).total_seconds()
    most = max(max(hour.mentions, hour.limit or 0, hour.expected or 0) for hour in hours)
    most = max(most, max((limit for lane in lanes for limit in lane.limits.values()), default=0))
    top, step = nice(most)

    def x(at: datetime) -> float:
        share = (min(max(at, first), last) - first).total_seconds() / seconds
        return round(_LEFT + width * share, 1)

    def y(value: float) -> float:
        return round(_TOP + height * (1 - value / top), 1)

    hatch = f"hatch-{key}-{frame.name}"
    shape = f"{frame.name} dense" if len(hours) > _DENSE else frame.name
    whole = frame.height + len(lanes) * _LANE
    parts = [
        f'<svg class="{shape}" viewBox="0 0 {frame.width} {whole}" role="img" ',
        f'aria-label="{escape(described)}"><defs><pattern id="{hatch}" width="6" height="6" ',
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">',
        '<rect width="6" height="6" class="blind"/>',
        '<line x1="0" y1="0" x2="0" y2="6" class="blind-line"/></pattern></defs>',
    ]
    tall = f'y="{_TOP}" height="{height}"'
    for mark in incidents:
        left, right = x(mark.since), x(mark.until or last)
        parts.append(
            f'<rect class="incident" x="{left}" width="{max(right - left, 1):.1f}" {tall}/>'
            f'<path class="edge" d="M{left} {_TOP}V{_TOP + height}M{right} {_TOP}V{_TOP + height}"/>'
        )
    for event in planned:
        left, right = x(event.from_at), x(event.until_at)
        parts.append(f'<rect class="planned" x="{left}" width="{max(right - left, 1):.1f}" {tall}/>')
    for gap in blind:
        if gap.until_at > first and gap.from_at < last:
            left, right = x(gap.from_at), x(gap.until_at)
            parts.append(f'<rect fill="url(#{hatch})" x="{left}" width="{max(right - left, 2):.1f}" {tall}/>')
    value = 0.0
    while value <= top:
        parts.append(
            f'<path class="grid" d="M{_LEFT} {y(value)}H{_LEFT + width}"/>'
            f'<text class="axis" x="{_LEFT - 6}" y="{y(value) + 4}" text-anchor="end">'
            f"{escape(number(value))}</text>"
        )
        value += step
    parts += [f'<path class="band" d="{path}"/>' for path in _bands(hours, width_of_one, x, y)]
    wide = (x(first + width_of_one) - x(first)) if len(hours) > 1 else width
    bar = max(wide - (1 if wide > 3 else 0), 0.6)
    ground = y(0)
    for name, picked in (
        ("bar", [hour for hour in hours if not _above(hour)]),
        ("above", [hour for hour in hours if _above(hour)]),
    ):
        # One path for all of them: a month of six watches is 9,000 bars.
        path = "".join(
            f"M{x(hour.at)} {ground}V{y(hour.mentions)}h{bar:.1f}V{ground}z"
            for hour in picked
            if hour.mentions
        )
        if path:
            parts.append(f'<path class="{name}" d="{path}"/>')
    if caps := "".join(
        f"M{x(hour.at)} {y(hour.mentions) - 2.5:.1f}h{bar:.1f}" for hour in hours if _above(hour)
    ):
        parts.append(f'<path class="cap" d="{caps}"/>')
    for name, pick in (("usual", lambda hour: hour.expected), ("limit", lambda hour: hour.limit)):
        parts += [f'<path class="{name}" d="{path}"/>' for path in _lines(hours, pick, width_of_one, x, y)]
    for number_of, lane in enumerate(lanes):
        beside = partial(_limit_of, lane.limits)
        parts += [
            f'<path class="limit beside-{number_of}" d="{path}"/>'
            for path in _lines(hours, beside, width_of_one, x, y)
        ]
    parts += _dates(hours, width_of_one, frame, zone, day, x, _TOP + height)
    for number_of, lane in enumerate(lanes):
        parts += _lane(lane, frame.height + number_of * _LANE, width, x, last)
    parts.append("</svg>")
    return "".join(parts)


def _limit_of(limits: Mapping[datetime, float], hour: Bin) -> float | None:
    return limits.get(hour.at)


def _lane(
    lane: Lane, top: float, width: float, x: Callable[[datetime], float], last: datetime
) -> Iterator[str]:
    floor = top + _LANE - 4
    yield f'<text class="axis" x="{_LEFT}" y="{top + _LANE_TOP - 1}">{escape(lane.label)}</text>'
    yield f'<path class="grid" d="M{_LEFT} {floor}H{_LEFT + width}"/>'
    for mark in lane.incidents:
        left, tall = x(mark.since), _TALL.get(mark.severity, _TALL["warning"])
        wide = max(x(mark.until or last) - left, 3)
        yield (
            f'<rect class="lane {escape(mark.severity)}" x="{left}" width="{wide:.1f}" y="{floor - tall}" '
            f'height="{tall}"/>'
        )


def _above(hour: Bin) -> bool:
    return hour.limit is not None and hour.mentions > hour.limit


def nice(most: float) -> tuple[float, float]:
    """The axis's end and step, so that three to five round numbers stand at it.

    >>> nice(263), nice(7), nice(0)
    ((300, 100), (8, 2), (1, 1))
    """
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if most <= 5 * step:
                end = step
                while end < most:
                    end += step
                return end, step
        size *= 10


def _runs(hours: Sequence[Bin], wanted: Callable[[Bin], bool]) -> Iterator[list[Bin]]:
    """Unbroken stretches: no line is drawn across hours of which detection said nothing."""
    run: list[Bin] = []
    for hour in hours:
        if wanted(hour):
            run.append(hour)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _bands(
    hours: Sequence[Bin],
    one: timedelta,
    x: Callable[[datetime], float],
    y: Callable[[float], float],
) -> Iterator[str]:
    """From what is usual up to the limit: inside it nothing is said."""
    for run in _runs(hours, lambda hour: hour.expected is not None and hour.limit is not None):
        upper = "".join(f"L{x(hour.at)} {y(hour.limit or 0)}H{x(hour.at + one)}" for hour in run)
        lower = "".join(f"L{x(hour.at + one)} {y(hour.expected or 0)}H{x(hour.at)}" for hour in reversed(run))
        yield f"M{upper[1:]}{lower}Z"


def _lines(
    hours: Sequence[Bin],
    pick: Callable[[Bin], float | None],
    one: timedelta,
    x: Callable[[datetime], float],
    y: Callable[[float], float],
) -> Iterator[str]:
    for run in _runs(hours, lambda hour: pick(hour) is not None):
        path = "".join(f"L{x(hour.at)} {y(pick(hour) or 0)}H{x(hour.at + one)}" for hour in run)
        yield f"M{path[1:]}"


def _dates(
    hours: Sequence[Bin],
    one: timedelta,
    frame: Frame,
    zone: ZoneInfo,
    day: Callable[[datetime], str],
    x: Callable[[datetime], float],
    floor: float,
) -> Iterator[str]:
    """Hours of the local clock, and the date where a day begins or the chart does."""
    if one > _HOUR:
        chosen = [(hour, True) for hour in hours[:: -(-len(hours) // frame.labels)]]
    else:
        chosen = list(_on_the_clock(hours, frame, zone))
    step_h = (chosen[1][0].at - chosen[0][0].at) / _HOUR if len(chosen) > 1 else 24
    free = 0.0
    for hour, begins_day in chosen:
        at = x(hour.at)
        yield f'<path class="tick" d="M{at} {floor}v4"/>'
        if at > frame.width - 26:
            continue
        first = at < _LEFT + 10
        anchor = "start" if first else "middle"
        local = hour.at.astimezone(zone)
        if step_h < 24:
            yield f'<text class="axis" x="{at}" y="{floor + 15}" text-anchor="{anchor}">{local:%H:%M}</text>'
        left = at if first else at - _LABEL / 2
        if begins_day and left >= free and left + _LABEL <= frame.width + _RIGHT:
            free = left + _LABEL
            low = floor + (28 if step_h < 24 else 15)
            said = escape(day(local))
            yield f'<text class="axis day" x="{at}" y="{low}" text-anchor="{anchor}">{said}</text>'


def _on_the_clock(hours: Sequence[Bin], frame: Frame, zone: ZoneInfo) -> Iterator[tuple[Bin, bool]]:
    """Of hours those with a label, and whether it is the first of its day."""
    step = next((step for step in _STEPS_H if len(hours) / step <= frame.labels), _STEPS_H[-1])
    midnight = hours[0].at.astimezone(zone).date()
    last_day = None
    for hour in hours:
        local = hour.at.astimezone(zone)
        since_h = (local.date() - midnight).days * 24 + local.hour
        if since_h % step == 0:
            yield hour, local.date() != last_day
            last_day = local.date()
