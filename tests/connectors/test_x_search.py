"""What the stream missed is looked for, once, within its budget; and what cannot be had is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from pydantic import SecretStr

from connectors import config
from connectors.cursor import MemoryCursors
from connectors.errors import ConnectorError, Unreadable
from connectors.listen import run
from connectors.mention import Mention
from connectors.x import FilteredStream
from connectors.x_post import parse_value
from connectors.x_search import DAYS, join_rules, parse_found, reachable
from models.query import parse
from tests.connectors.broken import INPUTS, broken_json
from tests.servers.sink import Sink
from tests.servers.timewarp import BEGIN, StillClock, WarpClock, run_warped
from tests.servers.x_server import BEARER, XServer

QUERIES = {"crue": parse("crue OR inondation*")}


def test_rules_share_queries_as_far_as_they_fit() -> None:
    assert join_rules(["a", "b c", "a"], 20) == ["(a) OR (b c)"]
    assert join_rules(["a" * 10, "b" * 10], 20) == ["(" + "a" * 10 + ")", "(" + "b" * 10 + ")"]
    assert join_rules(["a" * 20], 20) == ["a" * 20]


def test_the_search_reaches_back_seven_days() -> None:
    hour = timedelta(hours=1)
    assert reachable((BEGIN - hour, BEGIN), BEGIN) == (BEGIN - hour, BEGIN)
    cut = reachable((BEGIN - DAYS - hour, BEGIN - hour), BEGIN)
    assert cut is not None
    assert BEGIN - DAYS < cut[0] < BEGIN - DAYS + hour
    assert reachable((BEGIN - DAYS - 2 * hour, BEGIN - DAYS - hour), BEGIN) is None


ANSWER = {
    "data": [XServer(StillClock()).payload("5", BEGIN, ["5"], "crue", False)["data"]],
    "includes": {"users": [{"id": "17", "username": "a"}], "tweets": [{"id": "99", "text": "crue"}]},
    "meta": {"newest_id": "5", "oldest_id": "5", "result_count": 1, "next_token": "b26v"},
}


@given(broken_json(ANSWER))
@settings(max_examples=INPUTS, deadline=None)
def test_an_answer_is_read_or_unreadable(raw: bytes) -> None:
    with suppress(Unreadable):
        for value in parse_found(raw).posts:
            with suppress(Unreadable):
                assert isinstance(parse_value(value, now=BEGIN), Mention | ConnectorError)


@asynccontextmanager
async def listening(
    clock: WarpClock, server: XServer, sink: Sink, cursors: MemoryCursors, **more: Any
) -> AsyncIterator[None]:
    section = config.X(api=server.base, bearer_env="X_BEARER", **more)
    stream = FilteredStream(section, SecretStr(BEARER), queries=QUERIES, clock=clock)
    task = asyncio.ensure_future(run(stream, cursors, sink.deliver, clock=clock))
    try:
        await clock.sleep(2)
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await stream.close()


def missed(
    away_s: float, refusals: list[tuple[int, dict[str, str]]] | None = None, posts: int = 3
) -> tuple[Sink, XServer]:
    """Some posts while the connector's process was down for so long."""

    async def body(clock: WarpClock) -> tuple[Sink, XServer]:
        server, sink, cursors = XServer(clock), Sink(), MemoryCursors()
        async with server.serve():
            async with listening(clock, server, sink, cursors):
                server.post()
                await clock.sleep(20)
            for _ in range(posts):
                await clock.sleep(away_s / posts)
                server.post()
            server.search_refusals = refusals or []
            async with listening(clock, server, sink, cursors):
                await clock.sleep(600)
        return sink, server

    return run_warped(body)


def test_a_process_that_was_away_for_hours_misses_nothing() -> None:
    sink, server = missed(4 * 3_600, posts=250)
    assert set(sink.mentions) == set(server.posts)
    assert not sink.gaps
    assert not sink.outside
    assert [query.get("next_token") for query in server.searches] == [None, "100", "200"]
    assert "inondation" in server.searches[0]["query"]


def test_trouble_with_the_search_leaves_the_stream_alone() -> None:
    sink, server = missed(600, [(503, {}), (429, {"Retry-After": "90"}), (500, {})])
    assert set(sink.mentions) == set(server.posts)
    assert len(server.searches) == 4
    assert len(server.queries) == 2, "the stream was not opened anew"
    assert not sink.gaps


def test_a_search_that_is_broken_off_goes_on_where_it_was() -> None:
    """From its beginning a span of more pages than the budget has would never come to its end."""
    sink, server = missed(
        4 * 3_600, [(200, {}), (429, {"Retry-After": "90"}), (200, {}), (503, {})], posts=250
    )
    assert set(sink.mentions) == set(server.posts)
    assert not sink.gaps
    assert len(server.searches) == 5, "three pages and two refusals"
    ends = [query["end_time"] for query in server.searches]
    assert ends[0] == ends[1] > ends[2] == ends[3] > ends[4]


def test_a_slow_search_holds_up_no_post_of_the_stream() -> None:
    """Each of its three pages takes twenty seconds; a post comes every second all the while."""

    async def body(clock: WarpClock) -> tuple[Sink, XServer, list[str], list[str]]:
        server, sink, cursors = XServer(clock), Sink(), MemoryCursors()
        async with server.serve():
            async with listening(clock, server, sink, cursors):
                await clock.sleep(20)
            for _ in range(250):
                await clock.sleep(20)
                server.post()
            before = list(server.posts)
            server.search_takes_s = 20
            async with listening(clock, server, sink, cursors):
                for _ in range(150):
                    server.post()
                    await clock.sleep(1)
                # What follows is looked for by the next connection, which breaks off once in the middle.
                server.hang_up(rudely=True)
                server.post()
                await clock.sleep(45)
                server.hang_up(rudely=True)
                await clock.sleep(120)
        return sink, server, before, [id_ for id_ in server.posts if id_ not in before]

    sink, server, before, live = run_warped(body)
    assert set(sink.mentions) == set(server.posts)
    assert sink.arrivals == len(server.posts), "nothing twice"
    assert not [gap for gap in sink.gaps if gap.reason.startswith("lost")]
    assert not sink.outside
    assert len(server.searches) >= 4
    held = [sink.mentions[id_] for id_ in live[:150]]
    assert max(mention.observed_at - mention.created_at for mention in held) <= timedelta(seconds=2)
    assert min(sink.mentions[id_].observed_at for id_ in before) > held[45].observed_at, "found meanwhile"


def test_a_plan_without_the_search_is_a_gap_that_says_so() -> None:
    sink, server = missed(600, [(403, {})])
    assert len(sink.mentions) == 1
    (gap,) = sink.gaps
    assert "not to be had from X's search" in gap.reason
    assert all(sink.lost_at(post.at) for id_, post in server.posts.items() if id_ not in sink.mentions)
    assert len(server.searches) == 1, "and is not asked again"


def test_what_is_older_than_a_week_is_lost_and_the_rest_is_had() -> None:
    sink, server = missed(8 * 86_400)
    (gap,) = sink.gaps
    assert "goes back 7 days" in gap.reason
    lost = [id_ for id_ in server.posts if id_ not in sink.mentions]
    assert not lost or all(sink.lost_at(server.posts[id_].at) for id_ in lost)
    assert len(sink.mentions) > 1


def test_what_is_still_to_be_looked_for_outlives_the_process() -> None:
    async def body(clock: WarpClock) -> tuple[Sink, XServer]:
        server, sink, cursors = XServer(clock), Sink(), MemoryCursors()
        async with server.serve():
            async with listening(clock, server, sink, cursors):
                await clock.sleep(20)
            server.post()
            for _ in range(3):
                # Stopped again before it came to the search.
                async with listening(clock, server, sink, cursors):
                    await clock.sleep(5)
                server.post()
            async with listening(clock, server, sink, cursors):
                await clock.sleep(120)
        return sink, server

    sink, server = run_warped(body)
    assert set(sink.mentions) == set(server.posts)
    assert not sink.gaps


def test_what_the_months_budget_did_not_reach_for_is_not_bought_later() -> None:
    async def body(clock: WarpClock) -> tuple[Sink, XServer]:
        server, sink, cursors = XServer(clock), Sink(), MemoryCursors()
        async with server.serve(), listening(clock, server, sink, cursors, monthly_posts=2):
            for _ in range(4):
                server.post()
                await clock.sleep(1)
            await clock.sleep(30 * 86_400)
            server.post()
            await clock.sleep(120)
        return sink, server

    sink, server = run_warped(body)
    assert not server.searches
    assert any("the month's posts were used up" in gap.reason for gap in sink.gaps)
    assert list(server.posts)[-1] in sink.mentions
    assert all(sink.lost_at(post.at) for id_, post in server.posts.items() if id_ not in sink.mentions)
