"""The endpoint, asked by the client that people use, and attacked by everything else."""

from __future__ import annotations

import base64
import gzip
import http.client
import io
import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import clickhouse_connect
import lz4.frame
import orjson
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_driver.block import ColumnOrientedBlock
from clickhouse_driver.bufferedreader import BufferedReader
from clickhouse_driver.context import Context
from clickhouse_driver.protocol import CompressionMethodByte
from clickhouse_driver.reader import read_binary_uint8, read_binary_uint128
from clickhouse_driver.streams.native import BlockInputStream
from pydantic import SecretStr

from streams.endpoint import address, native
from streams.endpoint.access import Access
from streams.endpoint.client import EndpointClient
from streams.endpoint.server import EndpointPolicy, serving
from streams.errors import UnavailableError, UsageError
from streams.store.base import ReadLimits, Store
from streams.store.errors import Holder, QueryFailed, QueryRefused, StoreDenied, StoreHeld
from streams.store.open import open_store
from tests.streams.store.examples import T0, enriched
from tests.streams.store.test_guard import ALLOWED, ATTACKS, SECRET

ROOT = Path(__file__).parents[2]
LIMITS = ReadLimits(seconds=6, memory_bytes=200 << 20, rows=400_000)
HEAVY = "SELECT count() FROM numbers(1000000000000)"
# A mention's text that would end a tag, a cell, a line, a terminal's colour and the direction of writing.
HOSTILE = "<script>alert(1)</script>\t\x1b[31m\u202egnp.exe\n=cmd|' /C calc'!A0 " + "w" * 100_000


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(f"chdb://{tmp_path_factory.mktemp('store')}/s", limits=LIMITS)
    opened.migrate()
    opened.insert_mentions(
        [enriched(number, text=HOSTILE if number == 3 else f"l'été {number}") for number in range(1, 51)], {}
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def url(store: Store) -> Iterator[str]:
    with serving(store, EndpointPolicy(port=0, limits=LIMITS)) as address_:
        yield address_


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Any]:
    opened = clickhouse_connect.get_client(host="127.0.0.1", port=urlsplit(url).port or 0)
    yield opened
    opened.close()


def ask(
    url: str,
    sql: str = "",
    *,
    method: str = "POST",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    path: str = "/",
    **fields: str,
) -> Reply:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=60)
    query = urlencode({**({"query": sql} if sql else {}), **fields})
    try:
        connection.request(method, f"{path}?{query}", body=body, headers=headers or {})
        response = connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


# The client that people use


def test_it_connects_and_knows_the_version(client: Any) -> None:
    assert client.ping()
    assert int(client.server_version.split(".")[0]) >= 24
    assert client.command("SELECT currentDatabase()") == "vigie"


def test_a_query_with_parameters_of_every_kind(client: Any) -> None:
    awkward = "l'eau\t\n\\ é {x:String} -- ; DROP"
    found = client.query(
        "SELECT {s:String}, {a:Array(String)}, {n:Nullable(String)}, {d:DateTime('UTC')}, {i:Int64}, "
        "{f:Float64}",
        parameters={
            "s": awkward,
            "a": [awkward, ""],
            "n": None,
            "d": datetime(2026, 3, 2, 6, 7, 8, tzinfo=UTC),
            "i": -7,
            "f": 0.25,
        },
    ).result_rows
    (row,) = found
    assert row[:3] == (awkward, [awkward, ""], None)
    assert row[3].replace(tzinfo=UTC) == datetime(2026, 3, 2, 6, 7, 8, tzinfo=UTC)
    assert row[4:] == (-7, 0.25)


def test_values_come_as_they_were_stored(client: Any) -> None:
    (row,) = client.query(
        "SELECT text, watches, misinformation, created_at, author_followers FROM mentions WHERE id = 'x:3'"
    ).result_rows
    assert row[0] == HOSTILE
    assert row[1] == list(enriched(3).watches)
    assert row[2] in {True, False}
    assert row[3].replace(tzinfo=UTC) == enriched(3).mention.created_at


def test_a_data_frame(client: Any) -> None:
    frame = client.query_df(
        "SELECT platform, count() AS n, min(created_at) AS first FROM mentions GROUP BY platform"
    )
    assert list(frame.columns) == ["platform", "n", "first"]
    assert frame["n"].sum() == 50
    assert frame["first"][0].tz_localize(None).to_pydatetime() == T0.replace(minute=1, tzinfo=None)


def test_streaming_gives_every_row(client: Any) -> None:
    seen = total = 0
    with client.query_rows_stream("SELECT number FROM numbers(200000)") as stream:
        for (number,) in stream:
            seen += 1
            total += number
    assert (seen, total) == (200_000, 199_999 * 100_000)


def test_arrow_and_an_empty_answer(client: Any) -> None:
    assert client.query_arrow("SELECT id FROM mentions ORDER BY created_at LIMIT 2")["id"].to_pylist() == [
        "x:1",
        "x:2",
    ]
    assert client.query("SELECT id FROM mentions WHERE 0").result_rows == []
    assert client.query("SELECT id FROM mentions LIMIT 0").column_names == ("id",)


@pytest.mark.parametrize("coding", ["lz4", "gzip", "deflate"])
def test_the_client_reads_compressed_answers(url: str, coding: str) -> None:
    opened = clickhouse_connect.get_client(host="127.0.0.1", port=urlsplit(url).port or 0, compress=coding)
    try:
        assert len(opened.query("SELECT number FROM numbers(5000)").result_rows) == 5_000
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("sql", "code", "what"),
    [
        ("SELEC 1", 62, "Syntax error"),
        ("SELECT nothing FROM mentions", 47, "nothing"),
        ("SELECT * FROM nowhere", 60, "nowhere"),
        ("SELECT throwIf(1, 'as told')", 395, "as told"),
        ("SELECT file('/etc/passwd')", 164, "refused"),
    ],
)
def test_an_error_reaches_the_client_with_its_code(client: Any, sql: str, code: int, what: str) -> None:
    with pytest.raises(DatabaseError, match=what) as caught:
        client.query(sql)
    assert caught.value.code == code


def test_writing_through_the_client_is_refused(client: Any, store: Store) -> None:
    with pytest.raises(DatabaseError, match="refused"):
        client.command("DROP TABLE mentions_raw")
    with pytest.raises(DatabaseError):
        client.insert("store_settings", [["demo", "1"]], column_names=["key", "value"])
    assert store.get_setting("demo") is None
    assert store.query("SELECT count() FROM mentions") == [(50,)]


# The interface itself


def test_ping_and_an_empty_request(url: str) -> None:
    assert ask(url, method="GET", path="/ping").text == "Ok.\n"
    assert ask(url, method="GET").text == "Ok.\n"
    assert ask(url, method="GET", path="/play").status == 404


def test_get_post_and_both_together(url: str) -> None:
    assert ask(url, "SELECT 1 + 1", method="GET").text == "2\n"
    assert ask(url, body=b"SELECT 1 + 1").text == "2\n"
    assert ask(url, "SELECT 1 +", body=b"1 FORMAT CSV").text == "2\n"


def test_a_form_carries_query_and_parameters(url: str) -> None:
    boundary = "x0x"
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {"query": "SELECT {a:String}", "param_a": "é"}.items()
    )
    body = f"{parts}--{boundary}--\r\n".encode()
    reply = ask(url, body=body, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})
    assert reply.text == "é\n"


@pytest.mark.parametrize(
    ("name", "starts", "kind"),
    [
        ("JSON", b"{", "application/json; charset=UTF-8"),
        ("JSONEachRow", b'{"id"', "application/json; charset=UTF-8"),
        ("CSVWithNames", b'"id"', "text/csv; charset=UTF-8"),
        ("Parquet", b"PAR1", "application/vnd.apache.parquet"),
        ("ArrowStream", b"\xff\xff\xff\xff", "application/vnd.apache.arrow.stream"),
        ("Native", b"\x01\x01\x02id", "application/octet-stream"),
        ("RowBinaryWithNamesAndTypes", b"\x01\x02id\x06String", "application/octet-stream"),
        ("TabSeparated", b"x:1", "text/plain; charset=UTF-8"),
        ("Markdown", b"|", "text/plain; charset=UTF-8"),
    ],
)
def test_every_format_in_the_query_or_as_default(url: str, name: str, starts: bytes, kind: str) -> None:
    sql = "SELECT id FROM mentions WHERE id = 'x:1'"
    inside, outside = ask(url, f"{sql} FORMAT {name};"), ask(url, sql, default_format=name)
    assert inside.body.startswith(starts)
    assert inside.headers["Content-Type"] == outside.headers["Content-Type"] == kind
    assert inside.headers["X-ClickHouse-Format"] == outside.headers["X-ClickHouse-Format"] == name
    assert inside.headers["X-ClickHouse-Timezone"] == "UTC"
    if name != "JSON":  # it says how long it took
        assert inside.body == outside.body


@pytest.mark.parametrize("coding", ["lz4", "gzip", "deflate", "br"])
def test_bodies_are_packed_as_the_client_accepts(url: str, coding: str) -> None:
    reply = ask(url, "SELECT number FROM numbers(3000)", headers={"Accept-Encoding": coding})
    unpack = {"lz4": lz4.frame.decompress, "gzip": gzip.decompress, "deflate": zlib.decompress}.get(coding)
    assert reply.headers.get("Content-Encoding") == (coding if unpack else None)
    plain: bytes = unpack(reply.body) if unpack else reply.body
    assert plain.count(b"\n") == 3_000


def test_frames_are_those_of_clickhouse(url: str) -> None:
    """Read back by clickhouse-driver, checksums and all."""
    reply = ask(url, "SELECT number FROM numbers(300000)", compress="1")
    assert unframed(reply.body) == "".join(f"{number}\n" for number in range(300_000)).encode()
    refused = ask(url, "SELECT file('x')", compress="1")
    assert b"refused" in unframed(refused.body)


def unframed(body: bytes) -> bytes:
    from clickhouse_driver.compression import get_decompressor_cls  # noqa: PLC0415

    reader = _Reader(body)
    out = b""
    while reader.left():
        checksum = read_binary_uint128(reader)
        method = read_binary_uint8(reader)
        assert method == CompressionMethodByte.LZ4
        out += get_decompressor_cls(method)(reader).get_decompressed_data(method, checksum, 1)
    return out


class _Reader(BufferedReader):  # type: ignore[misc]
    """clickhouse-driver's own reader, over bytes."""

    def __init__(self, data: bytes) -> None:
        self.source = io.BytesIO(data)
        super().__init__(1 << 16)

    def read_into_buffer(self) -> None:
        chunk = self.source.read(1 << 16)
        if not chunk:
            raise EOFError
        self.buffer = bytearray(chunk)
        self.current_buffer_size = len(chunk)

    def left(self) -> bool:
        return bool(
            self.position < self.current_buffer_size or self.source.tell() < self.source.getbuffer().nbytes
        )


TYPES = """
SELECT number AS n, toString(number) AS s, toLowCardinality(toString(number % 7)) AS lc,
    if(number % 2, NULL, toNullable(number)) AS maybe, [s, 'x'] AS list,
    CAST([] AS Array(LowCardinality(String))) AS e,
    CAST([lc] AS Array(LowCardinality(String))) AS lcs, (number, s) AS pair, map('k', number) AS m,
    CAST('a' AS Enum8('a' = 1, 'b,(' = 2)) AS enum, toDecimal64(1.25, 2) AS money,
    toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS u,
    toDateTime64(number, 3, 'UTC') AS t, toFixedString('ab', 2) AS f, number % 2 = 0 AS yes,
    toLowCardinality(if(number % 3 = 0, NULL, 'v')) AS lcn,
    CAST((1, 'z') AS Tuple(a UInt8, `b c` String)) AS named
FROM numbers({rows:UInt32})
"""


@pytest.mark.parametrize("rows", [0, 1, 70_000])
@pytest.mark.parametrize("version", [54_405, 54_465])
def test_native_for_drivers_with_a_protocol_version(url: str, rows: int, version: int) -> None:
    """clickhouse-driver reads it as from a server of that version, every column to its last value."""
    fields: dict[str, Any] = {"default_format": "Native", "param_rows": str(rows)}
    reply = ask(url, TYPES, client_protocol_version=str(version), **fields)
    assert reply.status == 200, reply.text
    columns = read_native(reply.body, version)
    names = [name for name, _ in columns[0].columns_with_types] if columns else []
    assert len(names) in {0, 17}
    got = [row for block in columns for row in block.get_rows()]
    assert len(got) == rows
    if rows:
        last = got[-1]
        assert last[0] == rows - 1
        assert last[1] == str(rows - 1)
        assert last[4] == [str(rows - 1), "x"]
        assert last[5] == []
        assert last[7] == (rows - 1, str(rows - 1))
        assert last[-1] == (1, "z")


def read_native(body: bytes, version: int) -> list[ColumnOrientedBlock]:
    from types import SimpleNamespace  # noqa: PLC0415

    context = Context()
    context.server_info = SimpleNamespace(used_revision=version, get_timezone=lambda: "UTC")
    context.settings, context.client_settings = {}, {**_CLIENT_SETTINGS}
    reader = _Reader(body)
    stream = BlockInputStream(reader, context)
    blocks = []
    while reader.left():
        blocks.append(stream.read(use_numpy=False))
    return blocks


_CLIENT_SETTINGS: dict[str, Any] = {
    "strings_as_bytes": False,
    "strings_encoding": "utf-8",
    "use_numpy": False,
    "input_format_null_as_default": False,
    "namedtuple_as_json": False,
    "server_side_params": False,
}


def test_a_type_that_cannot_be_skipped_is_a_sentence(url: str) -> None:
    reply = ask(url, "SELECT sumState(1) AS s", default_format="Native", client_protocol_version="54465")
    assert reply.status != 200
    assert "ask for another format" in reply.text


@pytest.mark.parametrize("body", [b"\x01", b"\x01\x01\x01a\x05UInt8", b"\x01\x02\x01a\x06String\x05ab"])
def test_a_torn_native_answer_is_no_answer(body: bytes) -> None:
    with pytest.raises(QueryFailed):
        native.for_protocol(body, 54_465)


# What is refused


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "secret.csv"
    path.write_text(SECRET + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("sql", ATTACKS)
def test_an_attack_is_refused_in_words(url: str, secret: Path, sql: str) -> None:
    attack = sql.replace("PATH", str(secret))
    for reply in (
        ask(url, body=attack.encode(), param_table=str(secret)),
        ask(url, attack, param_table=str(secret)) if attack.strip(" ;") else None,
    ):
        if reply is None:
            continue
        assert reply.status in {400, 403, 404, 500}, reply.text
        assert reply.text.startswith("Code: ")
        assert SECRET not in reply.text
        assert "Traceback" not in reply.text
        # A name that is no column is unknown to ClickHouse before it could be a file's.
        assert reply.headers["X-ClickHouse-Exception-Code"] in {"164", "62", "47"}
    assert not secret.with_name("secret.csv.out").exists()
    assert ask(url, "SELECT count() FROM mentions").text == "50\n"


def test_reading_is_answered(url: str) -> None:
    for sql in ALLOWED:
        assert ask(url, body=sql.encode()).status == 200, sql


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"readonly": "0"}, "cannot be switched off"),
        ({"max_execution_time": "0"}, "limit of 6 seconds"),
        ({"max_execution_time": "nan"}, "limit of 6 seconds"),
        ({"max_execution_time": "-1"}, "limit of 6 seconds"),
        ({"max_memory_usage": "0"}, "max_memory_usage"),
        ({"max_memory_usage": "99999999999"}, "max_memory_usage"),
        ({"max_result_rows": "500000"}, "max_result_rows"),
        ({"max_result_bytes": "0"}, "max_result_bytes"),
        ({"limit": "1"}, "would change the answer"),
        ({"session_timezone": "Europe/Paris"}, "would change the answer"),
        ({"additional_table_filters": "{}"}, "would change the answer"),
        ({"database": "system"}, "does not exist"),
        ({"default_format": "CSV; DROP"}, "Unknown format"),
        ({"client_protocol_version": "x"}, "is no number"),
    ],
)
def test_settings_that_lift_limits_are_refused(url: str, fields: dict[str, Any], what: str) -> None:
    reply = ask(url, "SELECT 1", **fields)
    assert reply.status in {400, 403, 404}
    assert what in reply.text


def test_settings_of_drivers_are_taken(url: str) -> None:
    usual: dict[str, Any] = {
        "session_id": "x",
        "wait_end_of_query": "1",
        "query_id": "a-1",
        "max_execution_time": "65",
        "send_progress_in_http_headers": "1",
        "database": "default",
        "readonly": "2",
        "max_result_rows": "10",
    }
    reply = ask(url, "SELECT 1", **usual)
    assert (reply.status, reply.text) == (200, "1\n")
    assert reply.headers["X-ClickHouse-Query-Id"] == "a-1"


def test_settings_that_are_passed_over_lift_nothing(url: str) -> None:
    """What the interface does not know has no effect: still no writing, and still the limits."""
    lifted: dict[str, Any] = {
        "allow_ddl": "1",
        "profile": "admin",
        "max_rows_to_read": "0",
        "timeout_overflow_mode": "break",
    }
    assert ask(url, "CREATE TABLE x (a Int8) ENGINE = Memory", **lifted).status == 403
    assert (
        ask(url, "SELECT number FROM numbers(500000)", **lifted).headers["X-ClickHouse-Exception-Code"]
        == "396"
    )


@pytest.mark.parametrize(
    ("sql", "code", "what"),
    [
        (HEAVY, "159", "Timeout"),
        ("SELECT groupArray(number) FROM numbers(100000000)", "241", "emory"),
        ("SELECT number FROM numbers(500000)", "396", "imit for result"),
    ],
)
def test_a_heavy_query_is_cut_at_its_limit(url: str, sql: str, code: str, what: str) -> None:
    reply = ask(url, sql)
    assert reply.status == 500
    assert reply.headers["X-ClickHouse-Exception-Code"] == code
    assert what in reply.text


def test_what_a_failed_query_put_out_reaches_nobody_else(url: str) -> None:
    """In process, half an answer stays behind on its connection."""
    for _ in range(3):
        assert ask(url, "SELECT 'file' FROM numbers(500000)").headers["X-ClickHouse-Exception-Code"] == "396"
    for _ in range(4):
        assert ask(url, "SELECT 'mine'").text == "mine\n"


def test_heavy_queries_delay_neither_writes_nor_the_next_question(store: Store, url: str) -> None:
    replies: list[Reply] = []
    heavy = [threading.Thread(target=lambda: replies.append(ask(url, HEAVY))) for _ in range(2)]
    for thread in heavy:
        thread.start()
    while store.query("SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%'")[0][0] < 3:
        assert all(thread.is_alive() for thread in heavy)
    took_s: list[float] = []
    number = 100
    while all(thread.is_alive() for thread in heavy):
        began = time.monotonic()
        # Drills are in no count: the other tests know how many mentions there are.
        store.insert_mentions([enriched(number, drill=True)], {})
        found = ask(url, "SELECT count() FROM mentions_kept WHERE id = {id:String}", param_id=f"x:{number}")
        assert found.text == "1\n"
        took_s.append(time.monotonic() - began)
        number += 1
    for thread in heavy:
        thread.join()
    # Had they waited for one another there would be one, as long as the heavy queries.
    assert len(took_s) >= 2
    assert min(took_s) < LIMITS.seconds / 3
    assert [reply.headers["X-ClickHouse-Exception-Code"] for reply in replies] == ["159", "159"]


def test_too_long_and_broken_requests(url: str) -> None:
    assert ask(url, body=b"SELECT '" + b"x" * (5 << 20) + b"'").status == 400
    assert ask(url, body=b"SELECT '\xff\xfe'").status == 400
    assert ask(url, body=b"not packed", headers={"Content-Encoding": "gzip"}).status == 400
    boundary = "x0x"
    part = 'Content-Disposition: form-data; name="t"; filename="t"'
    table = f"--{boundary}\r\n{part}\r\n\r\n1\r\n--{boundary}--\r\n"
    reply = ask(
        url, body=table.encode(), headers={"Content-Type": f"multipart/form-data; boundary={boundary}"}
    )
    assert "not taken" in reply.text


def test_what_was_posted_stays_text(url: str) -> None:
    reply = ask(url, "SELECT text FROM mentions WHERE id = 'x:3' FORMAT TSVRaw")
    assert reply.body.decode() == HOSTILE + "\n"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    error = ask(url, f"SELECT throwIf(1, {quoted(HOSTILE[:60])})").text
    assert "\x1b" not in error
    assert "\u202e" not in error


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# Who may ask


@contextmanager
def guarded(store: Store) -> Iterator[str]:
    access = Access(user="grafana", password=SecretStr("pässword:with colon"))
    with serving(store, EndpointPolicy(port=0, limits=LIMITS, access=access)) as url:
        yield url


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_with_a_password_only_its_holder_is_answered(store: Store) -> None:
    right = "pässword:with colon"
    with guarded(store) as url:
        key = quote(right).encode().decode()
        assert ask(url, "SELECT 1", headers=basic("grafana", right)).text == "1\n"
        for headers in (
            {},
            basic("grafana", "wrong"),
            basic("root", right),
            basic("grafana", ""),
            {"Authorization": "Basic %%%"},
            {"Authorization": "Bearer x"},
            {"X-ClickHouse-User": "grafana"},
            {"X-ClickHouse-User": "grafana", "X-ClickHouse-Key": key},
        ):
            reply = ask(url, "SELECT 1", headers=headers)
            assert reply.status == 401
            assert reply.headers["X-ClickHouse-Exception-Code"] == "516"
            assert reply.headers["WWW-Authenticate"].startswith("Basic")
            assert right not in reply.text
        assert ask(url, method="GET", path="/ping").status == 200


def test_header_authentication_and_the_real_client(store: Store) -> None:
    access = Access(user="grafana", password=SecretStr("secret"))
    with serving(store, EndpointPolicy(port=0, limits=LIMITS, access=access)) as url:
        headers = {"X-ClickHouse-User": "grafana", "X-ClickHouse-Key": "secret"}
        assert ask(url, "SELECT 1", headers=headers).text == "1\n"
        port = urlsplit(url).port or 0
        opened = clickhouse_connect.get_client(
            host="127.0.0.1", port=port, username="grafana", password="secret"
        )
        assert opened.command("SELECT count() FROM mentions") == 50
        opened.close()
        with pytest.raises(DatabaseError, match="Authentication failed"):
            clickhouse_connect.get_client(host="127.0.0.1", port=port, username="grafana", password="no")
        with pytest.raises(StoreDenied, match="VIGIE_SQL_PASSWORD"):
            EndpointClient(url, Access()).select("SELECT 1")
        assert EndpointClient(url, access).select("SELECT 1", format="TSV") == b"1\n"


def test_a_web_page_in_a_browser_is_not_answered(url: str) -> None:
    assert ask(url, "SELECT 1", headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    assert ask(url, "SELECT 1", headers={"Host": "evil.example"}).status == 403
    assert ask(url, "SELECT 1", headers={"Host": "localhost:1"}).status == 200


def test_others_than_this_machine_need_a_password(store: Store) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):  # noqa: S104 - it is refused
        with pytest.raises(UsageError, match="VIGIE_SQL_PASSWORD"), serving(store, EndpointPolicy(host=host)):
            pass


def test_a_port_that_is_taken(store: Store, url: str) -> None:
    policy = EndpointPolicy(port=urlsplit(url).port or 0)
    with pytest.raises(UnavailableError, match="cannot be listened on"), serving(store, policy):
        pass


def test_at_the_end_a_running_query_is_cut_off(store: Store) -> None:
    replies: list[Reply | Exception] = []

    def heavy(url: str) -> None:
        try:
            replies.append(ask(url, "SELECT count() FROM numbers(2000000000000)"))
        except OSError as error:
            replies.append(error)

    with serving(store, EndpointPolicy(port=0, limits=LIMITS)) as url:
        thread = threading.Thread(target=heavy, args=(url,))
        thread.start()
        while not store.query("SELECT 1 FROM system.processes WHERE query LIKE '%2000000000000%' LIMIT 2"):
            assert thread.is_alive()
        ended = time.monotonic()
    assert time.monotonic() - ended < LIMITS.seconds - 0.5
    thread.join()
    assert store.select("SELECT count() FROM mentions", format="TSV") == b"50\n"


# Another process holds the store


def test_the_address_counts_while_its_process_holds_the_store(tmp_path: Path) -> None:
    (tmp_path / ".vigie").mkdir()
    here = Holder(pid=os.getpid(), command="vigie up", since="2026-03-02T06:00:00+00:00")
    assert address.published(tmp_path, here) is None
    address.publish(tmp_path, "http://127.0.0.1:1")
    assert address.published(tmp_path, here) == "http://127.0.0.1:1"
    assert address.published(tmp_path, Holder(pid=1, command="", since="")) is None
    assert address.published(tmp_path, None) is None
    assert (tmp_path / ".vigie/endpoint").stat().st_mode & 0o077 == 0
    (tmp_path / ".vigie/endpoint").write_bytes(b'["torn')
    assert address.published(tmp_path, here) is None
    address.withdraw(tmp_path)
    address.withdraw(tmp_path)


FILL = """\
import sys
from datetime import UTC, datetime
from streams.records import DeadLetter
from streams.store.open import open_store
from tests.streams.store.examples import enriched, incident
store = open_store(sys.argv[1])
store.migrate()
store.insert_mentions([enriched(1), enriched(2)], {})
store.insert_incidents([incident(1), incident(1, 2)])
at = datetime(2026, 3, 10, tzinfo=UTC)
store.insert_dead_letters([DeadLetter(at=at, origin="a.jsonl", position="line 1", reason="no", raw=b"{}")])
store.close()
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    url = f"chdb://{tmp_path}/s"
    # In a process of its own: the store of the other tests is open in this one.
    subprocess.run([sys.executable, "-c", FILL, url], cwd=ROOT, check=True)
    command = [sys.executable, "-m", "streams.cli", "serve", "--store", url, "--port", "0", "--seconds", "5"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "answers at http://127.0.0.1:" in line, line + process.stderr.read()
        yield url, process
        process.kill()


def vigie(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", *arguments],
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=60,
    )


def test_a_question_is_asked_of_the_process_that_holds_the_store(
    held: tuple[str, subprocess.Popen[str]],
) -> None:
    url, process = held
    with pytest.raises(StoreHeld):
        open_store(url)  # our own lock says so, before ClickHouse is asked
    answer = vigie("sql", "--store", url, "SELECT id FROM mentions ORDER BY id", "--format", "JSONEachRow")
    assert answer.returncode == 0, answer.stderr
    assert [orjson.loads(line)["id"] for line in answer.stdout.splitlines()] == ["x:1", "x:2"]
    refused = vigie("sql", "--store", url, "DROP TABLE mentions_raw")
    assert refused.returncode == 2
    assert refused.stderr.startswith(b"vigie: refused, a query may only read")
    listed = vigie("incidents", "list", "--json", "--store", url)
    assert [orjson.loads(line)["revision"] for line in listed.stdout.splitlines()] == [2], listed.stderr
    assert vigie("incidents", "show", "i1", "--store", url).stdout.startswith(b"i1  warning  open")
    letters = vigie("deadletters", "list", "--json", "--store", url)
    found = [orjson.loads(line) for line in letters.stdout.splitlines()]
    assert [(letter["reason"], letter["raw"]) for letter in found] == [("no", "{}")], letters.stderr
    assert vigie("deadletters", "show", found[0]["id"], "--store", url).stdout == b"{}\n"
    assert vigie("health", "--store", url).stdout == b"well  store: answers, and its schema is up to date\n"
    wrong = vigie("sql", "--store", url, "SELECT nothing")
    assert wrong.returncode == 2
    assert b"nothing" in wrong.stderr
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert vigie("sql", "--store", url, "SELECT 1", "--format", "TSV").stdout == b"1\n"


def test_after_kill_9_the_store_is_opened_again(held: tuple[str, subprocess.Popen[str]]) -> None:
    url, process = held
    process.kill()
    process.wait()
    assert vigie("sql", "--store", url, "SELECT count() FROM mentions", "--format", "TSV").stdout == b"2\n"


def test_serve_says_what_is_wrong(tmp_path: Path) -> None:
    server = vigie("serve", "--store", "clickhouse://user:hunter2@127.0.0.1:9/db")
    assert server.returncode == 2
    assert b"HTTP port of its own" in server.stderr
    assert b"hunter2" not in server.stderr
    nothing = vigie("serve", "--store", f"chdb://{tmp_path}/nothing")
    assert nothing.returncode == 3
    assert b"there is no store" in nothing.stderr


def test_the_endpoint_answers_as_the_store_does(store: Store, url: str) -> None:
    client = EndpointClient(url, Access())
    params = {"ids": ["x:1", "l'eau"], "word": "a\tb\\", "at": T0, "none": None}
    sql = "SELECT {ids:Array(String)}, {word:String}, {at:DateTime64(3, 'UTC')}, {none:Nullable(String)}"
    for name in ("JSONCompact", "CSV", "Native"):
        if name == "JSONCompact":
            ours, theirs = (
                orjson.loads(each.select(sql, format=name, params=params)) for each in (store, client)
            )
            assert ours["data"] == theirs["data"]
        else:
            assert client.select(sql, format=name, params=params) == store.select(
                sql, format=name, params=params
            )
    with pytest.raises(QueryRefused, match="refused"):
        client.select("SELECT file('x')")
    with pytest.raises(QueryFailed, match="Syntax error"):
        client.select("SELEC 1")
