"""Telling people while a file is played: the switchboard at the pace of the data.

A replay tells nobody unless it is asked to; then what it decided is marked as not to be told, so that
a live process on the same store does not take it for news.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from streams.background import from_store
from streams.desk import Desk
from streams.notifiers.build import build
from streams.notify import Switchboard, unannounced
from streams.outbox import StoreOutbox
from streams.records import Incident
from streams.store.base import Store
from streams.watches import Watches


class Announcer(Protocol):
    """Hears of incidents once they are stored."""

    def announce(self, incidents: Sequence[Incident]) -> None: ...


class Silence:
    """Tells nobody, and says so in `notifications`."""

    def __init__(self, watches: Watches, store: Store, reason: str) -> None:
        self._desk = Desk.of(watches)
        self._store = store
        self._reason = reason

    def announce(self, incidents: Sequence[Incident]) -> None:
        self._store.insert_notifications(
            [
                note
                for incident in incidents
                for note in unannounced(self._desk, [incident], at=incident.updated_at, reason=self._reason)
            ]
        )


class Aloud:
    """Tells every channel of the watches file, with the data's time as its clock.

    What a channel did not take is tried again at the next incident and once more at the end; what is
    then left stays pending in the store for `vigie up`.
    """

    def __init__(self, watches: Watches, store: Store, clock: Callable[[], datetime]) -> None:
        self._outbox = StoreOutbox(store)
        self._runner = asyncio.Runner()
        self._now: datetime | None = None
        self._clock = clock
        self._look_up = from_store(store)
        self._switchboard = self._runner.run(self._connect(watches))

    async def _connect(self, watches: Watches) -> Switchboard:
        return Switchboard(
            self._outbox, Desk.of(watches), build(watches.channels), clock=self._time, look_up=self._look_up
        )

    def _time(self) -> datetime:
        return self._clock() if self._now is None else self._now

    def announce(self, incidents: Sequence[Incident]) -> None:
        if incidents:
            self._now = max(incident.updated_at for incident in incidents)
            self._outbox.offer(incidents)
            self._runner.run(self._switchboard.tell())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._now = None
                self._runner.run(self._switchboard.tell())
            self._runner.run(self._switchboard.close())
        finally:
            self._runner.close()
