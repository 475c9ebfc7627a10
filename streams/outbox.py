"""What was decided and is yet to be told: incidents on one side, what became of telling them on the other.

Nothing is queued: what is pending follows from the two logs, `incident_log` and `notifications`. So
there is no third thing that a kill could leave at odds with them.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from streams.records import Incident, Notification
from streams.store.base import Store
from streams.store.errors import StoreError

log = logging.getLogger(__name__)

HORIZON: Final = timedelta(days=31)
"""Incidents that are over and were opened longer ago than this are not looked at again."""


class Outbox(Protocol):
    """Whoever waits for it waits without holding a thread that another could need."""

    async def refresh(self, now: datetime) -> None:
        """Learn of what others wrote. Never raises for a store that is away: what is known stays known."""
        ...

    def incidents(self) -> Mapping[str, Sequence[Incident]]:
        """Every known state of each incident, in order, by the incident's id."""
        ...

    def notifications(self, channel: str, incident: str) -> Sequence[Notification]:
        """What became of telling this channel of this incident, in any order."""
        ...

    async def record(self, notifications: Sequence[Notification]) -> None:
        """Keep what became of an attempt. When it returns, a kill no longer repeats the attempt."""
        ...


class MemoryOutbox:
    """For a process that ends with what it has told, and what the other outboxes know at any moment.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._incidents: dict[str, dict[int, Incident]] = {}
        self._notifications: dict[str, dict[str, list[Notification]]] = {}

    def offer(self, incidents: Iterable[Incident]) -> None:
        """Take in new states. One that is known changes nothing."""
        with self._lock:
            for incident in incidents:
                self._incidents.setdefault(incident.id, {}).setdefault(incident.revision, incident)

    async def refresh(self, now: datetime) -> None:
        """There is nobody to learn from."""

    def incidents(self) -> Mapping[str, Sequence[Incident]]:
        with self._lock:
            return {
                id_: [states[revision] for revision in sorted(states)]
                for id_, states in self._incidents.items()
            }

    def notifications(self, channel: str, incident: str) -> Sequence[Notification]:
        with self._lock:
            return list(self._notifications.get(channel, {}).get(incident, ()))

    async def record(self, notifications: Sequence[Notification]) -> None:
        self.remember(notifications)

    def remember(self, notifications: Sequence[Notification]) -> None:
        with self._lock:
            for note in notifications:
                by_incident = self._notifications.setdefault(note.channel, {})
                by_incident.setdefault(note.incident, []).append(note)

    def newest(self) -> dict[str, int]:
        """The newest known revision of each incident."""
        with self._lock:
            return {id_: max(states) for id_, states in self._incidents.items()}

    def forget(self, incidents: Iterable[str]) -> None:
        with self._lock:
            for id_ in incidents:
                self._incidents.pop(id_, None)
                for by_incident in self._notifications.values():
                    by_incident.pop(id_, None)


class StoreOutbox:
    """The logs in the store, held in memory as well.

    People are told while the store is away: what is offered is known at once, and what could not be
    recorded is kept and recorded later. A kill in that time repeats what was not recorded.
    Only one process may tell from one store, and one thread here speaks to it: the telling goes on meanwhile.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known = MemoryOutbox()
        self._unsaved: list[Notification] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")

    def offer(self, incidents: Iterable[Incident]) -> None:
        """Take in new states without waiting for `refresh`."""
        self._known.offer(incidents)

    async def refresh(self, now: datetime) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._refresh, now)

    def _refresh(self, now: datetime) -> None:
        try:
            self._save(())
            self._read(now)
        except StoreError as error:
            log.warning("the outbox cannot be read, telling goes on from memory: %s", error)

    def incidents(self) -> Mapping[str, Sequence[Incident]]:
        return self._known.incidents()

    def notifications(self, channel: str, incident: str) -> Sequence[Notification]:
        return self._known.notifications(channel, incident)

    async def record(self, notifications: Sequence[Notification]) -> None:
        self._known.remember(notifications)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._record, notifications)

    def _record(self, notifications: Sequence[Notification]) -> None:
        try:
            self._save(notifications)
        except StoreError as error:
            log.warning("what was told cannot be recorded yet: %s", error)

    def _save(self, notifications: Sequence[Notification]) -> None:
        self._unsaved.extend(notifications)
        if self._unsaved:
            self._store.insert_notifications(self._unsaved)
            self._unsaved.clear()

    def _read(self, now: datetime) -> None:
        known = self._known.newest()
        stored = {
            incident.id: incident
            for incident in [*self._store.open_incidents(), *self._store.incidents(since=now - HORIZON)]
        }
        missing = [id_ for id_ in known if id_ not in stored]
        if missing:
            # Resolved meanwhile and opened long ago, or not stored yet.
            for incident in self._store.incidents(ids=missing):
                stored[incident.id] = incident
        fresh = [id_ for id_ in stored if id_ not in known]
        if fresh:
            # First what was told, then the incidents: the other way round they would look untold.
            self._known.remember(self._stored_notifications(fresh))
        for id_, incident in stored.items():
            if known.get(id_, 0) < incident.revision:
                self._known.offer(self._store.incident_history(id_))

    def _stored_notifications(self, incidents: Sequence[str]) -> list[Notification]:
        rows: list[tuple[Any, ...]] = self._store.query(
            "SELECT incident, channel, event, revision, toUnixTimestamp64Milli(at), outcome, detail, attempt "
            "FROM notifications WHERE incident IN {incidents:Array(String)}",
            {"incidents": list(incidents)},
        )
        return [
            Notification(
                incident=str(row[0]),
                channel=str(row[1]),
                event=str(row[2]),
                revision=int(row[3]),
                at=_from_unix_ms(int(row[4])),
                outcome=str(row[5]),
                detail=str(row[6]),
                attempt=int(row[7]),
            )
            for row in rows
        ]


def _from_unix_ms(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)
