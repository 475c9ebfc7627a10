"""Charts over time: lines, bars and bands, cells, and the stretches drawn behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from dashboards import palette
from dashboards.define import Draw, Panel
from dashboards.grafana import RANKED
from dashboards.macros import Shown
from dashboards.preview.figures import colour_at, figure, moment
from dashboards.preview.paper import EDGE, FAINT, INK, Box, Paper
from dashboards.tongue import Tongue
from streams.report.chart import nice

Row = Sequence[Any]
_A_NAME: Final = 150.0
_A_LINE: Final = 16.0
"""Room that the name of a line needs, and a row of them."""
_A_TIME: Final = 90.0
"""Room that a day with its hour needs below a chart."""


@dataclass(frozen=True, slots=True)
class Region:
    since: datetime
    until: datetime
    colour: str


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    colour: str
    draw: Draw
    points: list[tuple[datetime, float]]
    fill_to: str | None = None


@dataclass(frozen=True, slots=True)
class _Scale:
    box: Box
    shown: Shown
    top: float

    def x(self, at: datetime) -> float:
        """An hour that began before the time shown begins at its edge."""
        share = (at - self.shown.from_at) / (self.shown.to_at - self.shown.from_at)
        return self.box.x + max(share, 0.0) * self.box.w

    def y(self, value: float) -> float:
        return self.box.y + self.box.h * (1 - value / self.top)


def series(
    paper: Paper,
    box: Box,
    panel: Panel,
    rows: Sequence[Row],
    shown: Shown,
    regions: Sequence[Region],
    tongue: Tongue,
) -> None:
    lines = _lines(panel, rows, tongue)
    stacked = [line for line in lines if panel.stacked and line.draw is Draw.BARS]
    across = max(min(int((box.w - 50) / _A_NAME), len(lines)), 1)
    below = -(-len(lines) // across) * _A_LINE
    plot = Box(box.x + 44, box.y, box.w - 50, box.h - 28 - below)
    sums: dict[datetime, float] = {}
    for line in stacked:
        for at, value in line.points:
            sums[at] = sums.get(at, 0.0) + value
    highest = max([value for line in lines for _, value in line.points] + [*sums.values(), 1.0])
    top, step = nice(highest)
    scale = _Scale(plot, shown, top)
    _frame(paper, scale, step, panel.unit, regions, tongue)
    floor: dict[datetime, float] = {}
    for line in lines:
        _draw(paper, scale, line, lines, floor if line in stacked else {}, step_s(panel, shown))
    room = plot.w / across
    for place, line in enumerate(lines):
        x, y = plot.x + place % across * room, plot.y + plot.h + 34 + place // across * _A_LINE
        paper.rect(Box(x, y - 6, 14, 4), line.colour)
        paper.text(x + 18, y, line.name, size=11, room=room - 24)


def step_s(panel: Panel, shown: Shown) -> float:
    hours = {"1h": 3600.0, "5m": 300.0}.get(panel.step or "", 60.0)
    return max(hours, float(shown.interval_s) if panel.step != "1h" else hours)


def _lines(panel: Panel, rows: Sequence[Row], tongue: Tongue) -> list[_Line]:
    if panel.long:
        named: dict[str, list[tuple[datetime, float]]] = {}
        for at, name, value in rows:
            named.setdefault(str(name), []).append((moment(at), float(value)))
        return [
            _Line(name, RANKED[place % len(RANKED)], Draw.LINE, named[name])
            for place, name in enumerate(sorted(named))
        ]
    return [
        _Line(
            column.title.to(tongue),
            column.colour or palette.BLUE,
            column.draw,
            [(moment(row[0]), float(row[place])) for row in rows if row[place] is not None],
            None if column.fill_to is None else panel.column(column.fill_to).title.to(tongue),
        )
        for place, column in enumerate(panel.columns, start=1)
    ]


def _frame(
    paper: Paper, scale: _Scale, step: float, unit: str, regions: Sequence[Region], tongue: Tongue
) -> None:
    plot = scale.box
    for part in range(round(scale.top / step) + 1):
        value = step * part
        paper.line([(plot.x, scale.y(value)), (plot.x + plot.w, scale.y(value))], EDGE, width=1)
        paper.text(
            plot.x - 6,
            scale.y(value) + 4,
            figure(round(value), unit, None, tongue),
            size=11,
            colour=FAINT,
            anchor="end",
        )
    for region in regions:
        left = scale.x(max(region.since, scale.shown.from_at))
        right = scale.x(min(region.until, scale.shown.to_at))
        paper.rect(Box(left, plot.y, max(right - left, 2), plot.h), region.colour, opacity=0.16)
        paper.rect(Box(left, plot.y + plot.h, max(right - left, 2), 3), region.colour)
    _times(paper, plot, scale.shown, tongue)


def _times(paper: Paper, plot: Box, shown: Shown, tongue: Tongue) -> None:
    span = shown.to_at - shown.from_at
    day = "%d/%m" if tongue is Tongue.FR else "%m-%d"
    pattern = "%H:%M" if span < timedelta(days=2) else day if span > timedelta(days=14) else f"{day} %H:%M"
    parts = max(min(int(plot.w / _A_TIME), 6), 1)
    for part in range(parts + 1):
        at = shown.from_at + span * part / parts
        anchor = {0: "start", parts: "end"}.get(part, "middle")
        paper.text(
            plot.x + plot.w * part / parts,
            plot.y + plot.h + 16,
            f"{at:{pattern}}",
            size=11,
            colour=FAINT,
            anchor=anchor,
        )


def _draw(
    paper: Paper,
    scale: _Scale,
    line: _Line,
    lines: Sequence[_Line],
    floor: dict[datetime, float],
    step: float,
) -> None:
    if line.draw is Draw.BARS:
        width = max(scale.box.w * step / (scale.shown.to_at - scale.shown.from_at).total_seconds() - 1, 1)
        for at, value in line.points:
            below = floor.get(at, 0.0)
            top = scale.y(below + value)
            room = scale.box.x + scale.box.w - scale.x(at)
            paper.rect(
                Box(scale.x(at), top, min(width, room), scale.y(below) - top), line.colour, opacity=0.8
            )
            floor[at] = below + value
        return
    under = next((each for each in lines if each.name == line.fill_to), None)
    if under is not None and line.points and under.points:
        upper = [(scale.x(at), scale.y(value)) for at, value in line.points]
        lower = [(scale.x(at), scale.y(value)) for at, value in reversed(under.points)]
        paper.area([*upper, *lower], line.colour, 0.15)
    for piece in _unbroken(line.points, step):
        points = [(scale.x(at), scale.y(value)) for at, value in piece]
        paper.line(points, line.colour, dash="8 6" if line.draw is Draw.DASHED else "")


def _unbroken(points: Sequence[tuple[datetime, float]], step: float) -> list[list[tuple[datetime, float]]]:
    """A hole in the data is a hole in the line."""
    pieces = [[points[0]]] if points else []
    for before, point in pairwise(points):
        if (point[0] - before[0]).total_seconds() > 2.5 * step:
            pieces.append([])
        pieces[-1].append(point)
    return pieces


def stripes(paper: Paper, box: Box, panel: Panel, rows: Sequence[Row], shown: Shown, tongue: Tongue) -> None:
    names = sorted({str(row[1]) for row in rows})
    plot = Box(box.x + 130, box.y, box.w - 136, box.h - 24)
    scale = _Scale(plot, shown, 1)
    height = plot.h / max(len(names), 1)
    width = max(plot.w * 3600 / (shown.to_at - shown.from_at).total_seconds() - 1, 1)
    for place, name in enumerate(names):
        paper.text(plot.x - 8, plot.y + height * (place + 0.5) + 4, name, room=120, anchor="end", colour=INK)
    for at, name, value in rows:
        y = plot.y + height * names.index(str(name))
        paper.rect(Box(scale.x(moment(at)), y + 2, width, height - 4), colour_at(value, panel.steps))
    _times(paper, plot, shown, tongue)
