"""ClickHouse's users and server files: well formed, no password in them, and a reader who only reads.

A server of today is in no registry that the tests reach. Debian's (18.16) starts with both files, without
what is younger than it is; that the settings exist today is asked of chDB, which is the same program.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from clickhouse_driver import errors as driver

from streams.store.open import open_store
from tests.deploy.compose_file import ROOT, compose
from tests.streams.store.old_server import MISSING, OldServer, installed

FOLDER = ROOT / "deploy" / "clickhouse"
USERS = ElementTree.parse(FOLDER / "users.xml").getroot()  # noqa: S314 - our own file


def text(path: str) -> str:
    found = USERS.findtext(path)
    assert found is not None, path
    return found


def test_passwords_come_from_the_environment_that_compose_gives() -> None:
    given = compose()["services"]["clickhouse"]["environment"]
    for user in ("vigie", "analyst"):
        password = USERS.find(f"users/{user}/password")
        assert password is not None
        assert password.get("from_env") in given
        assert not (password.text or "").strip()
    assert {user.tag for user in USERS.findall("users/*")} == {"vigie", "analyst"}


def test_the_analyst_reads_and_cannot_lift_the_limits() -> None:
    assert text("users/analyst/profile") == "reader"
    assert text("profiles/reader/readonly") == "1"
    (grant,) = (each.text or "" for each in USERS.findall("users/analyst/grants/query"))
    assert grant == "GRANT SELECT, SHOW ON vigie.*"
    limit = USERS.find("profiles/reader/constraints/max_execution_time")
    assert limit is not None
    assert limit.find("changeable_in_readonly") is not None
    assert limit.findtext("max") == text("profiles/reader/max_execution_time")


def test_what_the_reader_may_change_is_changeable() -> None:
    """`changeable_in_readonly` says nothing to a server that is not told to heed it."""
    server = ElementTree.parse(FOLDER / "server.xml").getroot()  # noqa: S314 - our own file
    assert server.findtext("access_control_improvements/settings_constraints_replace_previous") == "true"


def test_the_readers_limits_are_settings_of_clickhouse(tmp_path: Path) -> None:
    store = open_store(f"chdb://{tmp_path / 'store'}")
    names = [each.tag for each in USERS.find("profiles/reader") or () if each.tag != "constraints"]
    sql = "SELECT count() FROM system.settings WHERE has({names:Array(String)}, name)"
    assert store.query(sql, {"names": names}) == [(len(names),)]
    store.close()


YOUNGER = (
    r"\s*<use_skip_indexes_if_final\w*>\d</use_skip_indexes_if_final\w*>",
    r"\s*<constraints>.*?</constraints>",
    r"\s*<grants>.*?</grants>",
)
"""Of the two files: what 18.16 does not know. Constraints came in 19, grants in files in 22, the two settings
in 25."""


def of_its_time(file: str) -> str:
    text = (FOLDER / file).read_text(encoding="utf-8")
    for part in YOUNGER:
        text = re.sub(part, "", text, flags=re.DOTALL)
    # Servers of tests answer on the loopback alone.
    return text.replace("clickhouse>", "yandex>").replace("0.0.0.0", "127.0.0.1")  # noqa: S104


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OldServer]:
    if installed() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VIGIE_STORE_PASSWORD", "of the writer")
        environment.setenv("VIGIE_ANALYST_PASSWORD", "of the reader")
        started = OldServer(
            tmp_path_factory.mktemp("server"),
            users=of_its_time("users.xml"),
            server=of_its_time("server.xml"),
            password="of the writer",
        )
        try:
            started.start()
            yield started
        finally:
            started.stop()


def test_a_real_server_lets_the_writer_write_and_the_analyst_read(server: OldServer) -> None:
    writer, reader = server.client(), server.client("analyst", "of the reader")
    writer.execute("CREATE TABLE seen (a Int8) ENGINE = Memory")
    writer.execute("INSERT INTO seen VALUES", [(7,)])
    assert reader.execute("SELECT a FROM seen") == [(7,)]
    limits = dict(reader.execute("SELECT name, value FROM system.settings WHERE changed"))
    assert (limits["readonly"], limits["max_execution_time"]) == ("1", "60")
    for refused in ("INSERT INTO seen SELECT 1", "DROP TABLE seen", "SET max_execution_time = 0"):
        with pytest.raises(driver.ServerException) as caught:
            reader.execute(refused)
        assert caught.value.code == 164, "readonly"
    writer.disconnect()
    reader.disconnect()


@pytest.mark.parametrize(("user", "password"), [("default", ""), ("analyst", ""), ("vigie", "of the reader")])
def test_a_real_server_lets_nobody_else_in(server: OldServer, user: str, password: str) -> None:
    client = server.client(user, password)
    with pytest.raises(driver.ServerException) as caught:
        client.execute("SELECT 1")
    assert caught.value.code in {192, 193, 194}
    client.disconnect()


def test_server_file_keeps_no_query_for_long_and_no_other_port() -> None:
    server = ElementTree.parse(FOLDER / "server.xml").getroot()  # noqa: S314 - our own file
    assert "7 DAY" in (server.findtext("query_log/ttl") or "")
    for gone in ("mysql_port", "postgresql_port", "trace_log", "text_log"):
        part = server.find(gone)
        assert part is not None
        assert part.get("remove") == "1"
