"""The connectors of a process follow the watches file: what did not change goes on undisturbed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from connectors.base import Named
from connectors.cursor import MemoryCursors
from connectors.mention import Page
from streams.edge import Edge
from streams.errors import UsageError
from streams.ingest import batch_of
from streams.listening import Listening
from streams.pseudonym import Pseudonymiser
from streams.watches import Watches
from streams.watches_file import parse_watches
from streams.watermark import Watermark
from tests.servers.feeds import Publisher
from tests.servers.jetstream import JetstreamHost, Log
from tests.servers.sink import Sink
from tests.servers.timewarp import WarpClock, run_warped
from tests.servers.x_server import BEARER, XServer


class Stage:
    """Three servers, and a process that listens to what a file says of them."""

    def __init__(self, clock: WarpClock, folder: Path) -> None:
        self.clock, self.folder, self.sink = clock, folder, Sink()
        self.log = Log(clock)
        self.host, self.x = JetstreamHost(self.log), XServer(clock)
        self.feed, self.other = Publisher(clock, "rss"), Publisher(clock, "atom")
        self.ears = Listening(self.sink.deliver, MemoryCursors(), state=folder, folder=folder, clock=clock)

    @asynccontextmanager
    async def play(self) -> AsyncIterator[Stage]:
        async with AsyncExitStack() as stack:
            for server in (self.host, self.x, self.feed, self.other):
                await stack.enter_async_context(server.serve())
            try:
                yield self
            finally:
                await self.ears.close()

    def file(self, *, query: str = "crue", feed: str | None = None, more: str = "") -> Watches:
        return parse_watches(
            f"""\
version: 1
watches: [{{name: w, query: {query}}}]
connectors:
  bluesky: {{endpoints: ["{self.host.url}"]}}
  x: {{api: "{self.x.base}", bearer_file: bearer}}
  rss: {{feeds: ["{feed or self.feed.url}"], every: 20s, allow_private: true}}
{more}"""
        )

    def platforms(self) -> set[str]:
        return {mention.platform for mention in self.sink.mentions.values()}


@pytest.fixture
def staged(tmp_path: Path) -> Callable[[Callable[[Stage], Awaitable[None]]], None]:
    (tmp_path / "bearer").write_text(BEARER)

    def runner(body: Callable[[Stage], Awaitable[None]]) -> None:
        async def main(clock: WarpClock) -> None:
            async with Stage(clock, tmp_path).play() as stage:
                await body(stage)

        run_warped(main)

    return runner


Staged = Callable[[Callable[[Stage], Awaitable[None]]], None]


def test_all_of_the_file_is_heard_and_measured(staged: Staged) -> None:
    async def body(stage: Stage) -> None:
        await stage.ears.follow(stage.file())
        await stage.clock.sleep(5)
        stage.log.post()
        stage.x.post()
        stage.feed.publish()
        await stage.clock.sleep(60)
        assert stage.platforms() == {"bluesky", "x", "rss"}
        assert len(stage.ears.names) == 3
        for name in stage.ears.names:
            assert measured("connected", name) == 1
            assert measured("event_timestamp_seconds", name)
        await stage.host.hang_up(None)
        await stage.clock.sleep(5)
        assert measured("reconnects", "bluesky") == 1

    staged(body)


def measured(name: str, connector: str) -> float | None:
    return REGISTRY.get_sample_value(f"vigie_connector_{name}", {"connector": connector})


def test_an_outage_is_seen_in_the_numbers(staged: Staged) -> None:
    async def body(stage: Stage) -> None:
        await stage.ears.follow(stage.file())
        await stage.clock.sleep(30)
        gaps = measured("gaps_total", "bluesky") or 0
        stage.host.refusals = [(503, {})] * 1_000
        await stage.host.hang_up(None)
        await stage.clock.sleep(45)
        last = measured("page_timestamp_seconds", "bluesky")
        await stage.clock.sleep(300)
        assert measured("connected", "bluesky") == 0
        assert (measured("failures", "bluesky") or 0) > 3
        assert (measured("gaps_total", "bluesky") or 0) > gaps + 3
        assert measured("page_timestamp_seconds", "bluesky") == last, "a gap is no page"
        stage.host.refusals = []
        await stage.clock.sleep(400)
        assert measured("connected", "bluesky") == 1
        assert (measured("page_timestamp_seconds", "bluesky") or 0) > (last or 0)

    staged(body)


def test_a_new_query_is_asked_of_x_and_disturbs_nobody_else(staged: Staged) -> None:
    async def body(stage: Stage) -> None:
        await stage.ears.follow(stage.file())
        await stage.clock.sleep(30)
        assert [rule["value"] for rule in stage.x.rules.values()] == ["crue"]
        await stage.ears.follow(stage.file(query="digue"))
        await stage.clock.sleep(30)
        assert [rule["value"] for rule in stage.x.rules.values()] == ["digue"]
        assert len(stage.host.requests) == 1
        assert len(stage.x.queries) == 2

    staged(body)


def test_the_same_file_again_disturbs_nobody(staged: Staged) -> None:
    async def body(stage: Stage) -> None:
        for _ in range(3):
            await stage.ears.follow(stage.file())
            await stage.clock.sleep(10)
        assert len(stage.host.requests) == len(stage.x.queries) == 1

    staged(body)


def test_a_feed_instead_of_another_and_a_platform_less(staged: Staged) -> None:
    async def body(stage: Stage) -> None:
        await stage.ears.follow(stage.file())
        await stage.clock.sleep(30)
        later = stage.file(feed=stage.other.url)
        later = later.model_copy(update={"connectors": later.connectors.model_copy(update={"bluesky": None})})
        await stage.ears.follow(later)
        await stage.clock.sleep(5)
        asked = stage.feed.requests
        stage.log.post()
        stage.feed.publish()
        stage.other.publish()
        await stage.clock.sleep(60)
        assert stage.platforms() == {"rss"}
        assert stage.feed.requests == asked
        assert not stage.host.connected

    staged(body)


def without(stage: Stage, **sections: None) -> Watches:
    file = stage.file()
    return file.model_copy(update={"connectors": file.connectors.model_copy(update=sections)})


def test_decisions_do_not_wait_for_who_is_left_out(staged: Staged) -> None:
    """Else a platform that is taken out of the file would hold all decisions back for ever."""

    async def body(stage: Stage) -> None:
        mark, edges = Watermark(), dict[str, Edge]()

        async def deliver(source: Named, page: Page) -> None:
            edge = edges.setdefault(source.name, Edge(source.name, Pseudonymiser(b"k" * 16), 0))
            batch = batch_of(source.name, page, edge)
            for gap in batch.gaps:
                mark.gap(gap)
            for tick in batch.ticks:
                mark.tick(tick)
            await stage.sink.deliver(source, page)

        def ears() -> Listening:
            return Listening(deliver, cursors, state=stage.folder, folder=stage.folder, clock=stage.clock)

        async def time_moves() -> bool:
            before = mark.at
            await stage.clock.sleep(120)
            return before is not None and mark.at is not None and mark.at > before

        cursors = MemoryCursors()
        first = ears()
        await first.follow(stage.file())
        await stage.clock.sleep(60)
        feed = next(name for name in first.names if name.startswith("rss"))
        assert mark.sources == {"bluesky", "x", feed}

        # Told to by SIGHUP, at the end of what was heard.
        await first.follow(without(stage, bluesky=None))
        assert mark.sources == {"x", feed}
        (gap,) = stage.sink.gaps
        assert (gap.connector, gap.platform) == ("bluesky", "bluesky")
        assert gap.from_at < gap.until_at <= stage.clock.now()
        assert measured("page_timestamp_seconds", "bluesky") is None
        assert await time_moves()
        await first.close()

        # And by the next process, whose file has another one less.
        second = ears()
        await second.follow(without(stage, bluesky=None, x=None))
        assert mark.sources == {feed}
        assert await time_moves()
        assert [gap.connector for gap in stage.sink.gaps] == ["bluesky", "x"]

        # Once is enough; who is listened to again is waited for again.
        await second.follow(stage.file())
        await stage.clock.sleep(60)
        assert mark.sources == {"bluesky", "x", feed}
        assert len(stage.sink.gaps) == 2
        await second.close()

    staged(body)


def test_what_cannot_be_had_changes_nothing(staged: Staged) -> None:
    async def body(stage: Stage) -> None:
        await stage.ears.follow(stage.file())
        await stage.clock.sleep(10)
        wrong = '  mastodon: {instances: [{url: "https://a.example", token_env: NOWHERE}]}'
        later = stage.file(query="digue", feed=stage.other.url, more=wrong)
        with pytest.raises(UsageError, match="NOWHERE"):
            await stage.ears.follow(later)
        await stage.clock.sleep(10)
        stage.log.post()
        await stage.clock.sleep(10)
        assert stage.platforms() == {"bluesky"}
        assert [rule["value"] for rule in stage.x.rules.values()] == ["crue"]
        assert not stage.other.requests

    staged(body)


def test_a_fault_of_the_store_is_seen(staged: Staged) -> None:
    async def body(stage: Stage) -> None:
        async def deliver(_: Named, page: Page) -> None:
            raise RuntimeError("the store is broken")

        folder = stage.folder
        ears = Listening(
            deliver, MemoryCursors(), state=folder, folder=folder, only=["rss"], clock=stage.clock
        )
        await ears.follow(stage.file())
        with pytest.raises(RuntimeError, match="broken"):
            await ears.fault
        await ears.close()

    staged(body)
