"""How numbers, times and codes read: what Grafana makes of a unit, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from dashboards import palette
from dashboards.define import Column, Step
from dashboards.tongue import Tongue

_FRENCH: Final = str.maketrans(",.", "\u202f,")
_BIG: Final = ((1e9, "Bil", "Md"), (1e6, "Mil", "M"), (1e3, "K", "k"))


def figure(value: Any, unit: str, decimals: int | None, tongue: Tongue) -> str:
    """A value as text; None is a dash."""
    if value is None:
        return "–"
    if unit.startswith("dateTime"):
        return _moment(value, tongue)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    number = float(value)
    if unit == "percentunit":
        return _digits(number * 100, decimals, tongue) + ("\u202f%" if tongue is Tongue.FR else "%")
    if unit == "m":
        return _span(number * 60, tongue)
    if unit == "s":
        return _span(number, tongue)
    if unit == "short" and abs(number) >= 1000:
        for size, english, french in _BIG:
            if abs(number) >= size:
                return f"{_digits(number / size, 1, tongue)} {french if tongue is Tongue.FR else english}"
    return _digits(number, decimals, tongue)


def _digits(number: float, decimals: int | None, tongue: Tongue) -> str:
    places = decimals if decimals is not None else (0 if number == int(number) else 1)
    text = f"{number:,.{places}f}"
    return text.translate(_FRENCH) if tongue is Tongue.FR else text


def _span(seconds: float, tongue: Tongue) -> str:
    if seconds >= 86_400:
        return f"{_digits(seconds / 86_400, 1, tongue)} {'j' if tongue is Tongue.FR else 'd'}"
    if seconds >= 3_600:
        return f"{_digits(seconds / 3_600, 1, tongue)} h"
    return f"{_digits(seconds / 60, 0, tongue)} min"


def moment(value: Any) -> datetime:
    """A DateTime as the store gives it: aware, naive in UTC, or text."""
    read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _moment(value: Any, tongue: Tongue) -> str:
    return f"{moment(value):{'%d/%m/%Y %H:%M' if tongue is Tongue.FR else '%Y-%m-%d %H:%M'}}"


def cell(value: Any, column: Column, tongue: Tongue) -> tuple[str, str | None]:
    """Text of a value in a column, and its own colour if a word brings one."""
    if column.words is not None:
        code = str(int(value)) if isinstance(value, bool | int) else str(value)
        word = column.words.get(code)
        if word is not None:
            return word.text.to(tongue), word.colour
    return figure(value, column.unit, column.decimals, tongue), None


def colour_at(value: Any, steps: tuple[Step, ...]) -> str:
    """Of the highest step that the value reaches."""
    reached = palette.BLUE
    for step in steps:
        if step.at is None or (value is not None and value >= step.at):
            reached = step.colour
    return reached


def ink(background: str) -> str:
    """Black or white, whichever reads better on it (WCAG relative luminance)."""
    parts = [int(background[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return "#111111" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"
