"""`kill -9` at any moment: what a listener had not delivered comes after the next start."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from tests.servers.feeds import Publisher
from tests.servers.jetstream import JetstreamHost, Log
from tests.servers.mastodon_server import TOKEN, MastodonServer
from tests.servers.timewarp import WarpClock
from tests.servers.x_server import BEARER, XServer

# Three in the tests; a soak sets more.
KILLS = int(os.environ.get("VIGIE_SOAK_KILLS", "3"))
ROOT = Path(__file__).parents[2]


class RealClock(WarpClock):
    """The servers' clock where another process listens: nothing can jump."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def held(out: Path) -> dict[str, set[str]]:
    """Ids by platform; a line cut by the kill was never delivered."""
    found: dict[str, set[str]] = {}
    for line in out.read_text(encoding="utf-8").splitlines() if out.exists() else []:
        try:
            platform, native_id = json.loads(line)
        except ValueError:
            continue
        found.setdefault(platform, set()).add(native_id)
    return found


async def _killed_again_and_again(folder: Path) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    rng, clock, out = random.Random(9), RealClock(), folder / "out.jsonl"
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
        environ = os.environ | {"MASTODON_TOKEN": TOKEN, "X_BEARER": BEARER}

        written: set[str] = set()

        def write() -> None:
            line = {"platform": "forum", "native_id": str(len(written)), "text": "le pont"}
            line["created_at"] = clock.now().isoformat()
            # Written beside and renamed: a file is there as a whole, or not at all.
            beside = inbox / f"{len(written):05}.tmp"
            beside.write_text(json.dumps(line) + "\n", encoding="utf-8")
            beside.rename(inbox / f"{len(written):05}.jsonl")
            written.add(str(len(written)))

        async def start() -> asyncio.subprocess.Process:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.servers.listener", json.dumps(section), str(folder / "state"),
                str(out), cwd=ROOT, env=environ, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip

        def expected() -> dict[str, set[str]]:
            return {
                "bluesky": set(log.posts),
                "mastodon": set(mastodon.shown()) - {first},
                "rss": {publisher.native_id(article) for article in publisher.articles},
                "x": set(x.posts),
                "files": written,
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

        listener = await start()
        try:
            async with asyncio.timeout(60):
                while not (host.connected and mastodon.connected and x.queries):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
            for _ in range(KILLS):
                await post_for(rng.uniform(0.2, 1.5))
                listener.send_signal(signal.SIGKILL)
                await listener.wait()
                await post_for(0.2)
                listener = await start()
            await post_for(0.5)
            wanted = expected()
            async with asyncio.timeout(90):
                while any(wanted[name] - held(out).get(name, set()) for name in wanted):  # noqa: ASYNC110
                    await asyncio.sleep(0.25)
        finally:
            listener.kill()
            await listener.wait()
        return wanted, held(out)


def test_killed_again_and_again_and_nothing_is_lost(tmp_path: Path) -> None:
    wanted, found = asyncio.run(_killed_again_and_again(tmp_path))
    for name, ids in wanted.items():
        assert ids <= found.get(name, set())
        assert len(ids) > 20
    assert found["bluesky"] == wanted["bluesky"]
    assert found["rss"] == wanted["rss"]
    assert not any(reason.startswith("lost: the stream") for reason in found.get("gap", set()))
