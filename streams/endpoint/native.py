"""ClickHouse's Native format as a client with a protocol version reads it. Pure.

In process ClickHouse writes Native as it stands in files. Over HTTP a client that sends
`client_protocol_version` (clickhouse-go, and so Grafana) expects a preface to each block and, from 54454
on, a byte after each column's type. To put them in, one must know where a column ends, and the format
does not say: so the types are read and their values skipped, nothing is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from streams.store.errors import QueryFailed

_CUSTOM_SERIALIZATION: Final = 54_454
# Field 1, is_overflows: no; field 2, bucket_num: -1; end. See BlockInfo.cpp.
_PREFACE: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"
_DEFAULT_SERIALIZATION: Final = b"\x00"

_WIDTHS: Final = {
    **{f"{kind}Int{bits}": bits // 8 for kind in ("", "U") for bits in (8, 16, 32, 64, 128, 256)},
    "BFloat16": 2,
    "Bool": 1,
    "Date": 2,
    "Date32": 4,
    "DateTime": 4,
    "DateTime64": 8,
    "Enum8": 1,
    "Enum16": 2,
    "Float32": 4,
    "Float64": 8,
    "IPv4": 4,
    "IPv6": 16,
    "Nothing": 1,
    "Time": 4,
    "Time64": 8,
    "UUID": 16,
}
_DECIMALS: Final = ((9, 4), (18, 8), (38, 16), (76, 32))
_NAME = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*")
_LC_MORE_KEYS: Final = 1 << 9
_LC_KEY_TYPE: Final = 0xFF


@dataclass(frozen=True, slots=True)
class _Type:
    name: str
    inner: tuple[_Type, ...] = ()
    width: int = 0


def for_protocol(body: bytes, version: int) -> bytes:
    """The blocks of `body` as a client of that protocol version reads them.

    Raises:
        QueryFailed: a column's type is none that could be skipped over.
    """
    out: list[bytes] = []
    mark = b"" if version < _CUSTOM_SERIALIZATION else _DEFAULT_SERIALIZATION
    reader = _Reader(body)
    try:
        while reader.at < len(body):
            out.append(_PREFACE)
            start = reader.at
            columns, rows = reader.varint(), reader.varint()
            out.append(body[start : reader.at])
            for _ in range(columns):
                start = reader.at
                reader.text()
                kind = _parsed(reader.text().decode("utf-8"))
                out += [body[start : reader.at], mark]
                start = reader.at
                if rows:
                    reader.prefix(kind)
                    reader.values(kind, rows)
                out.append(body[start : reader.at])
        if reader.at != len(body):
            raise IndexError
    except IndexError:
        raise QueryFailed("this answer cannot be given as Native: ask for another format", 0) from None
    return b"".join(out)


class _Reader:
    """Moves `at` over `data`; raises IndexError beyond its end."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self.data):
            raise IndexError

    def text(self) -> bytes:
        size = self.varint()
        self.skip(size)
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        self.skip(8)
        return int.from_bytes(self.data[self.at - 8 : self.at], "little")

    def prefix(self, kind: _Type) -> None:
        """What stands before a column's values: a version for each dictionary in its type."""
        if kind.name == "LowCardinality":
            self.skip(8)
        else:
            for inner in kind.inner:
                self.prefix(inner)

    def values(self, kind: _Type, rows: int) -> None:
        if kind.width:
            self.skip(kind.width * rows)
            return
        match kind.name:
            case "String":
                for _ in range(rows):
                    self.skip(self.varint())
            case "Nullable":
                self.skip(rows)
                self.values(kind.inner[0], rows)
            case "Array":
                self.skip(8 * rows)
                last = int.from_bytes(self.data[self.at - 8 : self.at], "little") if rows else 0
                self.values(kind.inner[0], last)
            case "LowCardinality":
                self._dictionary(kind.inner[0], rows)
            case _:
                for inner in kind.inner:
                    self.values(inner, rows)

    def _dictionary(self, kind: _Type, rows: int) -> None:
        if not rows:
            return
        flags = self.number()
        if flags & _LC_MORE_KEYS:
            self.values(kind.inner[0] if kind.name == "Nullable" else kind, self.number())
        self.skip(self.number() << (flags & _LC_KEY_TYPE))


@cache
def _parsed(text: str) -> _Type:
    """Raises QueryFailed for a type that is not known here."""
    match = _NAME.match(text)
    name = match.group(1) if match else ""
    rest = text[match.end() :].strip() if match else text
    arguments = list(_arguments(rest[1:-1])) if rest.startswith("(") and rest.endswith(")") else []
    if name in _WIDTHS:
        return _Type(name, width=_WIDTHS[name])
    if name.startswith("Interval"):
        return _Type(name, width=8)
    if name == "FixedString":
        return _Type(name, width=int(arguments[0]))
    if name == "Decimal":
        digits = int(arguments[0])
        return _Type(name, width=next(width for most, width in _DECIMALS if digits <= most))
    if name == "String":
        return _Type(name)
    if name in {"Nullable", "Array", "LowCardinality"}:
        return _Type(name, (_parsed(arguments[0]),))
    if name == "SimpleAggregateFunction":
        return _parsed(arguments[1])
    if name == "Map":
        return _Type("Array", (_Type("Tuple", tuple(map(_parsed, arguments))),))
    if name == "Tuple":
        return _Type(name, tuple(_parsed(_unnamed(argument)) for argument in arguments))
    raise QueryFailed(f"a column of type {text[:60]} cannot be given as Native: ask for another format", 0)


def _arguments(text: str) -> Iterator[str]:
    """Between commas that stand in no brackets and no quotes."""
    depth, start, quote = 0, 0, ""
    escaped = False
    for at, character in enumerate(text):
        if quote:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == quote:
                quote = ""
        elif character in "'`\"":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "," and depth == 0:
            yield text[start:at].strip()
            start = at + 1
    if text[start:].strip():
        yield text[start:].strip()


_ELEMENT = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]*|`(?:[^`\\]|\\.)*`)\s+(?=[A-Z])(.*)\Z", re.DOTALL)


def _unnamed(element: str) -> str:
    """`name Type` -> `Type`"""
    match = _ELEMENT.match(element)
    return element if match is None else match.group(1)
