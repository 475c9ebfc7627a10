"""Migrations: what is to be done, and what is refused."""

from __future__ import annotations

import pytest

from streams.store.errors import MigrationChanged, SchemaOutdated
from streams.store.migrate import Migration, pending, refuse_pending, shipped

TABLE = Migration(name="migrations/0001_a", sql="CREATE TABLE a (x Int8)\nENGINE = Memory;")
LATER = Migration(name="migrations/0002_b", sql="CREATE TABLE b (x Int8) ENGINE = Memory;")
VIEW = Migration(name="views/10_v", sql="CREATE OR REPLACE VIEW v AS SELECT 1;")
ALL = [TABLE, LATER, VIEW]
DONE = {migration.name: migration.checksum for migration in ALL}


def test_shipped_are_numbered_tables_then_views() -> None:
    names = [migration.name for migration in shipped()]
    assert names[0] == "migrations/0001_mentions"
    assert names == sorted(names)
    assert len(set(names)) == len(names)
    for migration in shipped():
        start = "CREATE OR REPLACE VIEW" if migration.is_view else "CREATE TABLE IF NOT EXISTS"
        assert migration.statements
        assert all(statement.startswith(start) for statement in migration.statements), migration.name


@pytest.mark.parametrize(
    ("applied", "todo"),
    [
        ({}, ALL),
        ({TABLE.name: TABLE.checksum}, [LATER, VIEW]),
        (DONE, []),
        (DONE | {VIEW.name: "older"}, [VIEW]),
        (DONE | {"views/99_dropped": "x"}, []),
    ],
)
def test_what_is_pending(applied: dict[str, str], todo: list[Migration]) -> None:
    assert pending(ALL, applied) == todo


def test_an_edited_migration_is_refused() -> None:
    edited = Migration(name=TABLE.name, sql=TABLE.sql.replace("Int8", "Int16"))
    with pytest.raises(MigrationChanged, match="migrations/0001_a was applied to this store with other"):
        pending([edited, LATER, VIEW], DONE)


def test_an_edited_comment_is_no_change() -> None:
    commented = Migration(name=TABLE.name, sql=f"-- Why; and how.\n{TABLE.sql} -- Done; really.\n")
    assert pending([commented, LATER, VIEW], DONE) == []
    assert commented.statements == TABLE.statements


def test_a_store_from_the_future_is_refused() -> None:
    with pytest.raises(SchemaOutdated, match=r"newer Vigie \(it has migrations/0002_b\)"):
        pending([TABLE, VIEW], DONE)


def test_pending_is_said_with_the_command_that_helps() -> None:
    refuse_pending([], "chdb:///s")
    with pytest.raises(SchemaOutdated, match=r"0001_a, .*run vigie migrate --store chdb:///s"):
        refuse_pending(ALL, "chdb:///s")
    assert SchemaOutdated.exit_code == 3
