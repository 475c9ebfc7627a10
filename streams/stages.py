"""Enrich and tally as they stand between two topics: decode, step, send, acknowledged.

A stage takes a batch of messages and returns when everything it made of them is acknowledged; then
its input may be committed. It raises `HopelessError` and nothing else. Marks are sent after what they
speak of was acknowledged, so that none overtakes, whatever had to be sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from connectors.mention import Gap, Malformed, Mention, Retraction, Tick
from streams import metrics
from streams.codec import encode
from streams.deadletter import Message, Origin, Parking, read, sends_of, sift
from streams.enrich import Enricher
from streams.outlet import Outlet, Send
from streams.packing import Limits, Mark, latest, packed, too_large
from streams.pseudonym import Pseudonymiser
from streams.records import DeadLetter, Enriched, Tally
from streams.settings import Settings
from streams.tally import tally
from streams.topics import Topic, partition_of

AT_ONCE: Final = 1_000
"""Mentions between two breaths: the event loop has commits and other agents to look after."""

SLOW_AT_ONCE: Final = 200
"""With an engine that takes its time: what a worker that is told to stop still finishes."""

TALLY_MENTIONS: Final = 500


class EnrichStage:
    """mentions ──▶ enriched, each partition into its own."""

    def __init__(
        self,
        enricher: Enricher,
        pseudonymiser: Pseudonymiser,
        outlet: Outlet,
        settings: Settings,
        *,
        keep_unmatched: bool,
        clock: Callable[[], datetime],
    ) -> None:
        self._enricher = enricher
        self._pseudonymiser = pseudonymiser
        self._outlet = outlet
        self._limits = Limits(settings.message_mentions, settings.max_message_bytes)
        self._keep_unmatched = keep_unmatched
        self._clock = clock
        self._parking = Parking("enrich", settings.max_message_bytes, clock)

    async def take(self, messages: Sequence[Message]) -> None:
        now = self._clock()
        letters: list[DeadLetter] = []
        marks: dict[int, list[Mark]] = {}
        arrivals: list[tuple[Origin, Mention | Retraction]] = []
        for message in messages:
            for origin, record in read(message, now=now):
                match record:
                    case Mention() | Retraction():
                        arrivals.append((origin, record))
                    case Gap() | Tick():
                        marks.setdefault(message.partition, []).append(record)
                    case Malformed(reason=reason):
                        letters.append(self._parking.letter(reason, origin))
                    case _:
                        letters.append(self._parking.misplaced(record, origin))
        lines: dict[int, list[bytes]] = {}
        at_once = SLOW_AT_ONCE if self._enricher.slow else AT_ONCE
        for start in range(0, len(arrivals), at_once):
            part = arrivals[start : start + at_once]
            if self._enricher.slow:
                await asyncio.to_thread(self._enrich, part, lines, letters)
            else:
                self._enrich(part, lines, letters)
                await asyncio.sleep(0)
        await self._outlet.send(
            [
                Send(Topic.ENRICHED, partition, value)
                for partition, held in lines.items()
                for value in packed(held, self._limits)
            ]
            + sends_of(letters),
            stage="enrich",
        )
        await self._outlet.send(
            [
                Send(Topic.ENRICHED, partition, b"\n".join(map(encode, latest(held))))
                for partition, held in marks.items()
            ],
            stage="enrich",
        )
        metrics.RECORDS.labels(stage="enrich").inc(len(arrivals))

    def _enrich(
        self,
        arrivals: Sequence[tuple[Origin, Mention | Retraction]],
        lines: dict[int, list[bytes]],
        letters: list[DeadLetter],
    ) -> None:
        """The arrivals' lines by partition, in the order of arrival. What fails is parked by itself."""
        inside, failed = sift(arrivals, self._pseudonymised)
        arrivals = [(origin, record) for (origin, _), record in inside]
        mentions = [(origin, item) for origin, item in arrivals if isinstance(item, Mention)]
        done, failed_too = sift(
            mentions,
            lambda part: self._enricher.enrich([item for _, item in part], keep_all=self._keep_unmatched),
        )
        enriched = {id(origin): result for (origin, _), result in done}
        for (origin, _), error in [*failed, *failed_too]:
            letters.append(self._parking.failed(error, origin))
        for origin, item in arrivals:
            record = enriched.get(id(origin)) if isinstance(item, Mention) else item
            if record is None:
                metrics.UNMATCHED.inc(id(origin) in enriched)
                continue
            line = encode(record)
            reason = too_large(line, self._limits)
            if reason is None:
                lines.setdefault(origin.message.partition, []).append(line)
            else:
                letters.append(self._parking.letter(reason, origin, kind="too_large"))

    def _pseudonymised(
        self, arrivals: Sequence[tuple[Origin, Mention | Retraction]]
    ) -> Sequence[Mention | Retraction]:
        return [
            self._pseudonymiser.mention(record)
            if isinstance(record, Mention)
            else self._pseudonymiser.retraction(record)
            for _, record in arrivals
        ]


class TallyStage:
    """enriched ──▶ tallies, by watch; marks to every partition."""

    def __init__(
        self, outlet: Outlet, settings: Settings, *, partitions: int, clock: Callable[[], datetime]
    ) -> None:
        self._outlet = outlet
        self._partitions = partitions
        self._limits = Limits(settings.message_mentions, settings.max_message_bytes)
        self._clock = clock
        self._parking = Parking("tally", settings.max_message_bytes, clock)

    async def take(self, messages: Sequence[Message]) -> None:
        now = self._clock()
        letters: list[DeadLetter] = []
        marks: list[Mark] = []
        batch: list[tuple[Origin, Enriched]] = []
        for message in messages:
            for origin, record in read(message, now=now):
                match record:
                    case Enriched():
                        batch.append((origin, record))
                    case Gap() | Tick():
                        marks.append(record)
                    case Retraction():
                        pass
                    case Malformed(reason=reason):
                        letters.append(self._parking.letter(reason, origin))
                    case _:
                        letters.append(self._parking.misplaced(record, origin))
        lines: dict[int, list[bytes]] = {}
        for start in range(0, len(batch), TALLY_MENTIONS):
            self._tally(batch[start : start + TALLY_MENTIONS], lines, letters)
            await asyncio.sleep(0)
        await self._outlet.send(
            [
                Send(Topic.TALLIES, partition, value)
                for partition, held in lines.items()
                for value in packed(held, self._limits)
            ]
            + sends_of(letters),
            stage="tally",
        )
        told = b"\n".join(map(encode, latest(marks)))
        await self._outlet.send(
            [Send(Topic.TALLIES, partition, told) for partition in range(self._partitions) if told],
            stage="tally",
        )
        metrics.RECORDS.labels(stage="tally").inc(len(batch))

    def _tally(
        self,
        batch: Sequence[tuple[Origin, Enriched]],
        lines: dict[int, list[bytes]],
        letters: list[DeadLetter],
    ) -> None:
        def columns(part: Sequence[tuple[Origin, Enriched]]) -> Sequence[None]:
            tallies.extend(tally([enriched for _, enriched in part]))
            return [None] * len(part)

        tallies: list[Tally] = []
        _, failed = sift(batch, columns)
        letters.extend(self._parking.failed(error, origin) for (origin, _), error in failed)
        for each in tallies:
            lines.setdefault(partition_of(each.watch, self._partitions), []).extend(
                _within(each, self._limits)
            )


def _within(each: Tally, limits: Limits) -> list[bytes]:
    """The tally in as many lines as it takes to keep each within a message."""
    line = encode(each)
    if len(line) <= limits.message_bytes or len(each.ids) == 1:
        return [line]
    half = len(each.ids) // 2
    return [
        part
        for piece in (slice(None, half), slice(half, None))
        for part in _within(
            Tally(
                watch=each.watch,
                ids=each.ids[piece],
                counted_ms=each.counted_ms[piece],
                versions_ms=each.versions_ms[piece],
                flags=each.flags[piece],
                authors=each.authors[piece],
                langs=each.langs[piece],
                signatures=each.signatures[piece],
                urgent=each.urgent[piece],
                words=each.words[piece],
            ),
            limits,
        )
    ]
