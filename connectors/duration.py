"""Lengths of time as people write them in the watches file: `30s`, `5m`, `2h`, `1d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_DURATION: Final = re.compile(r"(\d{1,6})\s*([smhd])\Z")
_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def parse_duration(value: object) -> timedelta:
    """A number with its unit; a bare 0 needs none.

    Raises:
        ValueError: it is anything else.
    """
    if isinstance(value, timedelta) and value >= timedelta():
        return value
    text = str(value).strip()
    if text == "0":
        return timedelta()
    found = _DURATION.match(text)
    if found is None:
        raise ValueError("must be a number with its unit, such as 30s, 5m, 2h or 1d")
    return timedelta(seconds=int(found[1]) * _UNITS_S[found[2]])


def write_duration(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads as `value`: `90m`, not `5400s`."""
    seconds = int(value.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _UNITS_S[unit] == 0)
    return f"{seconds // _UNITS_S[unit]}{unit}"
