"""What every connector must do, over each of them and a real local server: one suite, a bench each.

The webhook is called instead of calling: tests/contracts/test_called_connector.py asks it the same.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors import config
from connectors.base import Connector, Named
from connectors.bluesky import Bluesky
from connectors.check import check
from connectors.cursor import FileCursors, MemoryCursors
from connectors.files import Folder
from connectors.listen import listen, run
from connectors.mastodon import Instance
from connectors.mention import Gap, Mention, Page
from connectors.registry import CONNECTORS
from connectors.rss import Feed
from connectors.x import FilteredStream
from models.query import parse
from tests.servers.feeds import Publisher
from tests.servers.jetstream import JetstreamHost, Log, trained
from tests.servers.mastodon_server import TOKEN, MastodonServer
from tests.servers.sink import Sink
from tests.servers.timewarp import WarpClock, run_warped
from tests.servers.x_server import BEARER, XServer

EVERY_S = 20


class Bench(ABC):
    """A connector with its server. `ids` are those that a listener from the first post on must hold."""

    secrets: tuple[str, ...] = ()

    def __init__(self, clock: WarpClock, folder: Path) -> None:
        self.clock = clock
        self.folder = folder

    @abstractmethod
    async def start(self, stack: AsyncExitStack) -> None: ...

    @abstractmethod
    def connector(self) -> Connector: ...

    @abstractmethod
    def publish(self) -> None: ...

    @abstractmethod
    def ids(self) -> set[str]: ...

    @abstractmethod
    async def cut(self) -> None:
        """The platform is away until `heal`."""

    @abstractmethod
    async def heal(self) -> None: ...


class BlueskyBench(Bench):
    async def start(self, stack: AsyncExitStack) -> None:
        self.log = Log(self.clock)
        self.host = await stack.enter_async_context(JetstreamHost(self.log).serve())

    def connector(self) -> Connector:
        return Bluesky(config.Bluesky(endpoints=(self.host.url,)), clock=self.clock)

    def publish(self) -> None:
        self.log.post()

    def ids(self) -> set[str]:
        return set(self.log.posts)

    async def cut(self) -> None:
        self.host.refusals = [(503, {})] * 1_000
        await self.host.hang_up(None)

    async def heal(self) -> None:
        self.host.refusals = []


class BlueskyTwoBench(BlueskyBench):
    """The second version of its protocol, compressed."""

    async def start(self, stack: AsyncExitStack) -> None:
        self.log = Log(self.clock)
        host = JetstreamHost(self.log, two=True, dictionary=trained())
        self.host = await stack.enter_async_context(host.serve())


class MastodonBench(Bench):
    secrets = (TOKEN,)

    async def start(self, stack: AsyncExitStack) -> None:
        self.server = await stack.enter_async_context(MastodonServer(self.clock).serve())
        self.before = self.server.uri(self.server.post())

    def connector(self) -> Connector:
        section = config.MastodonInstance(url=self.server.base, token_env="MASTODON_TOKEN")
        return Instance(section, SecretStr(TOKEN), clock=self.clock)

    def publish(self) -> None:
        self.server.post()

    def ids(self) -> set[str]:
        return set(self.server.shown()) - {self.before}

    async def cut(self) -> None:
        self.server.refusals = [(503, {})] * 1_000
        self.server.hang_up(rudely=True)

    async def heal(self) -> None:
        self.server.refusals = []


class RssBench(Bench):
    secrets = ("hush",)

    async def start(self, stack: AsyncExitStack) -> None:
        self.publisher = await stack.enter_async_context(Publisher(self.clock, "atom", holds=500).serve())

    def connector(self) -> Connector:
        return Feed(self.publisher.url, every_s=EVERY_S, allow_private=True, clock=self.clock)

    def publish(self) -> None:
        self.publisher.publish()

    def ids(self) -> set[str]:
        return {self.publisher.native_id(article) for article in self.publisher.articles}

    async def cut(self) -> None:
        self.publisher.failures = [(503, {})] * 1_000

    async def heal(self) -> None:
        self.publisher.failures = []


class XBench(Bench):
    secrets = (BEARER,)

    async def start(self, stack: AsyncExitStack) -> None:
        self.server = await stack.enter_async_context(XServer(self.clock).serve())

    def connector(self) -> Connector:
        section = config.X(api=self.server.base, bearer_env="X_BEARER", backfill_minutes=5)
        return FilteredStream(section, SecretStr(BEARER), queries={"w": parse("crue")}, clock=self.clock)

    def publish(self) -> None:
        self.server.post()

    def ids(self) -> set[str]:
        return set(self.server.posts)

    async def cut(self) -> None:
        self.server.refusals = [(503, {}, {})] * 1_000
        self.server.hang_up(rudely=True)

    async def heal(self) -> None:
        self.server.refusals = []


class FilesBench(Bench):
    async def start(self, _: AsyncExitStack) -> None:
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir()
        self.written: list[str] = []

    def connector(self) -> Connector:
        return Folder(self.inbox, every_s=EVERY_S, clock=self.clock)

    def publish(self) -> None:
        number = str(len(self.written))
        line = {"platform": "forum", "native_id": number, "text": "le pont"}
        line["created_at"] = self.clock.now().isoformat()
        # Three lines a file: some are new files, some files grow.
        folder = self.inbox if self.inbox.exists() else self.folder / "elsewhere"
        with (folder / f"part-{len(self.written) // 3:04}.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
        self.written.append(number)

    def ids(self) -> set[str]:
        return set(self.written)

    async def cut(self) -> None:
        self.inbox.rename(self.folder / "elsewhere")

    async def heal(self) -> None:
        (self.folder / "elsewhere").rename(self.inbox)


BENCHES: dict[str, type[Bench]] = {
    "bluesky": BlueskyBench,
    "mastodon": MastodonBench,
    "rss": RssBench,
    "x": XBench,
    "files": FilesBench,
}


def test_every_connector_stands_on_a_bench() -> None:
    # The simulated valley hears no server; tests/connectors/test_simulated_live.py has its own.
    assert set(BENCHES) == set(CONNECTORS) - {"simulated"}


VARIANTS: dict[str, type[Bench]] = {"bluesky-2": BlueskyTwoBench}


@pytest.fixture(params=sorted(BENCHES | VARIANTS))
def on_bench(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[Callable[[Bench], Awaitable[None]]], None]:
    """Run a body on one bench, in warped time."""

    def runner(body: Callable[[Bench], Awaitable[None]]) -> None:
        async def main(clock: WarpClock) -> None:
            bench = (BENCHES | VARIANTS)[request.param](clock, tmp_path)
            async with AsyncExitStack() as stack:
                await bench.start(stack)
                await body(bench)

        run_warped(main)

    return runner


OnBench = Callable[[Callable[[Bench], Awaitable[None]]], None]


@asynccontextmanager
async def listening(
    bench: Bench, sink: Sink, cursors: MemoryCursors | FileCursors
) -> AsyncIterator[asyncio.Task[None]]:
    connector = bench.connector()
    task = asyncio.ensure_future(run(connector, cursors, sink.deliver, clock=bench.clock))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task
        await connector.close()


async def until(bench: Bench, condition: Callable[[], bool], *, seconds: float = 300) -> None:
    for _ in range(int(seconds * 2)):
        if condition():
            return
        await bench.clock.sleep(0.5)
    raise AssertionError(f"not within {seconds:.0f} s of the connector's time")


def test_from_any_point_on_nothing_is_lost(on_bench: OnBench) -> None:
    async def body(bench: Bench) -> None:
        points: list[tuple[str, set[str]]] = []
        held: set[str] = set()
        connector = bench.connector()
        async with aclosing(listen(connector, None, clock=bench.clock)) as pages:
            async for page in pages:
                held |= {item.native_id for item in page.items if isinstance(item, Mention)}
                if page.cursor is not None and (not points or points[-1][0] != page.cursor):
                    points.append((page.cursor, set(held)))
                if len(bench.ids()) >= 15 and held >= bench.ids():
                    break
                if len(bench.ids()) < 15:
                    bench.publish()
        await connector.close()
        assert len(points) >= 5
        for cursor, before in points[:: max(1, len(points) // 6)]:
            again, missing = bench.connector(), bench.ids() - before
            async with asyncio.timeout(120):
                async with aclosing(listen(again, cursor, clock=bench.clock)) as pages:
                    while missing:
                        page = await anext(pages)
                        missing -= {item.native_id for item in page.items if isinstance(item, Mention)}
            await again.close()

    on_bench(body)


def test_what_was_not_acknowledged_comes_again(on_bench: OnBench) -> None:
    async def body(bench: Bench) -> None:
        sink, cursors, connector = Sink(), MemoryCursors(), bench.connector()
        troubles = 0

        async def deliver(source: Named, page: Page) -> None:
            nonlocal troubles
            news = any(isinstance(item, Mention) for item in page.items)
            assert not news or cursors.load(source.name) != page.cursor, "saved before it was delivered"
            if news and troubles < 3:
                troubles += 1
                raise ConnectionError("the store is down")
            await sink.deliver(source, page)

        async def keep_running() -> None:
            # The same connector again and again, as a supervisor in this process would.
            while True:
                with suppress(ConnectionError):
                    await run(connector, cursors, deliver, clock=bench.clock)

        task = asyncio.ensure_future(keep_running())
        await bench.clock.sleep(1)
        for _ in range(10):
            bench.publish()
            await bench.clock.sleep(2)
        await until(bench, lambda: set(sink.mentions) >= bench.ids())
        assert troubles == 3
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await connector.close()

    on_bench(body)


def test_an_outage_is_a_gap_within_a_minute_and_what_came_meanwhile_is_had(on_bench: OnBench) -> None:
    async def body(bench: Bench) -> None:
        sink = Sink()
        async with listening(bench, sink, MemoryCursors()):
            await bench.clock.sleep(1)
            bench.publish()
            await until(bench, lambda: set(sink.mentions) >= bench.ids())
            await bench.cut()
            cut_at = bench.clock.now()
            await until(bench, lambda: bool(sink.gaps), seconds=60 + EVERY_S)
            bench.publish()
            await bench.clock.sleep(30)
            await bench.heal()
            await until(bench, lambda: set(sink.mentions) >= bench.ids())
            told = [gap for gap in sink.gaps if gap.reason.startswith("cut off")]
            assert cut_at - timedelta(seconds=EVERY_S + 5) < told[0].from_at <= cut_at + timedelta(seconds=1)
            assert all(a.until_at <= b.from_at for a, b in itertools.pairwise(told)), "pieces, end to end"
            assert all(gap.connector == sink_name(sink) for gap in sink.gaps)
            count = len(sink.gaps)
            await bench.clock.sleep(300)
            assert len(sink.gaps) == count, "it is over"

    on_bench(body)


def sink_name(sink: Sink) -> str:
    return sink.gaps[0].connector


def test_silence_is_told(on_bench: OnBench) -> None:
    async def body(bench: Bench) -> None:
        sink = Sink()
        async with listening(bench, sink, MemoryCursors()):
            await bench.clock.sleep(1)
            bench.publish()
            await until(bench, lambda: bool(sink.mentions))
            for _ in range(5):
                await bench.clock.sleep(60)
                covered = [page.covers[1] for page in sink.pages if page.covers is not None]
                assert bench.clock.now() - max(covered) <= timedelta(seconds=EVERY_S + 5)
        assert not sink.outside
        assert not sink.gaps

    on_bench(body)


@pytest.mark.parametrize("when", ["idle", "cut off"])
def test_it_stops_at_once(on_bench: OnBench, when: str) -> None:
    async def body(bench: Bench) -> None:
        async with listening(bench, Sink(), MemoryCursors()) as task:
            await bench.clock.sleep(30)
            if when == "cut off":
                await bench.cut()
                await bench.clock.sleep(100)
            began = bench.clock.now()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            assert bench.clock.now() - began < timedelta(seconds=3)

    on_bench(body)


def test_no_secret_is_ever_shown(on_bench: OnBench, caplog: pytest.LogCaptureFixture) -> None:
    async def body(bench: Bench) -> None:
        sink, connector = Sink(), bench.connector()
        with caplog.at_level(logging.DEBUG):
            async with listening(bench, sink, MemoryCursors()):
                bench.publish()
                await bench.clock.sleep(60)
                await bench.cut()
                await bench.clock.sleep(120)
        # The server's own log of requests is the platform's business.
        logged = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
        kept = {name: value for name, value in vars(connector).items() if name != "_url"}
        shown = f"{logged} {connector!r} {connector.name} {kept} {sink.pages}"
        await connector.close()
        assert logged
        for secret in bench.secrets:
            assert secret not in shown

    on_bench(body)


def test_check_shows_posts_as_they_would_come(on_bench: OnBench) -> None:
    async def body(bench: Bench) -> None:
        connector = bench.connector()
        checking = asyncio.ensure_future(check(connector, seconds=60))
        for _ in range(8):
            await bench.clock.sleep(0.2)
            bench.publish()
        result = await checking
        assert result.ok
        assert result.mentions or "nothing to say" in result.notes[-1]
        await bench.cut()
        failed = await check(connector, seconds=60)
        assert failed.problem
        await connector.close()

    on_bench(body)


def test_a_cursor_survives_the_process(on_bench: OnBench, tmp_path: Path) -> None:
    async def body(bench: Bench) -> None:
        sink = Sink()
        for _ in range(3):
            async with listening(bench, sink, FileCursors(tmp_path / "cursors")):
                await bench.clock.sleep(1)
                for _ in range(4):
                    bench.publish()
                    await bench.clock.sleep(1)
                await until(bench, lambda: set(sink.mentions) >= bench.ids())
            bench.publish()
        async with listening(bench, sink, FileCursors(tmp_path / "cursors")):
            await until(bench, lambda: set(sink.mentions) >= bench.ids())
        assert not [gap for gap in sink.gaps if isinstance(gap, Gap) and gap.reason.startswith("cut off")]

    on_bench(body)
