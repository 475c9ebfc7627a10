"""ClickHouse in this process (chDB), in one directory that one process at a time can open.

Writes and our own queries go over one connection, people's queries over a few others, which may only
read, within limits. A long query there delays no write, and not the next person's. Our tables stand in
a database of their own: in chDB's default database an unknown table's name is a file's name.
"""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import unquote, urlsplit

import orjson

from streams.store import guard, values
from streams.store.base import ReadLimits, Store
from streams.store.engine import fail
from streams.store.errors import (
    StoreError,
    StoreFull,
    StoreHeld,
    StoreMissing,
    StoreUnavailable,
    StoreUrlError,
)
from streams.store.owner import FOLDER, Owner
from streams.store.rows import Columns, Moments
from streams.store.sqlstore import SqlStore

DATABASE: Final = "vigie"
# Where an unknown table is a file of that name.
_OVERLAY: Final = frozenset({"default"})
READERS: Final = 3
"""People's queries that run side by side; each may take the memory of `ReadLimits`."""
_NO_SPACE_ERRNO: Final = 28
_CODE = re.compile(r"Code: (\d+)\. DB::Exception: ")
_TAIL = re.compile(r"( \(version [^)]*\))?\.?( \([A-Z0-9_]+\))?\s*\Z")
_ALWAYS: Final = (
    "SET session_timezone = 'UTC'",
    # A question about an hour reads that hour. Exact mode would read on for other versions of an id that lie
    # elsewhere in time; there are none, since an id keeps its first counted_at.
    "SET use_skip_indexes_if_final = 1, use_skip_indexes_if_final_exact_mode = 0",
    f"USE {DATABASE}",
)
# A batch is a few MB and holds an id once: threads and a merge of its own cost it half as much again.
_WRITING: Final = (
    "SET output_format_json_quote_denormals = 1",
    "SET input_format_parallel_parsing = 0",
    "SET max_insert_threads = 1",
    "SET optimize_on_insert = 0",
)


def open_embedded(
    url: str,
    *,
    create: bool,
    retention_days: int | None,
    limits: ReadLimits,
    clock: Callable[[], datetime],
) -> Store:
    """See `open.open_store`."""
    path = directory_of(url)
    engine = EmbeddedEngine(path, create=create, limits=limits, now=clock())
    try:
        return SqlStore(engine, clock=clock, retention_days=retention_days)
    except BaseException:
        engine.close()
        raise


def directory_of(url: str) -> Path:
    """`chdb:///path/to/dir`, or `chdb://dir` below the working directory.

    Raises:
        StoreUrlError: it names no directory.
    """
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise StoreUrlError(f"{url!r}: an embedded store's URL is chdb:///path/to/dir and nothing more")
    path = unquote(parts.netloc + parts.path)
    if not path or "\0" in path or "?" in path:
        raise StoreUrlError(f"{url!r} names no directory: write chdb:///path/to/dir")
    return Path(path).absolute()


class EmbeddedEngine:
    """See `engine.Engine`. Safe to use from several threads: each connection does one thing at a time."""

    def __init__(self, path: Path, *, create: bool, limits: ReadLimits, now: datetime) -> None:
        try:
            from chdb import state  # noqa: PLC0415 - 500 MB that a worker beside a server does not need
        except ImportError:
            raise StoreUnavailable(
                "an embedded store needs ClickHouse in this process: pip install 'vigie[embedded]'"
            ) from None
        self._path = path
        self._owner = own(path, create=create, now=now)
        self._writing_lock = threading.Lock()
        self._readers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        try:
            self._writing = _connect(state.connect, path)
            self._query(self._writing, f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
            for statement in (*_ALWAYS, *_WRITING):
                self._query(self._writing, statement)
            for _ in range(READERS):
                reader = _connect(state.connect, path)
                for statement in (*_ALWAYS, *_reading_settings(limits)):
                    self._query(reader, statement)
                self._readers.put(reader)
        except BaseException:
            self._owner.release()
            raise

    @property
    def url(self) -> str:
        return f"chdb://{self._path}"

    def run(self, sql: str, params: Mapping[str, object] | None = None) -> None:
        with self._writing_lock:
            self._query(self._writing, sql, "Null", params)

    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        with self._writing_lock:
            output = self._query(self._writing, sql, values.TYPED_JSON, params)
        return values.table(output)

    def insert(self, table: str, columns: Columns) -> None:
        names = ", ".join(f"`{name}`" for name in columns)
        try:
            text = orjson.dumps({name: _decimal(column) for name, column in columns.items()})
        except TypeError as error:
            # Never the row itself: it would reach the logs.
            raise StoreError(f"{self.url}: a row for {table} holds what cannot be stored: {error}") from None
        # Not chDB's `send_insert`: on a full disk it says that all is well.
        sql = f"INSERT INTO {table} ({names}) FORMAT JSONColumns {text.decode('utf-8')}"
        with self._writing_lock:
            self._query(self._writing, sql)

    def read(self, sql: str, output_format: str, params: Mapping[str, object] | None = None) -> bytes:
        reader = self._readers.get()
        try:
            guard.check(sql, lambda query: self._parse(reader, query, params), closed=_OVERLAY)
            return self._query(reader, sql, output_format, params, asked=True)
        finally:
            self._readers.put(reader)

    def _parse(self, reader: Any, sql: str, params: Mapping[str, object] | None) -> guard.Parsed:
        """On a reading connection: what is parsed here was not checked yet."""
        one = self._query(
            reader, "SELECT formatQuerySingleLine({sql:String})", "TSVRaw", {"sql": sql}, asked=True
        )
        tree = self._query(reader, guard.EXPLAIN + sql, "TSVRaw", params, asked=True)
        return guard.Parsed(text=one.decode("utf-8", "replace"), tree=tree.decode("utf-8", "replace"))

    def _query(
        self,
        connection: Any,
        sql: str,
        output_format: str = "Null",
        params: Mapping[str, object] | None = None,
        *,
        asked: bool = False,
    ) -> bytes:
        try:
            result = connection.query(sql, output_format, params=values.parameters(params))
        except RuntimeError as error:
            _drain(connection)
            self._fail(error, asked=asked)
        output: bytes = result.bytes()
        return output

    def _fail(self, error: Exception, *, asked: bool) -> NoReturn:
        text = str(error)
        codes = _CODE.findall(text)
        message = _TAIL.sub("", _TAIL.sub("", _CODE.sub("", text).strip())) or text
        fail(message, int(codes[0]) if codes else 0, asked=asked, where=self.url)

    def close(self) -> None:
        with self._writing_lock:
            for _ in range(READERS):
                self._readers.get().close()
            self._writing.close()
            self._owner.release()


def _drain(connection: Any) -> None:
    """What a query had put out before it failed would stand before the next one's answer."""
    with suppress(RuntimeError):
        connection.query("SELECT 1", "TSV")


def _decimal(column: Sequence[Any]) -> Sequence[Any]:
    """In JSON a moment is seconds with decimals: a whole number is read as seconds by some versions and as
    milliseconds by others. The shortest form of the float has the three decimals, exactly."""
    if not isinstance(column, Moments):
        return column
    return [None if moment_ms is None else moment_ms / 1000 for moment_ms in column]


def _reading_settings(limits: ReadLimits) -> tuple[str, ...]:
    """`readonly` comes last: it forbids every setting after it."""
    return (
        f"SET max_execution_time = {limits.seconds:d}",
        f"SET max_memory_usage = {limits.memory_bytes:d}",
        f"SET max_result_rows = {limits.rows:d}",
        f"SET max_result_bytes = {limits.result_bytes:d}",
        "SET output_format_pretty_color = 0",
        "SET readonly = 1",
    )


def own(path: Path, *, create: bool, now: datetime) -> Owner:
    """Make the directory where allowed, and hold it.

    Raises:
        StoreMissing: not there.
        StoreUnavailable: no directory, not ours to write in, or something else lives there.
    """
    try:
        if not path.exists():
            if not create:
                raise StoreMissing(f"there is no store at {path}: replay something into it first")
            path.mkdir(mode=0o700, parents=True)
        if not path.is_dir():
            raise StoreUnavailable(f"{path} is a file: an embedded store is a directory")
        if not (path / FOLDER).exists():
            if any(path.iterdir()):
                raise StoreUnavailable(f"{path} holds something else than a store: name a new directory")
            if not create:
                raise StoreMissing(f"there is no store at {path}: replay something into it first")
        return Owner(path, now)
    except OSError as error:
        if error.errno == _NO_SPACE_ERRNO:
            raise StoreFull(f"no space left for the store {path}") from None
        raise StoreUnavailable(f"the store {path} cannot be opened: {error.strerror}") from None


def _connect(connect: Callable[[str], Any], path: Path) -> Any:
    try:
        return connect(str(path))
    except RuntimeError as error:
        text = str(error)
        if "Error initializing EmbeddedServer" in text:
            # We hold our own lock, so whoever is there is no Vigie; or the disk is full or damaged.
            raise StoreHeld(str(path), None) from None
        raise StoreError(f"the store {path} cannot be opened: {text}") from None
