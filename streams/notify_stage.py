"""Notify as it stands behind the incidents topic: people are told whatever becomes of the store.

The group's one partition says who tells. Whoever gets it reads both logs (`streams.topic_outbox`) and
tells from there, so its offset in the group is only there to be looked at: nothing hangs on it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from connectors.mention import Malformed
from streams import metrics
from streams.app import or_restart
from streams.deadletter import Message, Parking, read, sends_of
from streams.notify import Switchboard
from streams.outbox import Outbox
from streams.outlet import Outlet
from streams.packing import Limits
from streams.records import DeadLetter, Decision, Expectation, Incident, ShadowIncident
from streams.settings import Settings
from streams.snapshots import TopicReader
from streams.topic_outbox import STAGE, TopicOutbox

log = logging.getLogger(__name__)


class NotifyStage:
    """incidents ──▶ people; what became of it ──▶ notifications."""

    def __init__(
        self,
        switchboard: Callable[[Outbox], Switchboard],
        outlet: Outlet,
        reader: TopicReader,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._switchboard = switchboard
        self._outlet = outlet
        self._reader = reader
        self._limits = Limits(settings.message_mentions, settings.max_message_bytes)
        self._clock = clock
        self._parking = Parking(STAGE, settings.max_message_bytes, clock)
        self._outbox: TopicOutbox | None = None
        self._telling: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    async def take(self, messages: Sequence[Message]) -> None:
        """Take in what was decided. It is told by whoever attends the channels, beside this."""
        incidents: list[Incident] = []
        letters: list[DeadLetter] = []
        for message in messages:
            for origin, record in read(message, now=self._clock()):
                match record:
                    case Incident():
                        incidents.append(record)
                    case Decision() | Expectation() | ShadowIncident():
                        pass
                    case Malformed(reason=reason):
                        letters.append(self._parking.letter(reason, origin))
                    case _:
                        letters.append(self._parking.misplaced(record, origin))
        if self._outbox is not None:
            self._outbox.offer(incidents)
        await self._outlet.send(sends_of(letters), stage=STAGE)
        metrics.RECORDS.labels(stage=STAGE).inc(len(incidents))

    def begin(self) -> None:
        """The partition is ours: tell. Does not wait, since a rebalance does not either."""
        self.leave()
        self._stop = asyncio.Event()
        self._outbox = TopicOutbox(self._outlet, self._limits)
        work = self._tell(self._outbox, self._stop, after=self._telling)
        self._telling = asyncio.create_task(or_restart(STAGE, work))

    def leave(self) -> None:
        """The partition is another's: no further message is begun, and one under way is recorded."""
        self._stop.set()
        self._outbox = None

    async def ended(self) -> None:
        """After `leave`: wait for the message that is under way."""
        if self._telling is not None:
            await self._telling

    async def _tell(self, outbox: TopicOutbox, stop: asyncio.Event, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await after
        if stop.is_set():
            return
        await outbox.rebuild(self._reader)
        log.info("telling, with %d incidents in mind", len(outbox.incidents()))
        board = self._switchboard(outbox)
        try:
            await board.run(stop)
        finally:
            await board.close()
