"""Jetstream at a firehose's pace: does the connector keep up, and what does it cost beside a bare reader?

    python -m benchmarks.jetstream [--rate 2000] [--seconds 60] [--watches 20]

A host in a process of its own plays frames of the documented shape. First both read a backlog as fast
as they can: a bare aiohttp WebSocket that throws frames away, and the connector with the watches'
queries over its pages; their ratio is the price. Then the connector listens at `--rate` for
`--seconds`, and how far it lags and how its memory grows is told. Last, what the compressed frames of
v2 would save and cost, with a dictionary trained on other frames: `zstd_size` is the share of bytes
that is left. One line of JSON ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import resource
import statistics
import sys
import time
from contextlib import aclosing
from dataclasses import dataclass
from multiprocessing.connection import Connection

import aiohttp
from aiohttp import web

from connectors import config
from connectors.base import SystemClock
from connectors.bluesky import Bluesky
from connectors.bluesky_event import parse as parse_frame
from connectors.jetstream import decompress
from connectors.mention import Mention
from connectors.zstd import compress, train_dict
from models.query import Matcher, PostFacts, compile_queries, parse
from models.text import normalise

# A vocabulary of made-up words: each watch's own words come in about one post in a hundred.
WORDS = [
    f"{a}{b}{c}"
    for a in ("ba", "cré", "di", "fo", "gu")
    for b in ("la", "mi", "no", "ré")
    for c in range(100)
]


def _frame(rng: random.Random, time_us: int) -> str:
    did = f"did:plc:{rng.randrange(36**6):06x}"
    record: dict[str, object] = {
        "$type": "app.bsky.feed.post",
        "createdAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_us / 1e6)),
        "langs": ["fr"],
        "text": " ".join(rng.choices(WORDS, k=rng.randrange(4, 40))),
    }
    if rng.random() < 0.4:
        ref = {"cid": "bafy", "uri": "at://did:plc:b/app.bsky.feed.post/3m"}
        record["reply"] = {"parent": ref, "root": ref}
    commit = {
        "rev": f"3m{time_us:x}",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"3m{time_us:x}",
        "record": record,
        "cid": "bafy",
    }
    return json.dumps({"did": did, "time_us": time_us, "kind": "commit", "commit": commit})


def _host(pipe: Connection) -> None:
    """Plays `count` frames to whoever connects, `rate` a second, or at once where the rate is 0."""

    async def subscribe(request: web.Request) -> web.WebSocketResponse:
        count, rate = int(request.query["count"]), int(request.query["rate"])
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        rng = random.Random(1)
        now_us = int(time.time() * 1e6)
        frames = [] if rate else [_frame(rng, now_us - count + i) for i in range(count)]
        began = time.monotonic()
        for i in range(count):
            if rate:
                due = began + i / rate
                if (wait := due - time.monotonic()) > 0.002:
                    await asyncio.sleep(wait)
                frame = _frame(rng, int(time.time() * 1e6))
            else:
                frame = frames[i]
            await socket.send_str(frame)
        await socket.receive()
        return socket

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/subscribe", subscribe)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(main())


@dataclass(frozen=True, slots=True)
class Heard:
    mentions: int
    matched: int
    seconds: float
    lags_s: tuple[float, ...]


async def _bare(url: str, count: int) -> float:
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.receive()
        began = time.perf_counter()
        for _ in range(count - 1):
            await socket.receive()
        return (count - 1) / (time.perf_counter() - began)


async def _listen(url: str, count: int, watches: int) -> Heard:
    """Until `count` mentions came, each matched against the watches."""
    queries = {}
    for i in range(watches):
        a, b, c = WORDS[i * 7], WORDS[i * 11 + 3], WORDS[i * 13 + 5]
        queries[f"w{i}"] = parse(f'({a} OR {b} OR "{b} {c}" OR mot{i}*) AND NOT (foot OR rugby)')
    matcher = compile_queries(queries)
    connector = Bluesky(config.Bluesky(endpoints=(url,)), clock=SystemClock())
    mentions = matched = 0
    lags: list[float] = []
    began = 0.0
    async with aclosing(connector.stream(None)) as pages:
        async for page in pages:
            posts = [item for item in page.items if isinstance(item, Mention)]
            if posts and not began:
                began = time.perf_counter()
            mentions += len(posts)
            if watches:
                matched += _matches(matcher, posts)
            if posts:
                lags.append(time.time() - posts[0].counted_at.timestamp())
            if mentions >= count:
                break
    await connector.close()
    return Heard(mentions, matched, time.perf_counter() - began, tuple(lags))


def _matches(matcher: Matcher, posts: list[Mention]) -> int:
    facts = [PostFacts(lang=post.lang, platform=post.platform) for post in posts]
    return sum(bool(names) for names in matcher.match([normalise(post.text) for post in posts], facts))


def _zstd(frames: int) -> dict[str, float]:
    """Bytes left of a frame, and CPU time to unpack it beside that of parsing it."""
    rng = random.Random(2)
    now_us = int(time.time() * 1e6)
    dictionary = train_dict([_frame(rng, now_us).encode() for _ in range(5_000)], 110_000)
    plain = [_frame(rng, now_us).encode() for _ in range(frames)]
    packed = [compress(frame, zstd_dict=dictionary) for frame in plain]
    began = time.process_time()
    unpacked = [decompress(frame, dictionary) for frame in packed]
    unpacking_s = time.process_time() - began
    assert unpacked == plain
    now, began = SystemClock().now(), time.process_time()
    for frame in plain:
        parse_frame(frame, now=now)
    parsing_s = time.process_time() - began
    return {
        "zstd_size": round(sum(map(len, packed)) / sum(map(len, plain)), 3),
        "zstd_us": round(unpacking_s / frames * 1e6, 1),
        "parse_us": round(parsing_s / frames * 1e6, 1),
    }


def _memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--rate", type=int, default=2_000)
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--watches", type=int, default=20)
    options.add_argument("--backlog", type=int, default=30_000)
    asked = options.parse_args()
    ours, theirs = multiprocessing.Pipe()
    host = multiprocessing.get_context("spawn").Process(target=_host, args=(theirs,), daemon=True)
    host.start()
    url = f"ws://127.0.0.1:{ours.recv()}/subscribe"
    try:
        bare_per_s = asyncio.run(_bare(f"{url}?count={asked.backlog}&rate=0", asked.backlog))
        fast = asyncio.run(_listen(f"{url}?count={asked.backlog}&rate=0", asked.backlog, asked.watches))
        alone = asyncio.run(_listen(f"{url}?count={asked.backlog}&rate=0", asked.backlog, 0))
        alone_per_s = alone.mentions / alone.seconds
        before_mib = _memory_mib()
        count = asked.rate * asked.seconds
        paced = asyncio.run(_listen(f"{url}?count={count}&rate={asked.rate}", count, asked.watches))
    finally:
        host.terminate()
        host.join()
    connector_per_s = fast.mentions / fast.seconds
    result = {
        "bare_reader_per_s": round(bare_per_s),
        "connector_per_s": round(alone_per_s),
        "connector_ratio": round(alone_per_s / bare_per_s, 3),
        "connector_and_watches_per_s": round(connector_per_s),
        "ratio": round(connector_per_s / bare_per_s, 3),
        "paced_per_s": round(paced.mentions / paced.seconds),
        "lag_median_s": round(statistics.median(paced.lags_s), 3),
        "lag_last_s": round(paced.lags_s[-1], 3),
        "lag_worst_s": round(max(paced.lags_s), 3),
        "memory_before_mib": round(before_mib),
        "memory_after_mib": round(_memory_mib()),
        "matched": paced.matched,
        **_zstd(20_000),
    }
    sys.stdout.write(json.dumps(result) + "\n")
    behind = paced.lags_s[-1] > 2 or result["paced_per_s"] < 0.95 * asked.rate
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main())
