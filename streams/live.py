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

from connectors.base import Clock, Named, SystemClock
from connectors.cursor import CursorStore
from connectors.mention import Mention, Page, Retraction
from connectors.webhook import Accepted
from streams.callers import TICK_S, Callers
from streams.edge import Edge
from streams.ingest import batch_of
from streams.outbox import StoreOutbox
from streams.pipeline import Batch, Counts, Pipeline
from streams.pseudonym import Pseudonymiser
from streams.records import Incident
from streams.watches import Watches

log = logging.getLogger(__name__)


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
    cursors: CursorStore
    clock: Clock = field(default_factory=SystemClock)
    totals: Counts = field(default_factory=Counts)
    _pipeline: Pipeline = field(init=False)
    _callers: Callers = field(init=False)
    _edges: dict[str, Edge] = field(init=False, default_factory=dict)
    _thread: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._callers = Callers(self.pseudonymiser, self.lateness_s, self.cursors, self.clock.now)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pipeline")
        self._pipeline = self._thread.submit(self.make, self.watches).result()

    async def deliver(self, connector: Named, page: Page) -> None:
        """`connectors.listen.run`'s: returns once the page is stored."""
        await self._feed(batch_of(connector.name, page, self._edge(connector.name)))

    async def accept(self, source: str, lines: list[Mention | Retraction]) -> Accepted:
        """`connectors.webhook`'s: returns once the lines are stored."""
        counts = await self._feed(self._callers.batch(source, lines))
        return Accepted(len(lines) - counts.duplicates, counts.duplicates)

    async def tick_webhooks(self) -> None:
        """For ever: say how far those that call have come."""
        while True:
            ticks = self._callers.ticks()
            if ticks:
                await self._feed(Batch(ticks=ticks))
            await self.clock.sleep(TICK_S)

    async def reload(self, watches: Watches) -> None:
        """Go on with another watches file: what is known of a watch that stays is kept."""
        await self._in_thread(self._change, watches)

    async def close(self) -> None:
        """Remember how far detection has come. Nothing may be delivered any more."""
        await self._in_thread(self._pipeline.checkpoint)
        self._thread.shutdown(wait=True)

    def _change(self, watches: Watches) -> None:
        self._pipeline.checkpoint()
        changed = self.make(watches)
        changed.detection.go_on(self._pipeline.detection.progress())
        self._pipeline, self.watches = changed, watches

    def _edge(self, name: str) -> Edge:
        if name not in self._edges:
            self._edges[name] = Edge(name, self.pseudonymiser, self.lateness_s)
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
