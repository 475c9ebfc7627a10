"""Sources that call: the edges of the webhook's, and the time that passes for those that say nothing.

Nobody says for a caller that nothing came, so its clock does, and for ever: a source that once was
heard and then had no voice would hold every decision back. That is why its name outlives the process,
and why there is room for so many names and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import orjson

from connectors.cursor import CursorStore
from connectors.mention import Mention, Retraction, Tick
from connectors.webhook import Unwelcome
from streams.edge import Edge
from streams.pipeline import Batch
from streams.pseudonym import Pseudonymiser

WEBHOOK: Final = "webhook"
TICK_S: Final = 15.0
MAX_SOURCES: Final = 1_000
"""Each is spoken for every TICK_S, and is remembered by every stage that time passes through."""


class Callers:
    """`cursors` keeps who ever called; `now` is the clock of the edge."""

    def __init__(
        self,
        pseudonymiser: Pseudonymiser,
        lateness_s: int,
        cursors: CursorStore,
        now: Callable[[], datetime],
    ) -> None:
        self._pseudonymiser = pseudonymiser
        self._lateness_s = lateness_s
        self._cursors = cursors
        self._now = now
        self._edges: dict[str, Edge] = {}
        saved = cursors.load(WEBHOOK)
        for source in [] if saved is None else orjson.loads(saved):
            self._open(source)

    def batch(self, source: str, lines: Sequence[Mention | Retraction]) -> Batch:
        """What a caller sent, as it passes its edge.

        Raises:
            Unwelcome: the source is new, and there are as many as there may be.
        """
        edge = self._edges.get(source)
        if edge is None:
            if len(self._edges) >= MAX_SOURCES:
                raise Unwelcome(
                    f"{source} is not known here, and {len(self._edges):,} sources are: no more are taken. "
                    "Send under a name that is known: one name a sender, not one a post"
                )
            self._cursors.save(WEBHOOK, orjson.dumps(sorted([*self._edges, source])).decode())
            edge = self._open(source)
        admitted = [edge.admit(line) for line in lines]
        return Batch(
            mentions=[item for item in admitted if isinstance(item, Mention)],
            retractions=[item for item in admitted if isinstance(item, Retraction)],
        )

    def ticks(self) -> list[Tick]:
        """How far each has come by now."""
        ticks = []
        for edge in self._edges.values():
            edge.advance(self._now())
            tick = edge.tick()
            ticks += [] if tick is None else [tick]
        return ticks

    def _open(self, source: str) -> Edge:
        edge = Edge(f"{WEBHOOK}:{source}", self._pseudonymiser, self._lateness_s)
        # What a webhook brings may be history: time stands where it stands, not where that is.
        edge.advance(self._now() - timedelta(seconds=self._lateness_s))
        self._edges[source] = edge
        return edge
