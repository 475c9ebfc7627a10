"""A board as one sheet: panels on Grafana's grid, or below each other as on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from dashboards import palette
from dashboards.define import Annotation, Board, Kind, Panel, Section, read
from dashboards.macros import Shown
from dashboards.preview import charts
from dashboards.preview.charts import Region, Row
from dashboards.preview.figures import cell, colour_at, figure, ink, moment
from dashboards.preview.paper import CARD, EDGE, FAINT, INK, Box, Paper, wrapped
from dashboards.tongue import Tongue

Ask = Callable[[str], Sequence[Row]]
"""Runs a board's SQL, its macros not yet expanded."""

COLUMNS: Final = 24
ROW: Final = 38.0
GAP: Final = 8.0
HEAD: Final = 56.0
_MARKDOWN: Final = re.compile(r"(\*\*|\*(?=\S)|```(?:sql)?\n|`)(.+?)(?:\*\*|(?<=\S)\*|\n```|`)", re.DOTALL)
"""Emphasis and code, without the signs around them."""


def board_svg(board: Board, tongue: Tongue, ask: Ask, shown: Shown, *, width: float, watch: str) -> str:
    """Under 700 pixels the panels stand below each other, as Grafana does it."""
    paper = Paper()
    paper.text(GAP * 2, 34, f"Vigie · {board.title.to(tongue)}", size=20, bold=True)
    begin, end = (figure(at, "dateTime", None, tongue) for at in (shown.from_at, shown.to_at))
    if width >= 700:
        paper.text(width - GAP * 2, 34, f"{begin} → {end} UTC", size=13, colour=FAINT, anchor="end")
    marks = {each: ask(read(each.sql)) for each in board.annotations}
    regions = [
        Region(moment(row[0]), moment(row[1]), each.colour) for each, rows in marks.items() for row in rows
    ]
    x, y, tall = 0, HEAD + _named(paper, [each for each, rows in marks.items() if rows], tongue), 0.0
    for part in board.parts:
        if isinstance(part, Section):
            x, y, tall = 0, y + tall, 0.0
            paper.text(GAP * 2, y + 24, f"▾ {part.title.to(tongue)}", size=15, bold=True)
            y += ROW
            continue
        columns = part.width if width >= 700 else COLUMNS
        if x + columns > COLUMNS:
            x, y, tall = 0, y + tall, 0.0
        unit = (width - GAP) / COLUMNS
        box = Box(GAP + x * unit, y, columns * unit - GAP, part.height * ROW - GAP)
        _panel(paper, box, part, tongue, ask, shown, regions, watch)
        x, tall = x + columns, max(tall, part.height * ROW)
    return paper.svg(width, y + tall + GAP)


def _named(paper: Paper, there: Sequence[Annotation], tongue: Tongue) -> float:
    """What the stretches behind the charts are, and the height that this line takes."""
    x = GAP * 2
    for each in there:
        said = each.name.to(tongue)
        paper.rect(Box(x, HEAD - 6, 14, 10), each.colour)
        paper.text(x + 20, HEAD + 3, said, size=12, colour=FAINT)
        x += 20 + len(said) * 7 + 18
    return GAP * 2 if there else 0.0


def _panel(
    paper: Paper,
    box: Box,
    panel: Panel,
    tongue: Tongue,
    ask: Ask,
    shown: Shown,
    regions: Sequence[Region],
    watch: str,
) -> None:
    paper.rect(box, CARD, stroke=EDGE, radius=3)
    title = panel.title.to(tongue).replace("$watch", watch)
    paper.text(box.x + 10, box.y + 20, title, size=13, room=box.w - 40, bold=True)
    paper.text(box.x + box.w - 10, box.y + 20, "(i)", size=11, colour=FAINT, anchor="end")
    body = box.inside(10, top=20)
    if panel.words is not None:
        lines = [
            line
            for part in _MARKDOWN.sub(r"\2", panel.words.to(tongue)).split("\n\n")
            for line in wrapped(part, body.w, 13)
        ]
        for number, line in enumerate(lines):
            paper.text(body.x, body.y + 16 + number * 20, line, size=13)
        return
    if panel.sql is None:
        for number, metric in enumerate(panel.metrics):
            for place, line in enumerate(wrapped(metric.promql, body.w, 11)):
                paper.text(
                    body.x, body.y + 24 + number * 60 + place * 15, line, size=11, colour=FAINT, room=body.w
                )
        return
    rows = ask(panel.query())
    if not rows:
        said = "" if panel.may_be_empty is None else panel.may_be_empty.to(tongue)
        paper.text(body.x + body.w / 2, body.y + body.h / 2, said, size=15, colour=FAINT, anchor="middle")
    elif panel.kind is Kind.SERIES:
        charts.series(paper, body, panel, rows, shown, regions, tongue)
    elif panel.kind is Kind.STRIPES:
        charts.stripes(paper, body, panel, rows, shown, tongue)
    elif panel.kind is Kind.TILES:
        _tiles(paper, body, panel, rows, tongue)
    elif panel.kind is Kind.BARS:
        _bars(paper, body, panel, rows, tongue)
    else:
        _table(paper, body, panel, rows, tongue)


def _tiles(paper: Paper, box: Box, panel: Panel, rows: Sequence[Row], tongue: Tongue) -> None:
    if panel.tile_a_row:
        name, level = panel.columns
        tiles = [(str(row[0]), *cell(row[1], level, tongue)) for row in rows]
        assert name.words is None
    else:
        tiles = []
        for value, column in zip(rows[0], panel.columns, strict=True):
            text, colour = cell(value, column, tongue)
            shown = colour or (colour_at(value, column.steps) if column.steps else None)
            tiles.append((column.title.to(tongue), text, shown))
    across = len(tiles) if box.w / len(tiles) > 150 else max(int(box.w / 150), 1)
    down = -(-len(tiles) // across)
    for place, (title, text, colour) in enumerate(tiles):
        tile = Box(
            box.x + place % across * box.w / across,
            box.y + place // across * box.h / down,
            box.w / across - 6,
            box.h / down - 6,
        )
        background = colour or (palette.BLUE if any(each[2] for each in tiles) else CARD)
        paper.rect(tile, background, radius=3)
        letters = ink(background)
        middle = tile.x + tile.w / 2
        size = min(tile.h * 0.36, tile.w / max(len(text), 3) / 0.85, 64)
        alone = len(tiles) == 1
        paper.text(
            middle,
            tile.y + tile.h * (0.6 if alone else 0.55),
            text,
            size=size,
            colour=letters,
            anchor="middle",
            bold=True,
        )
        if not alone:
            paper.text(
                middle,
                tile.y + tile.h * 0.84,
                title,
                size=min(15, tile.h * 0.2),
                colour=letters,
                room=tile.w,
                anchor="middle",
            )


def _bars(paper: Paper, box: Box, panel: Panel, rows: Sequence[Row], tongue: Tongue) -> None:
    most = max(float(row[1]) for row in rows) or 1.0
    height = min(box.h / len(rows), 30)
    label = min(box.w * 0.4, 130)
    for place, (name, value) in enumerate(rows):
        y = box.y + place * height
        room = box.w - label - 70
        paper.text(box.x + label - 6, y + height / 2 + 4, str(name), room=label, anchor="end")
        paper.rect(Box(box.x + label, y + 2, room * float(value) / most, height - 5), palette.BLUE, radius=2)
        paper.text(
            box.x + label + room * float(value) / most + 6,
            y + height / 2 + 4,
            figure(value, panel.unit, None, tongue),
        )


def _table(paper: Paper, box: Box, panel: Panel, rows: Sequence[Row], tongue: Tongue) -> None:
    visible = [(place, column) for place, column in enumerate(panel.columns) if not column.hidden]
    fixed = sum(column.width or 0 for _, column in visible)
    free = max((box.w - fixed) / max(sum(1 for _, column in visible if column.width is None), 1), 150)
    x = box.x
    for place, column in visible:
        width = min(float(column.width or free), box.x + box.w - x)
        if width < 40:
            # What is beyond the edge is pushed into sight sideways.
            paper.text(box.x + box.w, box.y + 14, "→", anchor="end", colour=FAINT)
            break
        paper.text(x, box.y + 14, column.title.to(tongue), size=12, colour=palette.SKY, room=width - 6)
        for number, row in enumerate(rows[: int((box.h - 22) / 26)]):
            text, colour = cell(row[place], column, tongue)
            y = box.y + 40 + number * 26
            linked = INK if column.link is None else "#6e9fff"
            paper.text(x, y, text, size=12.5, colour=colour or linked, room=width - 8)
            paper.line([(x, y + 8), (x + width, y + 8)], EDGE, width=0.5)
        x += width
