"""From a store's URL to a store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from streams.store.base import ReadLimits, Store
from streams.store.errors import StoreUrlError


def _utc_now() -> datetime:
    return datetime.now(UTC)


def open_store(
    url: str,
    *,
    create: bool = True,
    retention_days: int | None = None,
    limits: ReadLimits | None = None,
    clock: Callable[[], datetime] = _utc_now,
) -> Store:
    """Open `chdb:///path/to/dir` or `clickhouse[s]://user:password@host:9000/db[?secure=1&...]`.

    Without `create` a directory or database that is not there is an error. `retention_days` is applied
    when the schema is up to date and differs; None leaves it as it is (365 in a new store), 0 keeps for
    ever. `clock` says when a row is stored. The schema is not touched: see `Store.migrate`.

    Raises:
        StoreUrlError: the URL names no store.
        StoreMissing: nothing is there, and it is not to be made.
        StoreUnavailable: not reachable, not readable, held by another process, package missing.
        StoreTooOld: the server is older than 23.8.
    """
    limits = limits or ReadLimits()
    scheme = urlsplit(url).scheme.lower()
    if scheme == "chdb":
        from streams.store.embedded import open_embedded  # noqa: PLC0415 - chDB is an extra

        return open_embedded(url, create=create, retention_days=retention_days, limits=limits, clock=clock)
    if scheme in ("clickhouse", "clickhouses"):
        from streams.store.clickhouse import open_server  # noqa: PLC0415 - only where there is a server

        return open_server(url, create=create, retention_days=retention_days, limits=limits, clock=clock)
    # Without what stands before @: it may be a password.
    shown = url.rpartition("@")[2]
    raise StoreUrlError(
        f"{shown!r} names no store: write chdb:///path/to/dir or clickhouse://user:password@host:9000/db"
    )
