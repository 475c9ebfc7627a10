"""Everything live in one process: connectors and webhook in, the pipeline, people told, one store.

Connectors listen side by side; the pipeline works in a thread of its own, one page after the other.
A connector's cursor moves, and the webhook answers, once the page is stored.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from connectors.base import Clock, Connector, SystemClock
from connectors.mention import Mention, Page, Retraction
from connectors.webhook import Accepted
from streams.edge import Edge
from streams.ingest import batch_of
from streams.outbox import StoreOutbox
from streams.pipeline import Batch, Counts, Pipeline
from streams.pseudonym import Pseudonymiser
from streams.records import Incident
from streams.watches import Watches

log = logging.getLogger(__name__)

WEBHOOK: Final = "webhook"
WEBHOOK_TICK_S: Final = 15.0


class Offered:
    """Hands incidents to the outbox, whose channels are attended elsewhere in this process."""

    def __init__(self, outbox: StoreOutbox) -> None:
        self._outbox = outbox

    def announce(self, incidents: Sequence[Incident]) -> None:
        self._outbox.offer(incidents)


@dataclass(slots=True)
class Live:
    """The way of a page from a connector to the store. `make` builds the pipeline of a watches file."""

    make: Callable[[Watches], Pipeline]
    watches: Watches
    pseudonymiser: Pseudonymiser
    lateness_s: int
    clock: Clock = field(default_factory=SystemClock)
    totals: Counts = field(default_factory=Counts)
    _pipeline: Pipeline = field(init=False)
    _edges: dict[str, Edge] = field(init=False, default_factory=dict)
    _thread: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pipeline")
        self._pipeline = self._thread.submit(self.make, self.watches).result()

    async def deliver(self, connector: Connector, page: Page) -> None:
        """`connectors.listen.run`'s: returns once the page is stored."""
        await self._feed(batch_of(connector.name, page, self._edge(connector.name)))

    async def accept(self, source: str, lines: list[Mention | Retraction]) -> Accepted:
        """`connectors.webhook`'s: returns once the lines are stored."""
        edge = self._edge(f"{WEBHOOK}:{source}")
        admitted = [edge.admit(line) for line in lines]
        mentions = [item for item in admitted if isinstance(item, Mention)]
        gone = [item for item in admitted if isinstance(item, Retraction)]
        counts = await self._feed(Batch(mentions=mentions, retractions=gone))
        return Accepted(len(lines) - counts.duplicates, counts.duplicates)

    async def tick_webhooks(self) -> None:
        """A webhook is called, so nobody says for it that nothing came: its clock does, for ever."""
        while True:
            now = self.clock.now()
            ticks = []
            for name, edge in self._edges.items():
                if name.startswith(WEBHOOK):
                    edge.advance(now)
                    tick = edge.tick()
                    ticks += [] if tick is None else [tick]
            if ticks:
                await self._feed(Batch(ticks=ticks))
            await self.clock.sleep(WEBHOOK_TICK_S)

    async def reload(self, watches: Watches) -> None:
        """Go on with another watches file: what is known of a watch that stays is kept."""
        await self._in_thread(self._change, watches)

    async def close(self) -> None:
        """Remember how far detection has come. Nothing may be delivered any more."""
        await self._in_thread(self._pipeline.checkpoint)
        self._thread.shutdown(wait=True)

    def _change(self, watches: Watches) -> None:
        self._pipeline.checkpoint()
        self._pipeline = self.make(watches)
        self.watches = watches

    def _edge(self, name: str) -> Edge:
        if name not in self._edges:
            edge = Edge(name, self.pseudonymiser, self.lateness_s)
            if name.startswith(WEBHOOK):
                # What a webhook brings may be history: time stands where it stands, not where that is.
                edge.advance(self.clock.now() - timedelta(seconds=self.lateness_s))
            self._edges[name] = edge
        return self._edges[name]

    async def _feed(self, batch: Batch) -> Counts:
        counts = await self._in_thread(self._work, batch)
        assert isinstance(counts, Counts)
        self.totals += counts
        return counts

    def _work(self, batch: Batch) -> Counts:
        return self._pipeline.feed(batch)

    async def _in_thread(self, work: Callable[..., object], *arguments: object) -> object:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
