"""What a person may ask of a store: asked of a real one, with something to lose beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.store.base import ReadLimits, Store
from streams.store.errors import QueryFailed, QueryRefused
from streams.store.open import open_store
from tests.streams.store.examples import enriched

SECRET = "the-secret-of-this-machine"


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "secret.csv"
    path.write_text(SECRET + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    limits = ReadLimits(seconds=2, memory_bytes=200 << 20, rows=100_000)
    store = open_store(f"chdb://{tmp_path_factory.mktemp('store')}/s", limits=limits)
    store.migrate()
    store.insert_mentions([enriched(1), enriched(2)], {})
    yield store
    store.close()


ALLOWED = [
    "SELECT 1",
    "SELECT 1;",
    "SELECT 1 ; -- done\n",
    "  select count() from mentions  ",
    "FROM mentions SELECT id",
    "WITH x AS (SELECT id FROM mentions) SELECT * FROM x JOIN mentions USING id",
    "WITH 3 AS n SELECT n + 1",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "SELECT 1 INTERSECT SELECT 1",
    "SELECT id FROM mentions WHERE text LIKE '%file(%' OR text LIKE '%INTO OUTFILE%'",
    "SELECT 'DROP TABLE mentions_raw; SELECT 2'",
    "SELECT $$it's; DROP TABLE x$$",
    "SELECT 1 /* ; DROP TABLE mentions_raw */",
    "SELECT 1 /* comments nest: /* */ , file('x') */",
    "SELECT domain(url) AS hostname, text AS `a;b` FROM mentions",
    "SELECT id AS region, 1 AS dictionary, 2 AS url FROM mentions ORDER BY region",
    "SELECT arrayMap(x -> upper(x), watches), formatDateTime(created_at, '%F') FROM mentions",
    "SELECT format('{}!', id) FROM mentions",
    "SELECT sumMerge(s) FROM (SELECT sumState(1) AS s FROM mentions)",
    "SELECT * EXCEPT (text) FROM mentions",
    "SELECT number FROM numbers(3)",
    "SELECT * FROM values('a Int8', 1, 2)",
    "SELECT count() FROM vigie.mentions",
    "SELECT name FROM system.tables WHERE database = currentDatabase()",
    "SELECT name FROM system.settings LIMIT 1",
    "SELECT table_name FROM information_schema.tables",
    "SELECT 1 IN (SELECT 1)",
    "SELECT watch, hour, sum(mentions) OVER (PARTITION BY watch ORDER BY hour) FROM volume_hourly",
    "SELECT CAST(1 AS String), 1::Float64, CASE WHEN 1 THEN 2 ELSE 3 END, now() - INTERVAL 1 DAY",
    "SELECT 1 FORMAT JSON",
    "SHOW TABLES",
    "SHOW TABLES LIKE 'm%'",
    "SHOW DATABASES",
    "SHOW CREATE TABLE mentions",
    "SHOW COLUMNS FROM mentions",
    "DESCRIBE mentions",
    "DESC TABLE mentions",
    "DESCRIBE (SELECT id FROM mentions)",
    "EXISTS mentions",
    "EXISTS TABLE nothing",
    "EXPLAIN SELECT id FROM mentions",
    "EXPLAIN SYNTAX SELECT id FROM mentions",
    "EXPLAIN indexes = 1 SELECT id FROM mentions",
]

# PATH stands for a file that must neither be read nor written.
ATTACKS = [
    # files, by function
    "SELECT file('PATH')",
    "SELECT FILE('PATH')",
    "SELECT `file`('PATH')",
    "SELECT \"file\"('PATH')",
    "SELECT file /* x */ ('PATH')",
    "SELECT\tfile\n(\n'PATH'\n)",
    "SELECT file('PATH', 'none')",
    "SELECT upper(file('PATH'))",
    "SELECT 1 WHERE file('PATH') != ''",
    "SELECT * FROM mentions WHERE id IN (SELECT file('PATH'))",
    "SELECT * FROM mentions ORDER BY file('PATH')",
    "SELECT count() FROM mentions GROUP BY file('PATH')",
    "SELECT count() FROM mentions HAVING file('PATH') != ''",
    "SELECT * FROM mentions LIMIT length(file('PATH'))",
    "SELECT * FROM mentions LIMIT 1 BY file('PATH')",
    "SELECT * FROM mentions JOIN (SELECT 'x' AS y) AS z ON file('PATH') = z.y",
    "SELECT * FROM mentions ARRAY JOIN [file('PATH')] AS x",
    "SELECT * REPLACE (file('PATH') AS id) FROM mentions",
    "SELECT sum(1) OVER (PARTITION BY file('PATH')) FROM mentions",
    "SELECT number AS n FROM numbers(3) ORDER BY n WITH FILL FROM 0 TO length(file('PATH'))",
    "SELECT number AS n, 1 AS v FROM numbers(3) ORDER BY n WITH FILL INTERPOLATE (v AS length(file('PATH')))",
    "WITH file('PATH') AS secret SELECT secret",
    "WITH x AS (SELECT file('PATH') AS y) SELECT y FROM x",
    "WITH (SELECT file('PATH')) AS y SELECT y",
    "SELECT arrayMap(file, ['PATH'])",
    "SELECT arrayMap(`file`, ['PATH'])",
    "SELECT arrayMap(x -> file(x), ['PATH'])",
    "WITH file AS f SELECT arrayMap(f, ['PATH'])",
    "SELECT * APPLY(file) FROM (SELECT 'PATH')",
    "SELECT * APPLY file FROM (SELECT 'PATH')",
    "SELECT COLUMNS('x') APPLY(x -> file(x)) FROM (SELECT 'PATH' AS x)",
    "SELECT (SELECT (SELECT (SELECT file('PATH'))))",
    "SELECT 1 UNION ALL SELECT length(file('PATH'))",
    "SELECT 1 EXCEPT SELECT length(file('PATH'))",
    "SELECT * FROM view(SELECT file('PATH'))",
    "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT file('PATH')))",
    "SELECT * FROM (EXPLAIN SELECT file('PATH'))",
    "SELECT * FROM values('a String', file('PATH'))",
    "EXPLAIN SELECT file('PATH')",
    "EXPLAIN SYNTAX SELECT file('PATH')",
    "DESCRIBE (SELECT file('PATH') AS x)",
    "SHOW TABLES WHERE name != file('PATH')",
    "SHOW COLUMNS FROM mentions WHERE field != file('PATH')",
    "SELECT CASE WHEN file('PATH') = '' THEN 1 ELSE 2 END",
    "SELECT [file('PATH')], (file('PATH'), 1), map('a', file('PATH'))",
    "SELECT file('PATH')::String",
    "SELECT 1 -- \n, file('PATH')",
    "SELECT 1 # it's\n, file('PATH')",
    "SELECT 'a\\' , file(' || file('PATH') || '",
    # files, by table
    "SELECT * FROM file('PATH')",
    "SELECT * FROM File('PATH', LineAsString)",
    "SELECT * FROM `file`('PATH')",
    "SELECT * FROM 'PATH'",
    "SELECT * FROM `PATH`",
    "SELECT * FROM default.`PATH`",
    "SELECT * FROM `default`.`PATH`",
    "SELECT * FROM default.secret",
    "SELECT 1 IN `PATH`",
    "SELECT 1 IN default.`PATH`",
    "SELECT 'x' NOT IN `default`.`PATH`",
    "SELECT 1 IN default.secret",
    "SELECT * FROM mentions JOIN 'PATH' AS x ON 1",
    "SELECT * FROM {table:Identifier}",
    "SELECT * FROM filesystem('PATH')",
    "SELECT * FROM fileCluster('c', 'PATH')",
    "SELECT * FROM sqlite('PATH', 't')",
    "SELECT * FROM python('PATH')",
    "SELECT * FROM Python(store)",
    "DESCRIBE file('PATH')",
    "DESCRIBE TABLE `PATH`",
    "SELECT * FROM executable('cat PATH', TSV, 'a String')",
    "SELECT * FROM icebergLocal('PATH')",
    "SELECT * FROM deltaLakeLocal('PATH')",
    "SELECT * FROM dictionary('x')",
    "SELECT dictGet('x', 'y', 1)",
    "SELECT dictHas('x', 1)",
    "SELECT joinGet('x', 'y', 1)",
    "SELECT catboostEvaluate('PATH', 1)",
    "SELECT * FROM input('a String')",
    "SELECT * FROM format(CSV, 'PATH')",
    "SELECT * FROM loop(mentions)",
    "SELECT * FROM merge('system', '.*')",
    "SELECT * FROM generateRandom('a String')",
    # the network
    "SELECT * FROM url('http://127.0.0.1:1/x', CSV, 'a String')",
    "SELECT * FROM urlCluster('c', 'http://127.0.0.1:1/x')",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1:1', system.one)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM clusterAllReplicas('default', system.one)",
    "SELECT * FROM s3('http://127.0.0.1:1/x')",
    "SELECT * FROM S3('http://127.0.0.1:1/x')",
    "SELECT * FROM gcs('http://127.0.0.1:1/x')",
    "SELECT * FROM hdfs('hdfs://127.0.0.1:1/x')",
    "SELECT * FROM azureBlobStorage('x')",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM mongodb('127.0.0.1:1', 'a', 'b', 'c', 'd', 'e String')",
    "SELECT * FROM redis('127.0.0.1:1', 'a', 'a String')",
    "SELECT * FROM jdbc('x', 'y')",
    "SELECT * FROM odbc('x', 'y', 'z')",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT 1 WHERE 1 IN (SELECT a FROM url('http://127.0.0.1:1/', CSV, 'a UInt8'))",
    "SHOW TABLES WHERE 1 IN (SELECT 1 FROM url('http://127.0.0.1:1/', CSV, 'a UInt8'))",
    "SELECT hasColumnInTable('127.0.0.1:1', 'system', 'one', 'dummy')",
    "SELECT aiGenerate('x')",
    "SELECT reverseDNSQuery('127.0.0.1')",
    # writing
    "SELECT 1 INTO OUTFILE 'PATH.out'",
    "SELECT 1 into\noutfile 'PATH.out' TRUNCATE",
    "SELECT 1 INTO/**/OUTFILE 'PATH.out' FORMAT CSV",
    "SELECT 1 INTO OUTFILE 'PATH.out' AND STDOUT",
    "SHOW TABLES INTO OUTFILE 'PATH.out'",
    "DESCRIBE mentions INTO OUTFILE 'PATH.out'",
    "EXPLAIN SELECT 1 INTO OUTFILE 'PATH.out'",
    "EXISTS mentions INTO OUTFILE 'PATH.out'",
    "INSERT INTO store_settings VALUES ('demo', '1')",
    "INSERT INTO FUNCTION file('PATH.out') SELECT 1",
    "CREATE TABLE x (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "CREATE VIEW x AS SELECT 1",
    "CREATE FUNCTION f AS x -> x",
    "CREATE DATABASE x",
    "ALTER TABLE mentions_raw DELETE WHERE 1",
    "DELETE FROM mentions_raw WHERE 1",
    "UPDATE mentions_raw SET text = '' WHERE 1",
    "TRUNCATE TABLE mentions_raw",
    "DROP TABLE mentions_raw",
    "DROP DATABASE vigie",
    "RENAME TABLE mentions_raw TO x",
    "DETACH TABLE mentions_raw",
    "OPTIMIZE TABLE mentions_raw FINAL",
    "BACKUP TABLE mentions_raw TO File('PATH.out')",
    "EXPLAIN INSERT INTO store_settings VALUES ('demo', '1')",
    # several statements
    "SELECT 1; DROP TABLE mentions_raw",
    "SELECT 1;;; DROP TABLE mentions_raw;",
    "SELECT 1 FORMAT CSV; DROP TABLE mentions_raw",
    "SELECT 1; -- \n DROP TABLE mentions_raw",
    "SELECT 'a\\'; DROP TABLE mentions_raw; --' ; DROP TABLE mentions_raw",
    "DROP TABLE mentions_raw; SELECT 1",
    "SELECT $$a$$; DROP TABLE mentions_raw",
    "SELECT 1 /* */; DROP TABLE mentions_raw",
    "SELECT 1; SET readonly = 0",
    # settings, sessions, other people
    "SET readonly = 0",
    "SET max_execution_time = 0",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT * FROM (SELECT 1 SETTINGS max_memory_usage = 0)",
    "SELECT * FROM mentions SETTINGS additional_table_filters = {'mentions': 'file(''PATH'') = '''''}",
    "USE system",
    "USE default",
    "KILL QUERY WHERE 1",
    "KILL QUERY WHERE 1 SYNC",
    "KILL MUTATION WHERE 1",
    "SYSTEM SHUTDOWN",
    "SYSTEM STOP MERGES",
    "GRANT ALL ON *.* TO default",
    "CREATE USER x",
    "SET ROLE DEFAULT",
    "SHOW PROCESSLIST",
    "SHOW GRANTS",
    "SHOW USERS",
    "SHOW CREATE USER default",
    "SHOW ACCESS",
    "EXECUTE AS default SELECT 1",
    "BEGIN TRANSACTION",
    "SELECT text FROM mentions_raw",
    "SELECT text FROM vigie.mentions_raw",
    "SELECT text FROM /* */ `mentions_raw`",
    "WITH x AS (SELECT text FROM mentions_raw) SELECT * FROM x",
    "SELECT 1 WHERE 'x' IN mentions_raw",
    "SELECT 1 WHERE 'x' IN vigie.mentions_raw",
    "SELECT * FROM mentions WHERE text IN (SELECT text FROM mentions_raw)",
    "SELECT * FROM system.users",
    "SELECT * FROM SYSTEM.users",
    "SELECT * FROM `system`.`users`",
    "SELECT * FROM system.processes",
    "SELECT * FROM system.query_log",
    "SELECT * FROM system.named_collections",
    "SELECT * FROM system.grants",
    "SELECT * FROM system.server_settings",
    "SELECT * FROM system.disks",
    "SELECT 1 IN system.users",
    "SELECT 1 WHERE 'x' IN (SELECT name FROM system.users)",
    "SELECT sleep(3)",
    "SELECT sleepEachRow(1) FROM numbers(10)",
    "SELECT arrayMap(sleep, [3])",
    "SELECT getServerSetting('path')",
    "SELECT getMacro('x')",
    "SELECT hostName(), FQDN(), tcpPort(), serverUUID()",
    "SELECT addressToLine(1)",
    "SELECT showCertificate()",
    "SELECT filesystemAvailable()",
    # nothing
    "",
    " ; ",
    "SELECT 1\0; DROP TABLE mentions_raw",
]


@pytest.mark.parametrize("sql", ALLOWED)
def test_reading_is_allowed(store: Store, sql: str) -> None:
    store.select(sql, format="TSV")


@pytest.mark.parametrize("sql", ATTACKS)
def test_more_than_reading_is_refused(store: Store, secret: Path, sql: str) -> None:
    before = store.query("SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name")
    path = str(secret)
    params = {"table": path} if "{table:" in sql else None
    with pytest.raises((QueryRefused, QueryFailed)) as caught:
        store.select(sql.replace("PATH", path), format="TSV", params=params)
    # What ClickHouse cannot parse it need not refuse; everything else we refuse, before it runs.
    if isinstance(caught.value, QueryFailed):
        assert re.search(r"Syntax error|Unrecognized token|or table expression", str(caught.value)), (
            caught.value
        )
    assert SECRET not in str(caught.value)
    assert not secret.with_name("secret.csv.out").exists()
    assert store.query("SELECT count() FROM mentions") == [(2,)]
    after = store.query("SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name")
    assert after == before
    assert store.get_setting("demo") is None


def test_every_name_of_a_forbidden_function_is_known_to_be_forbidden(store: Store) -> None:
    """An alias of ClickHouse's own would be another way in."""
    aliases = store.query(
        "SELECT name FROM system.functions WHERE alias_to != '' AND lower(alias_to) IN "
        "('file', 'sleep', 'sleepeachrow', 'hascolumnintable', 'joinget', 'hostname', 'fqdn', 'dictget')"
    )
    for (name,) in aliases:
        with pytest.raises(QueryRefused):
            store.select(f"SELECT {name}('x')")


def test_every_table_function_but_the_harmless_is_refused(store: Store) -> None:
    harmless = {"numbers", "numbers_mt", "zeros", "zeros_mt", "values", "view", "viewExplain", "null"}
    harmless |= {"generateSeries", "generate_series"}
    names = {name for (name,) in store.query("SELECT name FROM system.table_functions")}
    assert len(names) > 50
    for name in sorted(names - harmless):
        argument = "SELECT 1 ELSE null('a Int8')" if name == "viewIfPermitted" else "'x'"
        with pytest.raises(QueryRefused):
            store.select(f"SELECT * FROM `{name}`({argument})")  # noqa: S608


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("SELECT count() FROM numbers(1000000000000)", "Timeout"),
        ("SELECT groupArray(number) FROM numbers(100000000)", "(?i)memory"),
        ("SELECT number FROM numbers(200000)", "(?i)limit for result"),
    ],
)
def test_a_heavy_question_ends_and_leaves_the_store_well(store: Store, sql: str, what: str) -> None:
    with pytest.raises(QueryFailed, match=what):
        store.select(sql, format="TSV")
    assert store.select("SELECT count() FROM mentions", format="TSV") == b"2\n"
