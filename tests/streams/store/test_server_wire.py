"""The server engine on the wire: connect, insert, ask, cut, restart, wrong password; TLS where none is."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from streams.store.base import ReadLimits
from streams.store.clickhouse import Address, ServerEngine, parse_url
from streams.store.errors import (
    QueryFailed,
    QueryRefused,
    StoreDenied,
    StoreError,
    StoreTooOld,
    StoreUnavailable,
    StoreUrlError,
)
from streams.store.open import open_store
from streams.store.statements import statement
from tests.streams.store.old_server import OldServer, free_port, served

LIMITS = ReadLimits(seconds=5, rows=1000)
TABLE = "CREATE TABLE facts (id String, at DateTime, tags Array(String), n Nullable(Int64)) ENGINE = Memory"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OldServer]:
    yield from served(tmp_path_factory.mktemp("clickhouse"))


@pytest.fixture
def engine(server: OldServer) -> Iterator[ServerEngine]:
    engine = ServerEngine(parse_url(server.url), limits=LIMITS)
    engine.connect(create=False)
    engine.run("DROP TABLE IF EXISTS facts")
    engine.run(TABLE)
    yield engine
    engine.close()


COLUMNS: dict[str, list[Any]] = {
    "id": ["x:1", "x:'\\\n\0é"],
    "at": [1_700_000_000, 1_700_000_001],
    "tags": [["a", "l'eau"], []],
    "n": [None, 2**53],
}


@pytest.mark.live
def test_columns_arrive_as_they_were(engine: ServerEngine) -> None:
    engine.insert("facts", COLUMNS)
    assert engine.rows("SELECT id, toUInt32(at), tags, n FROM facts ORDER BY at") == list(
        zip(*COLUMNS.values(), strict=True)
    )


@pytest.mark.live
def test_a_restart_is_survived(server: OldServer, engine: ServerEngine) -> None:
    """The table is in memory: what matters is that the same engine is back."""
    server.stop()
    with pytest.raises(StoreUnavailable, match="does not answer") as caught:
        engine.insert("facts", COLUMNS)
    assert caught.value.retryable
    assert "p@ss" not in str(caught.value)
    server.start()
    engine.run("DROP TABLE IF EXISTS facts")
    engine.run(TABLE)
    engine.insert("facts", COLUMNS)
    assert engine.rows("SELECT count() FROM facts") == [(2,)]


@pytest.mark.live
def test_what_the_server_refuses_is_no_outage(engine: ServerEngine) -> None:
    with pytest.raises(StoreError, match="nothing") as caught:
        engine.rows("SELECT * FROM nothing")
    assert not caught.value.retryable
    assert engine.rows("SELECT 1") == [(1,)]


@pytest.mark.live
def test_a_wrong_password(server: OldServer) -> None:
    url = server.url.replace(quote("p@ss/w:rd", safe=""), "hunter2")
    with pytest.raises(StoreError, match=r"(?i)password|authentication") as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)
    assert isinstance(caught.value, StoreDenied)
    assert caught.value.exit_code == 3
    assert not caught.value.retryable


@pytest.mark.live
def test_an_old_server_is_refused(server: OldServer) -> None:
    with pytest.raises(StoreTooOld, match=r"is ClickHouse 18\.16: Vigie needs 23\.8 or newer") as caught:
        open_store(server.url)
    assert caught.value.exit_code == 3


@pytest.mark.live
def test_a_database_is_made_where_asked(server: OldServer) -> None:
    address = replace(parse_url(server.url), database="made")
    engine = ServerEngine(address, limits=LIMITS)
    with pytest.raises(StoreError, match="made"):
        engine.connect(create=False)
    engine.connect(create=True)
    assert engine.rows("SELECT currentDatabase()") == [("made",)]
    engine.close()


@pytest.mark.live
def test_answers_come_over_http_in_any_format_and_read_only(engine: ServerEngine) -> None:
    """Below the guard, whose parser this server is too old for."""
    engine.insert("facts", COLUMNS)
    answer = engine.ask("SELECT id FROM facts WHERE n IS NULL", "JSONEachRow")
    assert answer == b'{"id":"x:1"}\n'
    for sql in ("DROP TABLE facts", "SET readonly = 0", "INSERT INTO facts (id) VALUES ('x')"):
        with pytest.raises(QueryRefused):
            engine.ask(sql, "TSV")
    with pytest.raises(QueryFailed):
        engine.ask("SELECT 1; DROP TABLE facts", "TSV")
    with pytest.raises(QueryFailed, match=r"(?i)limit"):
        engine.ask("SELECT number FROM system.numbers LIMIT 5000", "TSV")
    assert engine.rows("SELECT count() FROM facts") == [(2,)]


@pytest.mark.live
def test_who_may_only_read_can_ask(server: OldServer) -> None:
    engine = ServerEngine(replace(parse_url(server.url), user="analyst", password=""), limits=LIMITS)
    assert engine.ask("SELECT 1 + 1", "TSV") == b"2\n"
    engine.close()


@pytest.mark.live
def test_who_may_only_read_is_told_before_there_is_anything_to_write(
    engine: ServerEngine, server: OldServer
) -> None:
    """What `check_writable` asks, of a table that this server can hold."""
    asked = statement("writable").replace("mentions_raw", "facts")
    engine.insert("facts", COLUMNS)
    engine.run(asked)
    assert engine.rows("SELECT count() FROM facts") == [(2,)]
    reader = ServerEngine(replace(parse_url(server.url), user="analyst", password=""), limits=LIMITS)
    with pytest.raises(StoreDenied, match="lets this user only read") as refused:
        reader.run(asked)
    reader.close()
    assert (refused.value.exit_code, refused.value.retryable) == (3, False)


@pytest.mark.live
def test_a_closed_http_port_is_named(server: OldServer) -> None:
    engine = ServerEngine(replace(parse_url(server.url), http_port=free_port()), limits=LIMITS)
    with pytest.raises(StoreUnavailable, match=r"HTTP port \d+ \(.*refused.*\); .*http_port=N"):
        engine.ask("SELECT 1", "TSV")
    engine.close()


def test_nobody_there(caplog: pytest.LogCaptureFixture) -> None:
    # As in a command that sets up no logs: the traceback that the driver writes would reach its user.
    logging.getLogger("clickhouse_driver").setLevel(logging.NOTSET)
    with pytest.raises(StoreUnavailable, match="does not answer") as caught:
        open_store(f"clickhouse://user:hunter2@127.0.0.1:{free_port()}/db")
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == 3
    assert caplog.records == []


def test_something_else_is_there() -> None:
    """A server that hangs up on a greeting it does not know."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            peer, _ = listening.accept()
            peer.recv(64)
            peer.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(StoreUnavailable, match="does not answer"):
            open_store(f"clickhouse://127.0.0.1:{listening.getsockname()[1]}/db")
        thread.join()


BASE = Address(
    host="host",
    port=9000,
    http_port=8123,
    user="default",
    password="",
    database="default",
    secure=False,
    verify=True,
    ca_cert=None,
    compression=True,
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("clickhouse://host", BASE),
        ("clickhouse://host/", BASE),
        (
            "clickhouse://me:p%40ss@host:9001/facts",
            replace(BASE, user="me", password="p@ss", port=9001, database="facts"),
        ),
        ("clickhouses://host/db", replace(BASE, secure=True, port=9440, http_port=8443, database="db")),
        ("clickhouse://host/?secure=1", replace(BASE, secure=True, port=9440, http_port=8443)),
        (
            "clickhouse://host/?secure=1&verify=0&ca_cert=/ca.pem&http_port=443&compression=0",
            replace(
                BASE,
                secure=True,
                port=9440,
                http_port=443,
                verify=False,
                ca_cert="/ca.pem",
                compression=False,
            ),
        ),
        ("clickhouse://[::1]:9000/db", replace(BASE, host="::1", database="db")),
    ],
)
def test_urls(url: str, expected: Address) -> None:
    assert parse_url(url) == expected


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("clickhouse:///db", "names no host"),
        ("clickhouse://host:port/db", "wrong"),
        ("clickhouse://host:99999/db", "wrong"),
        ("clickhouse://host/d-b", "names the database 'd-b'"),
        ("clickhouse://host/a/b", "names the database 'a/b'"),
        ("clickhouse://host/db?sslmode=on", "no option 'sslmode'; there are"),
        ("clickhouse://host/db?http_port=x", "http_port=x"),
    ],
)
def test_wrong_urls(url: str, what: str) -> None:
    with pytest.raises(StoreUrlError, match=what):
        parse_url(url)


def test_an_address_shows_no_password() -> None:
    address = parse_url("clickhouses://me:hunter2@host/db")
    assert "hunter2" not in repr(address)
    assert str(address) == "clickhouses://me@host:9440/db"
