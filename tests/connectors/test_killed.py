"""`kill -9` of `vigie up` at any moment: what was not stored is heard after the next start, and each once."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.servers.feeds import Publisher
from tests.servers.jetstream import JetstreamHost, Log
from tests.servers.mastodon_server import TOKEN, MastodonServer
from tests.servers.timewarp import WarpClock
from tests.servers.up import HEARD, Up, until
from tests.servers.x_server import BEARER, XServer

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

# Three in the tests; a soak sets more.
KILLS = int(os.environ.get("VIGIE_SOAK_KILLS", "3"))


class RealClock(WarpClock):
    """The servers' clock where another process listens: nothing can jump."""

    def now(self) -> datetime:
        return datetime.now(UTC)


async def held(up: Up) -> dict[str, list[str]]:
    """Native ids by platform, as the store shows them; what the gaps say under `gap`."""
    found: dict[str, list[str]] = {}
    for line in await up.ask("SELECT id FROM mentions FORMAT TSV"):
        platform, _, native_id = line.partition(":")
        found.setdefault(platform, []).append(native_id)
    return found | {"gap": await up.ask("SELECT reason FROM gaps FORMAT TSV")}


async def _killed_again_and_again(folder: Path) -> tuple[dict[str, set[str]], dict[str, list[str]]]:
    rng, clock = random.Random(9), RealClock()
    inbox = folder / "inbox"
    inbox.mkdir()
    async with AsyncExitStack() as stack:
        log = Log(clock)
        host = await stack.enter_async_context(JetstreamHost(log).serve())
        mastodon = await stack.enter_async_context(MastodonServer(clock).serve())
        publisher = await stack.enter_async_context(Publisher(clock, "rss", holds=500).serve())
        x = await stack.enter_async_context(XServer(clock).serve())
        first = mastodon.uri(mastodon.post())
        section = {
            "bluesky": {"endpoints": [host.url]},
            "mastodon": {"instances": [{"url": mastodon.base, "token_env": "MASTODON_TOKEN"}]},
            "rss": {"feeds": [publisher.url], "every": 1, "allow_private": True},
            "x": {"api": x.base, "bearer_env": "X_BEARER", "backfill_minutes": 5},
            "files": {"folder": str(inbox), "every": 1},
        }
        watches = {"version": 1, "watches": [{"name": "w", "query": "crue"}], "keep_unmatched": True}
        (folder / "watches.yaml").write_text(json.dumps(watches | {"connectors": section}, indent=1))
        up = Up(folder, HEARD, {"MASTODON_TOKEN": TOKEN, "X_BEARER": BEARER})

        written: set[str] = set()

        def write() -> None:
            line = {"platform": "forum", "native_id": str(len(written)), "text": "le pont"}
            line["created_at"] = clock.now().isoformat()
            # Written beside and renamed: a file is there as a whole, or not at all.
            beside = inbox / f"{len(written):05}.tmp"
            beside.write_text(json.dumps(line) + "\n", encoding="utf-8")
            beside.rename(inbox / f"{len(written):05}.jsonl")
            written.add(str(len(written)))

        def expected() -> dict[str, set[str]]:
            return {
                "bluesky": set(log.posts),
                "mastodon": set(mastodon.shown()) - {first},
                "rss": {publisher.native_id(article) for article in publisher.articles},
                "x": set(x.posts),
                "forum": written,
            }

        async def post_for(seconds: float) -> None:
            end = asyncio.get_running_loop().time() + seconds
            while asyncio.get_running_loop().time() < end:
                log.post()
                mastodon.post()
                publisher.publish()
                x.post()
                write()
                await asyncio.sleep(0.02)

        async def held_after_all() -> dict[str, list[str]]:
            """What is held once that is everything, or after a minute and a half."""
            wanted, now = expected(), asyncio.get_running_loop().time
            end = now() + 90
            while True:
                found = await held(up)
                if now() > end or all(ids <= set(found.get(name, ())) for name, ids in wanted.items()):
                    return found
                await asyncio.sleep(0.25)

        try:
            await up.start()
            await until(lambda: bool(host.connected and mastodon.connected and x.queries), "all are heard")
            await asyncio.sleep(0.5)
            for _ in range(KILLS):
                await post_for(rng.uniform(0.2, 1.5))
                await up.end(signal.SIGKILL)
                await post_for(0.2)
                await up.start()
            await post_for(0.5)
            return expected(), await held_after_all()
        finally:
            await up.end(signal.SIGKILL)


def test_killed_again_and_again_and_nothing_is_lost(tmp_path: Path) -> None:
    wanted, found = asyncio.run(_killed_again_and_again(tmp_path))
    for name, ids in wanted.items():
        assert len(found[name]) == len(set(found[name])), name
        assert not ids - set(found[name]), name
        assert len(ids) > 20
    assert set(found["bluesky"]) == wanted["bluesky"]
    assert set(found["rss"]) == wanted["rss"]
    assert not any(reason.startswith("lost: the stream") for reason in found["gap"])
