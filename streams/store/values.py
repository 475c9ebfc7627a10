"""Values into `{name:Type}` parameters and out of ClickHouse's JSON, for chDB and for HTTP.

clickhouse-driver does both by itself on the native protocol.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final

import orjson

_TEXT: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
_QUOTED: Final = _TEXT | str.maketrans({"'": "\\'"})
_WRAPPED = re.compile(r"(Nullable|LowCardinality|Array)\((.*)\)\Z", re.DOTALL)

Convert = Callable[[Any], Any]

# The one format that `table` reads: rows of values under their types.
TYPED_JSON: Final = "JSONCompactEachRowWithNamesAndTypes"


class Written(str):
    """A parameter that is in ClickHouse's text form already, as a client of the HTTP endpoint sends it."""

    __slots__ = ()


def parameters(params: Mapping[str, object] | None) -> dict[str, str]:
    return {} if params is None else {name: parameter(value) for name, value in params.items()}


def parameter(value: object) -> str:
    r"""The text form of one value, as ClickHouse reads a parameter.

    >>> parameter("a\tb"), parameter(["l'eau", "x"]), parameter(True), parameter(None)
    ('a\\tb', "['l\\'eau','x']", 'true', '\\N')
    """
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, str):
        return value.translate(_TEXT)
    if value is None:
        return "\\N"
    return _literal(value)


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ",".join(map(_element, value)) + "]"
    raise TypeError(f"a query parameter cannot be {type(value).__name__}")


def _element(value: object) -> str:
    if isinstance(value, str):
        return "'" + value.translate(_QUOTED) + "'"
    if value is None:
        return "NULL"
    text = _literal(value)
    return f"'{text}'" if isinstance(value, date) else text


def moment(value: datetime) -> str:
    """For `DateTime64(3, 'UTC')`; a time without a zone is a mistake of ours."""
    if value.tzinfo is None:
        raise ValueError("a time in a query parameter has no time zone")
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"


def table(output: bytes) -> list[tuple[Any, ...]]:
    """Rows of a result in `TYPED_JSON`. Bytes that are no UTF-8 come as U+FFFD."""
    lines = output.split(b"\n")
    if len(lines) < 2:
        return []
    converts = [_converter(name) for name in _load(lines[1])]
    return [
        tuple(
            value if convert is None else convert(value)
            for convert, value in zip(converts, _load(line), strict=True)
        )
        for line in lines[2:]
        if line
    ]


def _load(line: bytes) -> list[Any]:
    try:
        values: list[Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        values = orjson.loads(line.decode("utf-8", "replace"))
    return values


@cache
def _converter(name: str) -> Convert | None:
    """How JSON's value of this ClickHouse type becomes ours; None where it already is."""
    wrapped = _WRAPPED.match(name)
    if wrapped is not None:
        inner = _converter(wrapped.group(2))
        if inner is None:
            return None
        if wrapped.group(1) == "Array":
            return lambda values: [inner(value) for value in values]
        return lambda value: None if value is None else inner(value)
    if name.startswith("DateTime"):
        return lambda value: datetime.fromisoformat(value).replace(tzinfo=UTC)
    if name == "Date":
        return date.fromisoformat
    if name.startswith("Float"):
        return float  # not a number and infinity are written as words
    return None
