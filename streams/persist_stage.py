"""Persist as it stands behind the topics: batches into the store, again and again until it takes them.

While the store is away nothing is committed and nothing is lost; detection does not wait for it, since
it reads with a group of its own. All calls to the store are made by one thread, one after the other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final, TypeVar

from connectors.mention import Gap, Malformed, Retraction, Tick
from streams import metrics
from streams.deadletter import Message, Origin, Parking, read, sends_of, sift
from streams.outlet import HopelessError, Outlet
from streams.persist import persist
from streams.records import (
    DeadLetter,
    Decision,
    Enriched,
    Expectation,
    Incident,
    Notification,
    ShadowIncident,
)
from streams.settings import Settings
from streams.store.base import Store
from streams.store.errors import QueryFailed, StoreError

log = logging.getLogger(__name__)

STAGE: Final = "persist"
WAITS_S: Final = (0.2, 0.5, 1, 2, 5, 10)

Result = TypeVar("Result")


class PersistStage:
    """enriched, incidents, notifications, dead-letters ──▶ store."""

    def __init__(
        self,
        store: Store,
        outlet: Outlet,
        settings: Settings,
        *,
        keep_unmatched: bool,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._outlet = outlet
        self._rows = settings.persist_rows
        self._keep_unmatched = keep_unmatched
        self._clock = clock
        self._parking = Parking(STAGE, settings.max_message_bytes, clock)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def enriched(self, messages: Sequence[Message]) -> None:
        """Store mentions, retractions and gaps; ticks are not for the store."""
        mentions: list[tuple[Origin, Enriched]] = []
        retractions: list[Retraction] = []
        gaps: list[Gap] = []
        letters: list[DeadLetter] = []
        for origin, record in self._read(messages, letters):
            match record:
                case Enriched():
                    mentions.append((origin, record))
                case Retraction():
                    retractions.append(record)
                case Gap():
                    gaps.append(record)
                case Tick():
                    pass
                case _:
                    letters.append(self._parking.misplaced(record, origin))
        for start in range(0, len(mentions), self._rows):
            await self._mentions(mentions[start : start + self._rows], letters)
        if retractions:
            await self._write("retractions", len(retractions), lambda: self._store.retract(retractions))
        if gaps:
            await self._write("gaps", len(gaps), lambda: self._store.insert_gaps(gaps))
        await self._outlet.send(sends_of(letters), stage=STAGE)
        self._done(messages, len(mentions))

    async def incidents(self, messages: Sequence[Message]) -> None:
        """Store what detection decided, and what it held to be usual."""
        incidents: list[Incident] = []
        decisions: list[Decision] = []
        expectations: list[Expectation] = []
        shadows: list[ShadowIncident] = []
        letters: list[DeadLetter] = []
        for origin, record in self._read(messages, letters):
            match record:
                case Incident():
                    incidents.append(record)
                case Decision():
                    decisions.append(record)
                case Expectation():
                    expectations.append(record)
                case ShadowIncident():
                    shadows.append(record)
                case _:
                    letters.append(self._parking.misplaced(record, origin))
        if expectations:
            await self._write(
                "expectations", len(expectations), lambda: self._store.insert_expectations(expectations)
            )
        if decisions:
            await self._write("decisions", len(decisions), lambda: self._store.insert_decisions(decisions))
        if shadows:
            await self._write("shadows", len(shadows), lambda: self._store.insert_shadows(shadows))
        if incidents:
            await self._write("incidents", len(incidents), lambda: self._store.insert_incidents(incidents))
        await self._outlet.send(sends_of(letters), stage=STAGE)
        self._done(messages, len(incidents))

    async def notifications(self, messages: Sequence[Message]) -> None:
        """Store what became of telling people."""
        found: list[Notification] = []
        letters: list[DeadLetter] = []
        for origin, record in self._read(messages, letters):
            if isinstance(record, Notification):
                found.append(record)
            else:
                letters.append(self._parking.misplaced(record, origin))
        if found:
            await self._write("notifications", len(found), lambda: self._store.insert_notifications(found))
        await self._outlet.send(sends_of(letters), stage=STAGE)
        self._done(messages, 0)

    async def dead_letters(self, messages: Sequence[Message]) -> None:
        """Store dead letters. What cannot be read here becomes one itself, without another round."""
        found: list[DeadLetter] = []
        for origin, record in self._read(messages, found):
            if isinstance(record, DeadLetter):
                found.append(record)
            else:
                found.append(self._parking.misplaced(record, origin))
        if found:
            await self._write("dead_letters", len(found), lambda: self._store.insert_dead_letters(found))
        self._done(messages, 0)

    def close(self) -> None:
        """Wait for the write that is under way."""
        self._thread.shutdown(wait=True)

    async def _mentions(self, batch: Sequence[tuple[Origin, Enriched]], letters: list[DeadLetter]) -> None:
        def store() -> list[tuple[Origin, Exception]]:
            _, failed = sift(batch, insert, give_up=_not_of_the_rows)
            return [(origin, error) for (origin, _), error in failed]

        def insert(part: Sequence[tuple[Origin, Enriched]]) -> Sequence[None]:
            persist(
                self._store,
                [enriched for _, enriched in part],
                [],
                decided_until_s=0,
                keep_unmatched=self._keep_unmatched,
            )
            return [None] * len(part)

        failed = await self._write("mentions", len(batch), store)
        letters.extend(self._parking.failed(error, origin) for origin, error in failed)

    async def _write(self, kind: str, rows: int, work: Callable[[], Result]) -> Result:
        """Do it in the store's thread, as often as it takes.

        Raises:
            HopelessError: the store is there and says no.
        """
        attempt = 0
        while True:
            began = time.monotonic()
            try:
                result = await asyncio.get_running_loop().run_in_executor(self._thread, work)
            except StoreError as error:
                if not error.retryable:
                    raise HopelessError(f"the store refuses {kind}: {error}") from error
                wait_s = WAITS_S[min(attempt, len(WAITS_S) - 1)]
                attempt += 1
                metrics.STORE_WAITING.set(1)
                metrics.RETRIES.labels(stage=STAGE).inc()
                log.warning("%s wait for the store: %s; again in %.1f s", kind, error, wait_s)
                await asyncio.sleep(wait_s)
            else:
                metrics.STORE_WAITING.set(0)
                metrics.STORE_SECONDS.observe(time.monotonic() - began)
                metrics.STORED_ROWS.labels(kind=kind).inc(rows)
                return result

    def _read(self, messages: Sequence[Message], letters: list[DeadLetter]) -> list[tuple[Origin, object]]:
        now = self._clock()
        found: list[tuple[Origin, object]] = []
        for message in messages:
            for origin, record in read(message, now=now):
                if isinstance(record, Malformed):
                    letters.append(self._parking.letter(record.reason, origin))
                else:
                    found.append((origin, record))
        return found

    def _done(self, messages: Sequence[Message], records: int) -> None:
        metrics.RECORDS.labels(stage=STAGE).inc(records)
        now_s = self._clock().timestamp()
        for message in messages:
            metrics.STORED_AGE.observe(max(0.0, now_s - message.at_s))


def _not_of_the_rows(error: Exception) -> bool:
    """Whether an error is the store's own: then halving the batch finds nothing."""
    return isinstance(error, StoreError) and not isinstance(error, QueryFailed)
