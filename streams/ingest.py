"""From sources into the log: pages and files through the edge, published, and only then remembered."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson

from connectors.base import Named
from connectors.cursor import CursorStore
from connectors.mention import Gap, Mention, Page, Retraction
from connectors.recorded import Columns
from connectors.webhook import Accepted
from streams.callers import TICK_S, Callers
from streams.edge import Edge
from streams.pipeline import Batch
from streams.pseudonym import Pseudonymiser
from streams.publish import Publisher
from streams.records import STEP_S
from streams.replay import SOURCE, batches, merged
from streams.settings import Settings

RECORDED: Final = "recorded"


@dataclass(slots=True)
class Published:
    """What a recorded file brought; `skipped` lines had been published by an earlier run."""

    mentions: int = 0
    retractions: int = 0
    dead_letters: int = 0
    skipped: int = 0


def ingest_recorded(
    paths: Sequence[str],
    publisher: Publisher,
    pseudonymiser: Pseudonymiser,
    cursors: CursorStore,
    settings: Settings,
    *,
    now: datetime,
    columns: Columns | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Published:
    """Publish files, merged by time, and the final tick. Called again after a kill it goes on where it was.

    The cursor holds how many lines the broker has, and how far the edge had come with them: so the
    rest is judged as if there had been no interruption. Files that changed since are begun anew.

    Raises:
        FileError: a file cannot be read at all.
    """
    name = f"{RECORDED}:{_identity(paths)}"
    edge = Edge(SOURCE, pseudonymiser, settings.lateness_s)
    saved = cursors.load(name)
    lines_done, done = 0, False
    if saved is not None:
        state = orjson.loads(saved)
        lines_done, done = state["lines"], state["done"]
        edge.go_on(state["edge"])
    published = Published(skipped=lines_done)
    if done:
        return published

    def remember(*, done: bool) -> None:
        state = {"lines": lines_done, "done": done, "edge": edge.to_json()}
        cursors.save(name, orjson.dumps(state).decode())

    lines = itertools.islice(merged(paths, now=now, columns=columns), lines_done, None)
    for batch in batches(lines, edge, size=settings.batch_mentions):
        publisher.publish(batch)
        size = len(batch.mentions) + len(batch.retractions) + len(batch.malformed)
        lines_done += size
        remember(done=False)
        published.mentions += len(batch.mentions)
        published.retractions += len(batch.retractions)
        published.dead_letters += len(batch.malformed)
        progress(size)
    final = edge.final_tick(STEP_S)
    if final is not None:
        publisher.publish(Batch(ticks=[final]))
    remember(done=True)
    return published


def _identity(paths: Sequence[str]) -> str:
    """Names the files as they are: another size or time of change makes another name."""
    parts = []
    for path in paths:
        if path == "-":
            parts.append("-")
            continue
        file = Path(path)
        stat = file.stat() if file.exists() else None
        parts.append(f"{file.absolute()}@{stat and (stat.st_size, stat.st_mtime_ns)}")
    return "|".join(parts)


class Delivery:
    """Takes the pages of live connectors, and what callers send, to a publisher.

    It is `connectors.listen.run`'s `deliver`. The publisher is called in a thread of its own. While it
    waits for the broker, so does the connector, and its cursor stays where it is.
    """

    def __init__(
        self, publisher: Publisher, pseudonymiser: Pseudonymiser, settings: Settings, callers: Callers
    ) -> None:
        self._publisher = publisher
        self._callers = callers
        self._pseudonymiser = pseudonymiser
        self._lateness_s = settings.lateness_s
        self._edges: dict[str, Edge] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="publish")

    async def __call__(self, connector: Named, page: Page) -> None:
        edge = self._edges.get(connector.name)
        if edge is None:
            edge = self._edges[connector.name] = Edge(connector.name, self._pseudonymiser, self._lateness_s)
        batch = batch_of(connector.name, page, edge)
        await self._publish(batch)

    async def accept(self, source: str, lines: list[Mention | Retraction]) -> Accepted:
        """`connectors.webhook`'s: returns once the broker has the lines, some perhaps twice."""
        await self._publish(self._callers.batch(source, lines))
        return Accepted(len(lines))

    async def tick_callers(self) -> None:
        """For ever: say how far those that call have come."""
        while True:
            ticks = self._callers.ticks()
            if ticks:
                await self._publish(Batch(ticks=ticks))
            await asyncio.sleep(TICK_S)

    async def _publish(self, batch: Batch) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._publisher.publish, batch)

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        self._publisher.close()


def batch_of(source: str, page: Page, edge: Edge) -> Batch:
    """A page as it passes the edge, with the tick that it allows.

    A page that says only that nobody listened allows none: a tick says that a source is back.
    """
    if page.covers is not None:
        edge.advance(page.covers[0])
    admitted = [edge.admit(item) for item in page.items if not isinstance(item, Gap)]
    if page.covers is not None:
        edge.advance(page.covers[1])
    mentions = [item for item in admitted if isinstance(item, Mention)]
    tick = edge.tick() if mentions or page.covers is not None else None
    return Batch(
        mentions=mentions,
        retractions=[item for item in admitted if isinstance(item, Retraction)],
        gaps=[item for item in page.items if isinstance(item, Gap)],
        malformed=[(source, malformed) for malformed in page.malformed],
        ticks=() if tick is None else (tick,),
    )
