"""The embedded store's edges: who holds it, what is in its way, kill -9, a full disk."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from streams.store.base import ReadLimits
from streams.store.errors import (
    QueryFailed,
    StoreError,
    StoreFull,
    StoreHeld,
    StoreUnavailable,
    StoreUrlError,
)
from streams.store.open import open_store
from tests.streams.store.examples import T0, enriched, gone, minutes

# Opens the store, writes one mention and says so, then stays until it is killed.
HOLDER = """\
import sys
from streams.store.open import open_store
from tests.streams.store.examples import enriched
store = open_store(sys.argv[1])
store.migrate()
store.insert_mentions([enriched(1)], {})
print("stored", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"chdb://{tmp_path}/store"


@pytest.fixture
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stored\n"
        yield process
        process.kill()


def test_a_second_process_learns_who_holds_the_store(url: str, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(StoreHeld) as caught:
        open_store(url)
    assert caught.value.holder is not None
    assert caught.value.holder.pid == holder.pid
    message = str(caught.value)
    assert f"process {holder.pid} (" in message
    assert ", since 20" in message
    assert caught.value.exit_code == 3


def test_what_was_acknowledged_survives_kill_9(url: str, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    store = open_store(url)
    try:
        assert store.query("SELECT id FROM mentions") == [("x:1",)]
    finally:
        store.close()


def test_the_same_process_cannot_open_it_twice(url: str) -> None:
    store = open_store(url)
    try:
        with pytest.raises(StoreHeld, match=f"process {os.getpid()}"):
            open_store(url)
    finally:
        store.close()
    open_store(url).close()


def test_a_stale_owner_file_is_in_nobodys_way(url: str, tmp_path: Path) -> None:
    open_store(url).close()
    (tmp_path / "store/.vigie/owner").write_bytes(b'{"pid": 1, "command": "long gone", "since": "2020"} junk')
    open_store(url).close()


def test_the_directory_is_its_owners_alone(url: str, tmp_path: Path) -> None:
    open_store(url).close()
    assert stat.S_IMODE((tmp_path / "store").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "store/.vigie/owner").stat().st_mode) == 0o600


def test_it_opens_where_it_was_left_also_under_an_awkward_name(tmp_path: Path) -> None:
    url = f"chdb://{tmp_path}/l'été%20%26%20co"
    for _ in range(2):
        store = open_store(url)
        store.migrate()
        store.close()
    assert (tmp_path / "l'été & co").is_dir()


def test_a_store_that_is_not_there_is_not_made(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="there is no store at"):
        open_store(url, create=False)
    assert not (tmp_path / "store").exists()
    (tmp_path / "store").mkdir()
    with pytest.raises(StoreUnavailable, match="there is no store at"):
        open_store(url, create=False)


def test_a_file_in_its_place(url: str, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(StoreUnavailable, match="is a file"):
        open_store(url)


def test_a_directory_of_somebody_else_is_left_alone(url: str, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store/thesis.odt").write_text("years of work")
    with pytest.raises(StoreUnavailable, match="something else than a store"):
        open_store(url)
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["thesis.odt"]


def test_a_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(StoreUnavailable, match="cannot be opened: Not a directory"):
        open_store(f"chdb://{tmp_path}/file/store")


# Root may enter everything, so another user tries; the directory is opened before chDB is.
STRANGER = """\
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from streams.store.embedded import own
from streams.store.errors import StoreUnavailable
if os.geteuid() == 0:
    os.setuid(65534)
try:
    own(Path(sys.argv[1]), create=True, now=datetime.now(UTC))
except StoreUnavailable as error:
    print(error)
"""


def test_a_directory_that_may_not_be_entered(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.mkdir(mode=0o000)
    answer = subprocess.run(
        [sys.executable, "-c", STRANGER, str(path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
        timeout=60,
    )
    assert answer.stdout == f"the store {path} cannot be opened: Permission denied\n", answer.stderr


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ("chdb://", "names no directory"),
        ("chdb:///a?b=c", "and nothing more"),
        ("chdb:///a#b", "and nothing more"),
        ("chdb:///a%3Fmode", "names no directory"),
        ("sqlite:///x", "names no store"),
        ("", "names no store"),
        ("/var/lib/store", "names no store"),
    ],
)
def test_a_wrong_url(wrong: str, what: str) -> None:
    with pytest.raises(StoreUrlError, match=what) as caught:
        open_store(wrong)
    assert caught.value.exit_code == 2


def test_no_password_in_a_message() -> None:
    with pytest.raises(StoreUrlError) as caught:
        open_store("clickhose://user:hunter2@host/db")
    assert "hunter2" not in str(caught.value)


def test_without_chdb_a_sentence_says_what_to_install(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "chdb", None)
    with pytest.raises(StoreUnavailable, match=r"pip install 'vigie\[embedded\]'"):
        open_store(url)


def test_a_heavy_question_delays_no_write(url: str) -> None:
    store = open_store(url, limits=ReadLimits(seconds=3))
    store.migrate()
    heavy = threading.Thread(target=_ask_much, args=(store,))
    try:
        heavy.start()
        while not store.query("SELECT 1 FROM system.processes WHERE query LIKE '%1000000000000%' LIMIT 2"):
            assert heavy.is_alive()
        slowest_s = 0.0
        for number in range(5):
            began = time.monotonic()
            store.insert_mentions([enriched(number)], {})
            slowest_s = max(slowest_s, time.monotonic() - began)
        assert heavy.is_alive(), "the writes were done while the question ran"
        assert slowest_s < 2.5
    finally:
        heavy.join()
        store.close()


def test_a_question_about_an_hour_reads_that_hour_and_is_right(url: str) -> None:
    """Rows of ten hours; some are edited or retracted later, in parts of their own."""
    store = open_store(url)
    store.migrate()
    each, hours = 1_500, 10
    rows = [
        enriched(hour * each + number, at=T0 + timedelta(hours=hour), native_id=f"{hour * each + number:06}")
        for hour in range(hours)
        for number in range(each)
    ]
    edits = [
        replace(
            row, sentiment="positive", mention=replace(row.mention, text="edited", edited_at=minutes(9_999))
        )
        for row in rows[::10]
    ]
    store.insert_mentions(rows, {})
    store.insert_mentions(edits, store.known([row.mention.id for row in edits]))
    store.retract([replace(gone(0), native_id=row.mention.native_id) for row in rows[::100]])
    expected = [(each // 10 - each // 100, each - each // 10)] * hours
    hourly = """
        SELECT countIf(sentiment = 'positive'), countIf(sentiment = 'negative') FROM mentions
        WHERE counted_at >= {at:DateTime64(3)} AND counted_at < {to:DateTime64(3)}
        GROUP BY counted_at ORDER BY counted_at
    """
    assert store.query(hourly, {"at": T0, "to": T0 + timedelta(days=1)}) == expected
    for hour in range(hours):
        span = {"at": T0 + timedelta(hours=hour), "to": T0 + timedelta(hours=hour + 1)}
        assert store.query(hourly, span) == expected[hour : hour + 1]
    for asked in (
        "SELECT count() FROM mentions WHERE counted_at >= {at:DateTime64(3)}",
        "SELECT count() FROM volume_hourly WHERE hour >= {at:DateTime64(3)}",
        "SELECT count() FROM sentiment_hourly WHERE hour >= {at:DateTime64(3)}",
    ):
        found = store.query(f"EXPLAIN indexes = 1 {asked}", {"at": T0 + timedelta(hours=hours - 1)})
        plan = "\n".join(line for (line,) in found)
        *_, last = re.findall(r"counted_at_minmax.*?Granules: (\d+)/(\d+)", plan, re.DOTALL)
        read, there = map(int, last)
        assert read * 2 <= there, plan
    store.close()


def _ask_much(store: object) -> None:
    with pytest.raises(QueryFailed, match="Timeout"):
        store.select("SELECT count() FROM numbers(1000000000000)")  # type: ignore[attr-defined]


def test_what_is_kept_counts_from_when_it_was_stored(tmp_path: Path) -> None:
    """A replayed past stays; what was stored long ago goes."""
    url = f"chdb://{tmp_path}/store"
    store = open_store(url, clock=lambda: T0.replace(year=2020))
    store.migrate()
    store.insert_mentions([enriched(1)], {})
    store.close()
    store = open_store(url, retention_days=30)
    try:
        store.insert_mentions([enriched(2, at=T0.replace(year=2013))], {})
        store.query("OPTIMIZE TABLE mentions_raw FINAL")
        assert store.query("SELECT id FROM mentions") == [("x:2",)]
        assert store.get_setting("retention_days") == "30"
    finally:
        store.close()


def test_retention_is_changed_when_told_and_only_then(tmp_path: Path) -> None:
    url = f"chdb://{tmp_path}/store"
    for days, expected in ((90, "toIntervalDay(90)"), (None, "toIntervalDay(90)"), (0, None)):
        store = open_store(url, retention_days=days)
        store.migrate()
        ((ddl,),) = store.query(
            "SELECT create_table_query FROM system.tables WHERE name = 'mentions_raw' AND database = 'vigie'"
        )
        store.close()
        assert (expected in ddl) if expected else ("TTL" not in ddl)


def test_messages_carry_nothing_of_the_data(url: str) -> None:
    store = open_store(url)
    store.migrate()
    try:
        with pytest.raises(StoreError) as caught:
            store.insert_mentions([enriched(1, text="private words", author_followers=2**80)], {})
        assert "private words" not in str(caught.value)
        store.query("ALTER TABLE mentions_raw MODIFY COLUMN url UInt8")
        with pytest.raises(StoreError) as caught:
            store.insert_mentions([enriched(1, url="private words")], {})
        assert "private words" not in str(caught.value)
        with pytest.raises(StoreError) as caught:
            store.query("SELECT id FROM nothing WHERE id = {id:String}", {"id": "private words"})
        assert "private words" not in str(caught.value)
    finally:
        store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no small disk: mounting a tmpfs needs root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_said_and_loses_nothing(small_disk: Path) -> None:
    store = open_store(f"chdb://{small_disk}/store")
    store.migrate()
    stored = 0
    try:
        while stored < 100_000:
            noise = [enriched(stored + number, text=os.urandom(500).hex()) for number in range(500)]
            try:
                store.insert_mentions(noise, {})
            except StoreFull as error:
                assert "no space left" in str(error)  # noqa: PT017 - how often it goes well is not known
                break
            stored += len(noise)
        assert 0 < stored < 100_000
        assert store.query("SELECT count() FROM mentions") == [(stored,)]
    finally:
        store.close()
