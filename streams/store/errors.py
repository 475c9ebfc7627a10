"""What can go wrong with a store; each message is one sentence for a person.

StoreError
├── StoreUnavailable   not reachable, not readable, package missing; the caller retries or exits 3
│   ├── StoreMissing   nothing is there yet, and it was not to be made; no retry helps
│   ├── StoreHeld      another process has the embedded store open; `holder` says who
│   └── StoreFull      no space left where the store lives; what was acknowledged is safe
├── StoreDenied        the server refuses this user, its password, or what it may do; no retry helps
├── StoreTooOld        the server is older than we can use; no retry helps
├── SchemaOutdated     migrations are pending, or a newer Vigie wrote this store
├── MigrationChanged   an applied migration is not the one that was applied
├── StoreUrlError      the URL names no store
├── QueryRefused       the query does more than read; it was not run
└── QueryFailed        ClickHouse could not answer the query: syntax, unknown column, over a limit
"""

# ruff: noqa: N818 - "Error" behind each name would say nothing that its base does not say.

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class StoreError(Exception):
    """`exit_code` is what the command line ends with, `retryable` whether trying again later can help."""

    exit_code: ClassVar[int] = 3
    retryable: ClassVar[bool] = False


class StoreUnavailable(StoreError):
    retryable = True


class StoreMissing(StoreUnavailable):
    retryable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The process that has a store open; `since` is RFC 3339."""

    pid: int
    command: str
    since: str


class StoreHeld(StoreUnavailable):
    def __init__(self, path: str, holder: Holder | None) -> None:
        self.holder = holder
        who = (
            "another process"
            if holder is None
            else f"process {holder.pid} ({holder.command}), since {holder.since}"
        )
        super().__init__(f"the store {path} is in use by {who}: one process at a time can open it")


class StoreFull(StoreUnavailable):
    pass


class StoreDenied(StoreError):
    pass


class StoreTooOld(StoreError):
    pass


class SchemaOutdated(StoreError):
    pass


class MigrationChanged(StoreError):
    pass


class StoreUrlError(StoreError):
    exit_code = 2


class QueryRefused(StoreError):
    exit_code = 2


class QueryFailed(StoreError):
    """`code` is ClickHouse's own number of the error, 0 where it gave none."""

    exit_code = 2

    def __init__(self, message: str, code: int = 0) -> None:
        self.code = code
        super().__init__(message)
