"""Answers and refusals as ClickHouse's HTTP interface gives them: status, headers, packed bodies. Pure."""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from typing import Final

import lz4.block
import lz4.frame
from clickhouse_cityhash.cityhash import CityHash128

from streams.plain import plain
from streams.store.errors import QueryFailed, QueryRefused, StoreDenied, StoreError

READONLY: Final = 164
AUTHENTICATION_FAILED: Final = 516
TOO_MANY_QUERIES: Final = 202
_CANNOT: Final = 999

# Numbers and names of ClickHouse's ErrorCodes.cpp that clients look at, with the status a server gives.
_CODES: Final = {
    27: ("CANNOT_PARSE_INPUT_ASSERTION_FAILED", 400),
    46: ("UNKNOWN_FUNCTION", 404),
    47: ("UNKNOWN_IDENTIFIER", 404),
    60: ("UNKNOWN_TABLE", 404),
    62: ("SYNTAX_ERROR", 400),
    73: ("UNKNOWN_FORMAT", 400),
    81: ("UNKNOWN_DATABASE", 404),
    159: ("TIMEOUT_EXCEEDED", 500),
    READONLY: ("READONLY", 403),
    # Not 503: clients would ask again at once.
    TOO_MANY_QUERIES: ("TOO_MANY_SIMULTANEOUS_QUERIES", 500),
    241: ("MEMORY_LIMIT_EXCEEDED", 500),
    396: ("TOO_MANY_ROWS_OR_BYTES", 500),
    AUTHENTICATION_FAILED: ("AUTHENTICATION_FAILED", 401),
}
_TYPES: Final = {
    "JSON": "application/json; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8",
    "Parquet": "application/vnd.apache.parquet",
    "Arrow": "application/vnd.apache.arrow.file",
    "ArrowStream": "application/vnd.apache.arrow.stream",
}
_BINARY: Final = ("Native", "RowBinary", "ORC", "Avro", "BSON", "MsgPack", "Protobuf", "Npy", "CapnProto")
_SMALLEST: Final = 1_000
"""Bytes below which compressing costs more than it saves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error as clients read it."""

    status: int
    code: int
    body: str


def refusal(error: StoreError) -> Refusal:
    code = (
        error.code
        if isinstance(error, QueryFailed)
        else READONLY
        if isinstance(error, QueryRefused)
        else AUTHENTICATION_FAILED
        if isinstance(error, StoreDenied)
        else _CANNOT
    )
    return refused(code, str(error))


def refused(code: int, message: str) -> Refusal:
    name, status = _CODES.get(code, ("", 500))
    tail = f" ({name})" if name else ""
    message = message.rstrip(". ").removesuffix(tail).rstrip(". ")
    # A client's terminal shows it: no control characters of the query in it.
    return Refusal(
        status=status, code=code, body=f"Code: {code}. DB::Exception: {plain(message, 1_000)}.{tail}\n"
    )


def content_type(output_format: str) -> str:
    """An unknown one is text, and never HTML: a browser must not run what somebody posted."""
    for prefix in ("JSON", "CSV"):
        if output_format.startswith(prefix):
            return _TYPES[prefix]
    if output_format in _TYPES:
        return _TYPES[output_format]
    return "application/octet-stream" if output_format.startswith(_BINARY) else "text/plain; charset=UTF-8"


def encoding(accepted: str) -> str | None:
    """Which of the codings a client accepts is used; None for none.

    >>> encoding("lz4,br,gzip;q=0.5"), encoding("gzip;q=0, deflate"), encoding("br")
    ('lz4', 'deflate', None)
    """
    wanted = set()
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in {"q=0", "q=0.0"}:
            wanted.add(name.strip())
    return next((name for name in ("lz4", "gzip", "deflate") if name in wanted), None)


def compress(body: bytes, coding: str) -> bytes:
    match coding:
        case "lz4":
            packed: bytes = lz4.frame.compress(body)
            return packed
        case "gzip":
            return gzip.compress(body, compresslevel=3, mtime=0)
        case _:
            return zlib.compress(body, level=3)


def worth_compressing(body: bytes) -> bool:
    return len(body) > _SMALLEST


# ClickHouse's own frames: a checksum, then method, packed size with this header, plain size, and LZ4.
_HEADER: Final = struct.Struct("<BII")
_CHECKSUM: Final = struct.Struct("<QQ")
_LOW: Final = (1 << 64) - 1
_METHOD_LZ4: Final = 0x82
_BLOCK: Final = 1 << 20


def frames(body: bytes) -> bytes:
    """What `compress=1` asks for, as the drivers of Go and Java do."""
    parts: list[bytes] = []
    for start in range(0, len(body), _BLOCK):
        block = body[start : start + _BLOCK]
        packed = lz4.block.compress(block, store_size=False)
        frame = _HEADER.pack(_METHOD_LZ4, len(packed) + _HEADER.size, len(block)) + packed
        checksum: int = CityHash128(frame)
        parts += [_CHECKSUM.pack(checksum >> 64, checksum & _LOW), frame]
    return b"".join(parts)
