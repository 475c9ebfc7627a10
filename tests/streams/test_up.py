"""`vigie up` as a process: three platforms on loopback, one of which goes away, and a file that changes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import orjson
import pytest

from connectors.base import SystemClock
from streams.store.base import Store
from streams.store.open import open_store
from tests.servers.feeds import Publisher
from tests.servers.jetstream import JetstreamHost, Log
from tests.servers.mastodon_server import TOKEN, MastodonServer
from tests.servers.timewarp import WarpClock

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

WATCHES = """\
version: 1
language: en
keep_unmatched: true
watches: [{{name: crue, query: crue}}]
connectors:
  bluesky: {{endpoints: ["{bluesky}"]}}
  mastodon: {{instances: [{{url: "{mastodon}", token_env: UP_TOKEN}}]}}
  rss: {{feeds: ["{rss}"], every: 2s, allow_private: true}}
"""
LATE = "SELECT id FROM mentions WHERE observed_at > created_at + toIntervalSecond(5) AND platform != 'rss'"
SEEN_WITHIN_S = 5.0
TOLD_WITHIN_S = 60.0


async def until(happened: Callable[[], bool], within_s: float, what: str) -> None:
    async with asyncio.timeout(within_s):
        # What is waited for is in three servers at once: there is no one event to wait for.
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert happened(), what


async def play(folder: Path) -> str:
    """Run `vigie up` over three servers; what it said on stderr."""
    # These servers only ask their clock for the time: here it is the real one.
    clock = cast("WarpClock", SystemClock())
    log = Log(clock)
    feed, mastodon = Publisher(clock, "atom"), MastodonServer(clock)
    later = Publisher(clock, "rss")
    async with AsyncExitStack() as servers:
        host = JetstreamHost(log)
        bluesky = AsyncExitStack()
        await bluesky.enter_async_context(host.serve())
        await servers.enter_async_context(feed.serve())
        await servers.enter_async_context(later.serve())
        await servers.enter_async_context(mastodon.serve())
        watches = folder / "watches.yaml"
        watches.write_text(WATCHES.format(bluesky=host.url, mastodon=mastodon.base, rss=feed.url))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "streams.cli", "up", "--watches", str(watches)),
            *("--store", f"chdb://{folder / 'store'}", "--port", "0"),
            env={**os.environ, "UP_TOKEN": TOKEN, "VIGIE_SQL_PORT": "0"},
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            await until(
                lambda: bool(host.connected and mastodon.connected and feed.requests), 60, "connected"
            )
            for _ in range(3):
                log.post()
                mastodon.post()
                feed.publish()
            await asyncio.sleep(SEEN_WITHIN_S)
            asking = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "streams.cli", "sql", "--store", f"chdb://{folder / 'store'}"),
                *("SELECT platform FROM mentions GROUP BY platform ORDER BY platform", "--format", "TSV"),
                stdout=asyncio.subprocess.PIPE,
            )
            answer, _ = await asyncio.wait_for(asking.communicate(), 60)
            assert answer.split() == [b"bluesky", b"mastodon", b"rss"], "asked of the process that listens"
            await bluesky.aclose()
            written = watches.read_text()
            watches.write_text(written.replace(f'["{feed.url}"]', f'["{feed.url}", "{later.url}"]'))
            process.send_signal(signal.SIGHUP)
            await until(lambda: bool(later.requests), 30, "the new feed is asked")
            watches.write_text(written.replace("query: crue", "query: (crue"))
            process.send_signal(signal.SIGHUP)
            # Told about half a minute after the first failure; the promise is a minute.
            await asyncio.sleep(TOLD_WITHIN_S)
        finally:
            process.terminate()
            _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, said.decode()
    return said.decode()


def rows(store: Store, sql: str) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in store.select(sql, format="JSONEachRow").splitlines()]


@pytest.mark.slow
def test_three_platforms_are_heard_and_an_outage_is_a_gap(tmp_path: Path) -> None:
    said = asyncio.run(play(tmp_path))
    assert "listening: bluesky" in said
    assert "watches read again: configuration" in said
    assert "the old watches stay in force" in said
    store = open_store(f"chdb://{tmp_path / 'store'}", create=False)
    try:
        heard = rows(store, "SELECT platform, count() AS n FROM mentions GROUP BY platform")
        assert {each["platform"] for each in heard} == {"bluesky", "mastodon", "rss"}, said
        late = rows(store, LATE)
        assert late == [], said
        gaps = rows(store, "SELECT platform, reason FROM gaps WHERE reason LIKE 'cut off%'")
        assert {each["platform"] for each in gaps} == {"bluesky"}, said
    finally:
        store.close()
