"""The outbox on Kafka: what was decided stands on `incidents`, what became of telling it on `notifications`.

Nothing else is kept anywhere. Whoever begins to tell reads both, and what is pending follows from them;
so the store may be away, and a kill leaves nothing at odds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from streams.codec import encode
from streams.deadletter import Message, read
from streams.outbox import HORIZON, MemoryOutbox
from streams.outlet import HopelessError, Outlet, Send
from streams.packing import Limits, packed
from streams.records import Incident, IncidentState, Notification
from streams.snapshots import TopicReader
from streams.topics import Topic

log = logging.getLogger(__name__)

STAGE: Final = "notify"
_NOT_TOLD: Final = (b'{"type":"decision"', b'{"type":"expectation"', b'{"type":"shadow_incident"')
"""What stands on `incidents` beside them, and is most of it; not worth reading here."""


class TopicOutbox:
    """What one teller knows; made anew each time the partition of `incidents` is assigned to it."""

    def __init__(self, outlet: Outlet, limits: Limits) -> None:
        self._outlet = outlet
        self._limits = limits
        self._known = MemoryOutbox()

    async def rebuild(self, reader: TopicReader) -> None:
        """Learn all that was decided, and then all that was told: the last teller may just be ending."""
        async for message in reader.messages(Topic.INCIDENTS, 0):
            self._known.offer(incidents_of(message))
        async for message in reader.messages(Topic.NOTIFICATIONS, 0):
            self._known.remember(
                [
                    record
                    for _, record in read(message, now=datetime.now(UTC))
                    if isinstance(record, Notification)
                ]
            )

    def offer(self, incidents: Iterable[Incident]) -> None:
        self._known.offer(incidents)

    async def refresh(self, now: datetime) -> None:
        """Forget what is long over. New states are offered by whoever reads the topic."""
        self._known.forget(
            id_
            for id_, states in self._known.incidents().items()
            if states[-1].state is IncidentState.RESOLVED and now - states[-1].updated_at > HORIZON
        )

    def incidents(self) -> Mapping[str, Sequence[Incident]]:
        return self._known.incidents()

    def notifications(self, channel: str, incident: str) -> Sequence[Notification]:
        return self._known.notifications(channel, incident)

    async def record(self, notifications: Sequence[Notification]) -> None:
        """Returns once the broker has them; while it is away, the channel waits with its next message."""
        self._known.remember(notifications)
        sends = [
            Send(Topic.NOTIFICATIONS, 0, value) for value in packed(map(encode, notifications), self._limits)
        ]
        try:
            await self._outlet.send(sends, stage=STAGE)
        except HopelessError as error:
            # To begin again would tell it again: what is known here keeps it from being repeated.
            log.error("what was told cannot be recorded: %s", error)


def incidents_of(message: Message) -> list[Incident]:
    """The incidents of a message; what cannot be read is parked by whoever reads it for the group."""
    value = message.value
    if value is None or all(line.startswith(_NOT_TOLD) for line in value.split(b"\n")):
        return []
    return [record for _, record in read(message, now=datetime.now(UTC)) if isinstance(record, Incident)]
