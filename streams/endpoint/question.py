"""What a client of ClickHouse's HTTP interface asks, out of the parts of its request. Pure.

Clients send settings beside the query. Ours are fixed, so they are taken for what they are: those of the
transport we follow, those that would lift a limit or change the answer are refused in words, and the
rest (progress headers, sessions, ...) does not change what is answered and is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from streams.store.base import ReadLimits
from streams.store.errors import QueryFailed, QueryRefused
from streams.store.values import Written

DEFAULT_FORMAT: Final = "TabSeparated"
_UNKNOWN_DATABASE: Final = 81
_DATABASES: Final = frozenset({"", "vigie", "default"})
_PARAMETER: Final = "param_"
_FORMAT = re.compile(r"\bFORMAT\s+([A-Za-z][A-Za-z0-9]*)[\s;]*\Z", re.IGNORECASE)
_FORMAT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
_OFF: Final = frozenset({"", "0", "false"})
_CHANGING: Final = frozenset(
    {
        "additional_result_filter",
        "additional_table_filters",
        "extremes",
        "final",
        "limit",
        "offset",
        "session_timezone",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`output_format` is the query's own, or the client's default where the query names none.

    `framed` asks for ClickHouse's own compressed frames around the answer; `protocol_version` is 0
    where the client reads the Native format as it stands in files.
    """

    sql: str
    output_format: str
    params: Mapping[str, Written] = field(default_factory=dict)
    framed: bool = False
    http_compression: bool = True
    protocol_version: int = 0
    query_id: str = ""


def question(
    fields: Mapping[str, str], body: str, headers: Mapping[str, str], limits: ReadLimits
) -> Question:
    """`fields` are those of the address and of a form; ClickHouse joins its query with the body.

    Raises:
        QueryRefused: a setting lifts a limit or changes the answer.
        QueryFailed: a database that is not here, a number that is none.
    """
    database = fields.get("database", headers.get("X-ClickHouse-Database", ""))
    if database not in _DATABASES:
        raise QueryFailed(
            f"Database {database} does not exist: the store's views are in vigie", _UNKNOWN_DATABASE
        )
    for name, value in fields.items():
        _check_setting(name, value, limits)
    sql = "\n".join(part for part in (fields.get("query", ""), body) if part)
    default = fields.get("default_format") or headers.get("X-ClickHouse-Format") or DEFAULT_FORMAT
    if _FORMAT_NAME.match(default) is None:
        raise QueryFailed(f"Unknown format {default}", 73)
    own = _FORMAT.search(sql)
    return Question(
        sql=sql,
        output_format=own.group(1) if own else default,
        params={
            name.removeprefix(_PARAMETER): Written(value)
            for name, value in fields.items()
            if name.startswith(_PARAMETER)
        },
        framed=wants_frames(fields),
        http_compression=fields.get("enable_http_compression", "1") not in _OFF,
        protocol_version=_whole("client_protocol_version", fields.get("client_protocol_version", "0")),
        query_id=fields.get("query_id", ""),
    )


def wants_frames(fields: Mapping[str, str]) -> bool:
    return fields.get("compress", "0") not in _OFF


def _check_setting(name: str, value: str, limits: ReadLimits) -> None:
    if name in _CHANGING and value not in _OFF:
        raise QueryRefused(
            f"refused, settings are fixed here and {name} would change the answer: put it in the query"
        )
    if name == "readonly" and value not in {"1", "2"}:
        raise QueryRefused("refused, a query may only read: readonly cannot be switched off")
    # Drivers derive this one from their own patience (clickhouse-go adds five seconds): longer than ours
    # is no attempt to lift it, and ours holds. No limit at all is one.
    if name == "max_execution_time" and not _positive(value):
        raise QueryRefused(f"refused, the limit of {limits.seconds} seconds cannot be lifted")
    most = {
        "max_memory_usage": limits.memory_bytes,
        "max_result_rows": limits.rows,
        "max_result_bytes": limits.result_bytes,
    }.get(name)
    if most is not None and not 0 < _whole(name, value) <= most:
        raise QueryRefused(f"refused, {name} is {most} here and cannot be lifted")


def _positive(value: str) -> bool:
    try:
        return float(value) > 0
    except ValueError:
        return False


def _whole(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 19:
        raise QueryFailed(f"{name}={value[:20]!r} is no number", 27)
    return int(value)
