"""What differs between ClickHouse in this process and a server: five verbs, and how to say no.

    embedded.EmbeddedEngine    chDB, columns travel as JSONColumns text
    clickhouse.ServerEngine    clickhouse-driver's native protocol, HTTP for a person's queries

Either raises `errors.StoreError` and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn, Protocol

from streams.store.errors import (
    QueryFailed,
    QueryRefused,
    StoreDenied,
    StoreError,
    StoreFull,
    StoreUnavailable,
)
from streams.store.rows import Columns

Params = Mapping[str, object]

# Numbers of ClickHouse's ErrorCodes.cpp.
_NO_SPACE: Final = frozenset({243})
_DENIED: Final = frozenset({192, 193, 194, 497, 516})
_READONLY: Final = frozenset({164})
# Timeouts, memory, too many parts or queries, a replica or its keeper away: the same later may succeed.
_LATER: Final = frozenset({159, 202, 203, 209, 210, 236, 241, 242, 252, 279, 319, 999})


class Engine(Protocol):
    @property
    def url(self) -> str:
        """Without its password."""
        ...

    def run(self, sql: str, params: Params | None = None) -> None:
        """One statement of ours, without a result."""
        ...

    def rows(self, sql: str, params: Params | None = None) -> list[tuple[Any, ...]]: ...

    def insert(self, table: str, columns: Columns) -> None:
        """All rows or none; durable when it returns."""
        ...

    def read(self, sql: str, output_format: str, params: Params | None = None) -> bytes:
        """A person's query, checked by `guard`, read-only and limited."""
        ...

    def close(self) -> None: ...


def put(engine: Engine, table: str, columns: Columns) -> None:
    """Insert, where there are rows at all."""
    if next(iter(columns.values())):
        engine.insert(table, columns)


_MESSAGE_CHARS: Final = 400
# From here on ClickHouse quotes the query with its parameters, or the row: ids, names, texts of people.
_QUOTING = re.compile(
    r"[.:]? ?(In scope |: ?While |\(at row|Row \d|while (converting|executing|processing)|before: ).*",
    re.DOTALL,
)


def fail(message: str, code: int, *, asked: bool, where: str) -> NoReturn:
    """Raise what ClickHouse's error means; `asked` for a person's query, `where` names the store.

    Where nobody asked, nothing of the data reaches the message, since it goes to the logs.
    """
    message = _QUOTING.sub("", message).strip()
    if len(message) > _MESSAGE_CHARS:
        message = message[:_MESSAGE_CHARS] + "..."
    if "No space left on device" in message or code in _NO_SPACE:
        raise StoreFull(f"no space left for the store {where}: free some and run the same again")
    if code in _DENIED:
        raise StoreDenied(f"{where} refuses this user: {message}")
    if asked:
        if code in _READONLY:
            raise QueryRefused(f"refused, a query may only read: {message}")
        raise QueryFailed(message, code)
    if code in _READONLY:
        raise StoreDenied(f"{where} lets this user only read: {message}")
    if code in _LATER:
        raise StoreUnavailable(f"{where} cannot do it now: {message}")
    raise StoreError(f"{where}: {message}")
