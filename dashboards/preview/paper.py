"""A sheet of SVG: rectangles, lines and text that is escaped and cut to its room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

BACKGROUND = "#111217"
CARD = "#181b1f"
EDGE = "#2c3235"
INK = "#d8d9da"
FAINT = "#8e9196"
_CHARACTER = 0.56
"""Mean width of a letter as a share of the font's size: enough to cut a text to its room."""


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    w: float
    h: float

    def inside(self, margin: float, top: float = 0.0) -> Box:
        return Box(self.x + margin, self.y + margin + top, self.w - 2 * margin, self.h - 2 * margin - top)


class Paper:
    def __init__(self) -> None:
        self._marks: list[str] = []

    def rect(
        self, box: Box, fill: str, *, opacity: float = 1.0, stroke: str | None = None, radius: float = 0
    ) -> None:
        edge = "" if stroke is None else f' stroke="{stroke}"'
        self._marks.append(
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{max(box.w, 0):.1f}" height="{max(box.h, 0):.1f}" '
            f'fill="{fill}" fill-opacity="{opacity}" rx="{radius}"{edge}/>'
        )

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, *, width: float = 2, dash: str = ""
    ) -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._marks.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>'
        )

    def area(self, points: Sequence[tuple[float, float]], colour: str, opacity: float) -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._marks.append(f'<polygon points="{path}" fill="{colour}" fill-opacity="{opacity}"/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12,
        colour: str = INK,
        room: float | None = None,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        shown = text if room is None else cut(text, room, size)
        weight = ' font-weight="600"' if bold else ""
        self._marks.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.0f}" fill="{colour}" '
            f'text-anchor="{anchor}"{weight}>{escape(shown)}</text>'
        )

    def svg(self, width: float, height: float) -> str:
        sheet = f'<rect width="{width:.0f}" height="{height:.0f}" fill="{BACKGROUND}"/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="Inter, DejaVu Sans, sans-serif">'
            f"{sheet}{''.join(self._marks)}</svg>\n"
        )


def cut(text: str, room: float, size: float) -> str:
    letters = int(room / (size * _CHARACTER))
    return text if len(text) <= letters else text[: max(letters - 1, 0)].rstrip() + "…"


def wrapped(text: str, room: float, size: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) * size * _CHARACTER > room and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
