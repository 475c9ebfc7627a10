"""ClickHouse's users and server files: well formed, no password in them, and a reader who only reads.

A server of today is in no registry that the tests reach, and Debian's is too old for `from_env`; the
profile's limits are tried on chDB, which is the same program.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from streams.store.open import open_store
from tests.deploy.compose_file import ROOT, compose

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
    default = USERS.find("users/default")
    assert default is not None
    assert default.get("remove"), "the user without a password is gone"


def test_the_analyst_reads_and_cannot_lift_the_limits() -> None:
    assert text("users/analyst/profile") == "reader"
    assert text("profiles/reader/readonly") == "1"
    (grant,) = (each.text or "" for each in USERS.findall("users/analyst/grants/query"))
    assert grant == "GRANT SELECT, SHOW ON vigie.*"
    limit = USERS.find("profiles/reader/constraints/max_execution_time")
    assert limit is not None
    assert limit.find("changeable_in_readonly") is not None
    assert limit.findtext("max") == text("profiles/reader/max_execution_time")


def test_the_readers_limits_are_settings_of_clickhouse(tmp_path: Path) -> None:
    store = open_store(f"chdb://{tmp_path / 'store'}")
    names = [each.tag for each in USERS.find("profiles/reader") or () if each.tag != "constraints"]
    sql = "SELECT count() FROM system.settings WHERE has({names:Array(String)}, name)"
    assert store.query(sql, {"names": names}) == [(len(names),)]
    store.close()


def test_server_file_keeps_no_query_for_long_and_no_other_port() -> None:
    server = ElementTree.parse(FOLDER / "server.xml").getroot()  # noqa: S314 - our own file
    assert "7 DAY" in (server.findtext("query_log/ttl") or "")
    for gone in ("mysql_port", "postgresql_port", "trace_log", "text_log"):
        part = server.find(gone)
        assert part is not None
        assert part.get("remove") == "1"
