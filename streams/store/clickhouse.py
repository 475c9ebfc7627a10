"""A ClickHouse server: the native protocol (clickhouse-driver) for what we write and ask ourselves.

A person's query goes over the server's HTTP port, read-only, since output formats are made by the
server there and by the client on the native port.
"""

from __future__ import annotations

import http.client
import logging
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from clickhouse_driver import Client
from clickhouse_driver import errors as driver

from streams.store import guard, values
from streams.store.base import ReadLimits, Store
from streams.store.engine import fail
from streams.store.errors import (
    QueryFailed,
    StoreError,
    StoreMissing,
    StoreTooOld,
    StoreUnavailable,
    StoreUrlError,
)
from streams.store.rows import Columns
from streams.store.sqlstore import SqlStore

OLDEST: Final = (23, 8)
_UNKNOWN_DATABASE: Final = 81
_UNKNOWN_FUNCTION: Final = 46
_CONNECT_S: Final = 10
_TRANSFER_S: Final = 300
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_YES: Final = frozenset({"1", "true", "yes"})
_OPTIONS: Final = frozenset({"secure", "verify", "ca_cert", "http_port", "compression"})
_HTTP_ERROR = re.compile(r"Code: (\d+)[.,] ?(?:e\.displayText\(\) = )?(?:DB::Exception: )?(.*)", re.DOTALL)
_TAIL = re.compile(r"( \([A-Z0-9_]+\))?( \(version [^)]*\))?\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server is. `password` never leaves: `str()` and `public_url` are without it."""

    host: str
    port: int
    http_port: int
    user: str
    password: str
    database: str
    secure: bool
    verify: bool
    ca_cert: str | None
    compression: bool

    @property
    def public_url(self) -> str:
        scheme = "clickhouses" if self.secure else "clickhouse"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{quote(self.user)}@{host}:{self.port}/{self.database}"

    def __repr__(self) -> str:
        return self.public_url


def parse_url(url: str) -> Address:
    """`clickhouse[s]://user:password@host:9000/db?secure=1&verify=0&ca_cert=...&http_port=8123&compression=0`.

    Raises:
        StoreUrlError: with what is wrong, without the password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise StoreUrlError(f"the store's URL is wrong: {error}") from None
    options = parse_qs(parts.query, keep_blank_values=True)
    unknown = sorted(set(options) - _OPTIONS)
    if unknown:
        raise StoreUrlError(
            f"the store's URL has no option {unknown[0]!r}; there are {', '.join(sorted(_OPTIONS))}"
        )
    if not parts.hostname:
        raise StoreUrlError("the store's URL names no host: clickhouse://user:password@host:9000/db")
    database = unquote(parts.path.strip("/")) or "default"
    if not _NAME.match(database):
        raise StoreUrlError(f"the store's URL names the database {database!r}: letters, digits and _ alone")

    def option(name: str, default: str) -> str:
        return options.get(name, [default])[-1]

    secure = parts.scheme.lower() == "clickhouses" or option("secure", "0") in _YES
    http_port = option("http_port", "8443" if secure else "8123")
    if not http_port.isascii() or not http_port.isdigit() or not 0 < int(http_port) < 65_536:
        raise StoreUrlError(f"the store's URL has http_port={http_port}: it must be a port")
    return Address(
        host=parts.hostname,
        port=port or (9440 if secure else 9000),
        http_port=int(http_port),
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=database,
        secure=secure,
        verify=option("verify", "1") in _YES,
        ca_cert=option("ca_cert", "") or None,
        compression=option("compression", "1") in _YES,
    )


def open_server(
    url: str,
    *,
    create: bool,
    retention_days: int | None,
    limits: ReadLimits,
    clock: Callable[[], datetime],
) -> Store:
    """See `open.open_store`."""
    engine = ServerEngine(parse_url(url), limits=limits)
    try:
        engine.connect(create=create)
        engine.refuse_old()
        return SqlStore(engine, clock=clock, retention_days=retention_days)
    except BaseException:
        engine.close()
        raise


class ServerEngine:
    """See `engine.Engine`. One native connection, which comes back by itself after a cut."""

    def __init__(self, address: Address, *, limits: ReadLimits) -> None:
        # It logs the traceback of a connection that fails, which is said in a sentence of our own.
        logging.getLogger("clickhouse_driver").setLevel(logging.CRITICAL)
        self._address = address
        self._limits = limits
        self._lock = threading.Lock()
        self._client = self._make_client(address.database)
        self._read_settings: dict[str, object] | None = None

    def _make_client(self, database: str) -> Any:
        address = self._address
        return Client(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=database,
            secure=address.secure,
            verify=address.verify,
            ca_certs=address.ca_cert,
            compression="lz4" if address.compression else False,
            connect_timeout=_CONNECT_S,
            send_receive_timeout=_TRANSFER_S,
            client_name="vigie",
            settings={
                "server_side_params": True,
                "session_timezone": "UTC",
                # A profile may say otherwise, and what we acknowledge must be on the disk.
                "async_insert": 0,
            },
        )

    @property
    def url(self) -> str:
        return self._address.public_url

    def connect(self, *, create: bool) -> None:
        """Reach the server; with `create` make the database where it is not there.

        Raises:
            StoreMissing, StoreUnavailable, StoreDenied, StoreError: it cannot be used.
        """
        try:
            self._client.connection.connect()
        except driver.ServerException as error:
            if error.code != _UNKNOWN_DATABASE:
                self._fail(error)
            if not create:
                raise StoreMissing(f"{self.url}: there is no such database: vigie migrate makes it") from None
            self._create_database()
        except (driver.Error, OSError, EOFError) as error:
            self._unreachable(error)

    def _create_database(self) -> None:
        client = self._make_client("default")
        try:
            client.execute(f"CREATE DATABASE IF NOT EXISTS `{self._address.database}`")
            self._client.connection.connect()
        except driver.ServerException as error:
            self._fail(error)
        except (driver.Error, OSError, EOFError) as error:
            self._unreachable(error)
        finally:
            client.disconnect()

    def refuse_old(self) -> None:
        """Raises StoreTooOld."""
        info = self._client.connection.server_info
        version = (info.version_major, info.version_minor)
        if version < OLDEST:
            raise StoreTooOld(
                f"{self.url} is ClickHouse {version[0]}.{version[1]}: "
                f"Vigie needs {OLDEST[0]}.{OLDEST[1]} or newer"
            )

    def run(self, sql: str, params: Mapping[str, object] | None = None) -> None:
        self.rows(sql, params)

    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        found: Any = self._execute(sql, _native(params))
        return found if isinstance(found, list) else []

    def insert(self, table: str, columns: Columns) -> None:
        names = ", ".join(f"`{name}`" for name in columns)
        self._execute(f"INSERT INTO {table} ({names}) VALUES", list(columns.values()), columnar=True)

    def _execute(self, sql: str, what: object, **options: object) -> object:
        try:
            with self._lock:
                return self._client.execute(sql, what, **options)
        except driver.ServerException as error:
            self._fail(error)
        except (driver.NetworkError, driver.SocketTimeoutError, OSError, EOFError) as error:
            self._unreachable(error)
        except driver.Error as error:
            raise StoreError(f"{self.url}: {error}") from None

    def read(self, sql: str, output_format: str, params: Mapping[str, object] | None = None) -> bytes:
        guard.check(sql, lambda query: self._parse(query, params))
        return self.ask(sql, output_format, params)

    def _parse(self, sql: str, params: Mapping[str, object] | None) -> guard.Parsed:
        """The server takes one statement alone over HTTP. Older than 23.10 it has no formatter."""
        tree = self.ask(guard.EXPLAIN + sql, "TSVRaw", params).decode("utf-8", "replace")
        try:
            text = self.ask("SELECT formatQuerySingleLine({sql:String})", "TSVRaw", {"sql": sql})
        except QueryFailed as error:
            if error.code != _UNKNOWN_FUNCTION:
                raise
            text = sql.encode("utf-8")
        return guard.Parsed(text=text.decode("utf-8", "replace"), tree=tree)

    def ask(self, sql: str, output_format: str, params: Mapping[str, object] | None = None) -> bytes:
        """Over HTTP, read-only and limited; not checked by the guard yet."""
        if self._read_settings is None:
            self._read_settings = self._find_read_settings()
        return self._post(sql, output_format, params, self._read_settings)

    def _find_read_settings(self) -> dict[str, object]:
        """What a query is sent with. Who is read-only already (1) may set nothing, or (2) all but that."""
        found = self._post("SELECT value FROM system.settings WHERE name = 'readonly'", "TSVRaw", None, {})
        readonly = found.strip()
        if readonly == b"1":
            return {}
        limits: dict[str, object] = {
            "max_execution_time": self._limits.seconds,
            "max_memory_usage": self._limits.memory_bytes,
            "max_result_rows": self._limits.rows,
            "max_result_bytes": self._limits.result_bytes,
            # An error must not come after a status of 200 and half an answer.
            "wait_end_of_query": 1,
        }
        return limits if readonly == b"2" else limits | {"readonly": 1}

    def _post(
        self,
        sql: str,
        output_format: str,
        params: Mapping[str, object] | None,
        settings: Mapping[str, object],
    ) -> bytes:
        address = self._address
        fields = {f"param_{name}": value for name, value in values.parameters(params).items()}
        query = urlencode(
            {"database": address.database, "default_format": output_format, **settings, **fields}
        )
        headers = {"X-ClickHouse-User": address.user, "X-ClickHouse-Key": address.password}
        connection = self._http()
        try:
            connection.request("POST", f"/?{query}", body=sql.encode("utf-8"), headers=headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise StoreUnavailable(
                f"{self.url} does not answer on its HTTP port {address.http_port} ({_reason(error)}); "
                "another port stands in the URL as ?http_port=N"
            ) from None
        finally:
            connection.close()
        if response.status != http.client.OK:
            self._fail_http(body.decode("utf-8", "replace").strip())
        return body

    def _fail_http(self, text: str) -> NoReturn:
        found = _HTTP_ERROR.search(text)
        code, message = (int(found.group(1)), found.group(2)) if found else (0, text)
        fail(_TAIL.sub("", message), code, asked=True, where=self.url)

    def _http(self) -> http.client.HTTPConnection:
        address = self._address
        timeout = self._limits.seconds + _CONNECT_S
        if not address.secure:
            return http.client.HTTPConnection(address.host, address.http_port, timeout=timeout)
        context = ssl.create_default_context(cafile=address.ca_cert)
        if not address.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(address.host, address.http_port, timeout=timeout, context=context)

    def _fail(self, error: Any) -> NoReturn:
        message = str(error.message).split("\nStack trace", 1)[0].split(" Stack trace:", 1)[0]
        message = message.removeprefix("DB::Exception: ").strip()
        fail(_TAIL.sub("", message), int(error.code), asked=False, where=self.url)

    def _unreachable(self, error: BaseException) -> NoReturn:
        raise StoreUnavailable(f"{self.url} does not answer: {_reason(error)}") from None

    def close(self) -> None:
        with self._lock, suppress(OSError, EOFError):
            self._client.disconnect()


def _native(params: Mapping[str, object] | None) -> dict[str, object]:
    """clickhouse-driver escapes by itself; a time it would cut to seconds."""
    return {
        name: values.moment(value) if isinstance(value, datetime) else value
        for name, value in (params or {}).items()
    }


def _reason(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
