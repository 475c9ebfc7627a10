"""An hour of the filtered stream with a dozen failures ends with exactly what was posted, gaps apart."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from pydantic import SecretStr

from connectors import config
from connectors.cursor import MemoryCursors
from connectors.listen import run
from connectors.x import FilteredStream
from models.query import parse
from tests.servers.sink import Sink
from tests.servers.timewarp import WarpClock, run_warped
from tests.servers.x_server import BEARER, XServer

QUERIES = {"crue": parse("crue OR inondation*")}


async def _posts(server: XServer, seconds: int) -> None:
    for _ in range(seconds):
        post = server.post(old_form=server.rng.random() < 0.2)
        if server.rng.random() < 0.05:
            server.edit(post)
        await server.clock.sleep(1)


async def _hour(clock: WarpClock, backfill: int, *, search: bool = False) -> tuple[Sink, XServer]:
    server, sink = XServer(clock), Sink()
    server.search_refusals = [(503, {}), (429, {})]
    server.rules["5"] = {"id": "5", "value": "chats", "tag": "somebody else's"}
    server.rules["6"] = {"id": "6", "value": "neige", "tag": "vigie:of-last-week"}
    problem: dict[str, object] = {"title": "ConnectionException", "detail": "maximum allowed limit",
               "connection_issue": "TooManyConnections"}  # fmt: skip
    async with server.serve():
        section = config.X(
            api=server.base, bearer_env="X_BEARER", backfill_minutes=backfill, recent_search=search
        )
        stream = FilteredStream(section, SecretStr(BEARER), queries=QUERIES, clock=clock)
        listening = asyncio.ensure_future(run(stream, MemoryCursors(), sink.deliver, clock=clock))
        await clock.sleep(1)
        for failure in range(14):
            await _posts(server, 200)
            match failure:
                case 0 | 7:
                    server.hang_up(rudely=False)
                case 1 | 8:
                    server.hang_up(rudely=True)
                case 2:
                    server.refusals = [(503, {}, {}), (500, {}, {}), (502, {"Retry-After": "8"}, {})]
                    server.hang_up(rudely=True)
                case 3:
                    server.stall()
                case 4:
                    server.send_raw(b'{\r\n[]\r\n{"data":{"id":5}}\r\n\r\n\xff\r\n{}\r\n')
                case 5:
                    server.refusals = [(429, {}, problem)]
                    server.hang_up(rudely=False)
                case 6:
                    server.send_raw(
                        b'{"errors":[{"title":"operational-disconnect","disconnect_type":'
                        b'"UpstreamOperationalDisconnect","detail":"disconnected upstream","type":"https://x"}]}\r\n'
                    )
                    await clock.sleep(1)
                    server.hang_up(rudely=False)
                case 9:
                    server.refusals = [(503, {}, {})] * 6
                    server.hang_up(rudely=True)
                case 10:
                    server.send_raw(b"x" * 3_000_000)
                case 11:
                    server.rules_refusals = [(429, {"x-rate-limit-reset": "1"}), (503, {})]
                    server.rules.clear()
                    server.hang_up(rudely=True)
                case 12:
                    server.refusals = [(401, {}, {}), (403, {}, {})]
                    server.hang_up(rudely=True)
                case 13:
                    for post in list(server.posts.values())[-5:]:
                        server.send_raw(post.line.encode() + b"\r\n")
        await _posts(server, 200)
        await clock.sleep(120)
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await stream.close()
    return sink, server


@pytest.mark.parametrize("backfill", [0, 5])
def test_an_hour_with_fourteen_failures(backfill: int) -> None:
    sink, server = run_warped(lambda clock: _hour(clock, backfill))
    held, posted = sink.mentions, server.posts
    assert set(held) <= set(posted)
    missing = set(posted) - set(held)
    assert missing
    assert all(sink.lost_at(posted[id_].at) for id_ in missing), "lost, and no gap says so"
    lost_s = sum((gap.until_at - gap.from_at).total_seconds() for gap in sink.gaps if "lost" in gap.reason)
    assert len(missing) <= lost_s + 20
    assert lost_s < (200 if backfill else 1_500)
    stale = [id_ for id_ in server.edits if id_ in held and server.edits[id_] not in held[id_].text]
    assert all(sink.lost_at(posted[id_].at) for id_ in stale)
    assert not sink.outside
    assert len(sink.malformed) == 5
    tags = {rule["tag"] for rule in server.rules.values()}
    assert tags == {"vigie:crue"}, "after they were lost at X, ours were made again"
    for mention in held.values():
        assert mention.text.endswith("https://example.org/a")
        assert mention.author_handle == "XDevelopers"


@pytest.mark.parametrize("backfill", [0, 5])
def test_with_the_search_nothing_of_that_hour_is_lost(backfill: int) -> None:
    sink, server = run_warped(lambda clock: _hour(clock, backfill, search=True))
    assert set(sink.mentions) == set(server.posts)
    assert not [gap for gap in sink.gaps if gap.reason.startswith("lost")]
    assert all(text in sink.mentions[id_].text for id_, text in server.edits.items())
    assert not sink.outside
    assert len(sink.malformed) == 5
    assert server.searches


def test_what_is_posted_while_the_line_breaks_lies_in_the_gap() -> None:
    async def body(clock: WarpClock) -> tuple[Sink, XServer]:
        server, sink = XServer(clock), Sink()
        async with server.serve():
            section = config.X(api=server.base, bearer_env="X_BEARER", recent_search=False)
            stream = FilteredStream(section, SecretStr(BEARER), queries=QUERIES, clock=clock)
            listening = asyncio.ensure_future(run(stream, MemoryCursors(), sink.deliver, clock=clock))
            await clock.sleep(60)
            server.send_raw(b"\r\n")
            await clock.sleep(0.1)
            # The line ends while the micro-batch of that blank still waits for more.
            server.hang_up(rudely=False)
            server.post()
            await clock.sleep(30)
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
            await stream.close()
        return sink, server

    sink, server = run_warped(body)
    (lost,) = server.posts.values()
    assert not sink.mentions
    assert sink.lost_at(lost.at)
