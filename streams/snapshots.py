"""How a detector outlives its process: snapshots on a compacted topic, and reading parts of topics again.

A snapshot is one record a watch and then one that names them, its contents page. A kill between the
two must not mix old and new, and compaction keeps only the newest record of a key: so generations
take turns between two keys a watch, and what the last contents page names stays untouched until the
next one is written.
"""

from __future__ import annotations

import logging
import uuid
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.mention_line import LineError
from streams.broker import client_options
from streams.codec import decode, encode
from streams.deadletter import Message
from streams.outlet import HopelessError, Outlet, Send
from streams.records import DetectorState
from streams.settings import Settings
from streams.topics import STATE_BYTES, Topic, name_of

log = logging.getLogger(__name__)

STAGE: Final = "detect"
FETCH_BYTES: Final = 16_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Detectors of one tallies partition as they stood when `next_offset` was the next to be read.

    What counts in undecided steps is not in it: that comes again by reading from `replay_offset` on.
    """

    partition: int
    partitions: int
    generation: int = 0
    replay_offset: int = 0
    next_offset: int = 0
    progress: Mapping[str, Any] | None = None
    states: Mapping[str, DetectorState] = field(default_factory=dict)


class TopicReader:
    """Reads again what a topic holds, beside the consumer group and without touching its offsets."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def messages(
        self, topic: Topic, partition: int, *, from_offset: int | None = None, until_offset: int | None = None
    ) -> AsyncIterator[Message]:
        """Messages in [from, until), as far as they are still there; None: from the first, to the last."""
        async for message in self.messages_of(
            name_of(topic, self._settings), partition, from_offset=from_offset, until_offset=until_offset
        ):
            yield message

    async def messages_of(
        self, name: str, partition: int, *, from_offset: int | None, until_offset: int | None
    ) -> AsyncIterator[Message]:
        """The same, of a topic by its whole name."""
        tp = TopicPartition(name, partition)
        async with self._consumer() as consumer:
            consumer.assign([tp])
            first = (await consumer.beginning_offsets([tp]))[tp]
            last = (await consumer.end_offsets([tp]))[tp]
            until = last if until_offset is None else min(until_offset, last)
            consumer.seek(tp, max(first, from_offset or 0))
            while await consumer.position(tp) < until:
                for records in (await consumer.getmany(tp, timeout_ms=500)).values():
                    for record in records:
                        if record.offset >= until:
                            return
                        yield Message(name, partition, record.offset, record.value, record.timestamp / 1000)

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[Any]:
        consumer = AIOKafkaConsumer(
            **client_options(self._settings),
            client_id="vigie-reader",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
        )
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()


class Snapshots:
    """Saves and loads snapshots."""

    def __init__(self, reader: TopicReader, outlet: Outlet) -> None:
        self._reader = reader
        self._outlet = outlet
        self._writer = uuid.uuid4().hex

    async def save(self, snapshot: Snapshot) -> bool:
        """True once the broker has all of it; False where it is too large to be kept."""
        slot = snapshot.generation % 2
        stamp = {"generation": snapshot.generation, "writer": self._writer}
        sends = [
            _send(_state_key(watch, slot), stamp | {"state": encode(state).decode()})
            for watch, state in snapshot.states.items()
        ]
        contents = stamp | {
            "partition": snapshot.partition,
            "partitions": snapshot.partitions,
            "replay_offset": snapshot.replay_offset,
            "next_offset": snapshot.next_offset,
            "progress": snapshot.progress,
            "watches": sorted(snapshot.states),
        }
        large = [send for send in sends if len(send.value) > STATE_BYTES - 1_000]
        if large:
            # The last snapshot stands: a rebuild takes longer, and nothing is lost.
            log.error("a snapshot of %d bytes is too large to be kept", max(len(s.value) for s in large))
            return False
        await self._outlet.send(sends, stage=STAGE)
        await self._outlet.send(
            [_send(_contents_key(snapshot.partition, snapshot.partitions), contents)], stage=STAGE
        )
        return True

    async def load(self, partition: int, partitions: int, watches: Iterable[str]) -> Snapshot:
        """The newest snapshot; one of generation 0 where there is none.

        A watch that another partition had before, as when partitions were added, brings its state
        along; what it had not decided yet is then not read again.
        """
        newest: dict[str, Mapping[str, Any]] = {}
        async for message in self._reader.messages(Topic.DETECTOR_STATE, 0):
            # The key is in the record, since a reader that only has values is simpler.
            if message.value is not None:
                record = _unpacked(message.value)
                newest[record["key"]] = record
        contents = newest.get(_contents_key(partition, partitions))
        states: dict[str, DetectorState] = {}
        for watch in watches:
            found = [
                state
                for page in ([contents] if contents and watch in contents["watches"] else _pages(newest))
                if (state := _state(newest, page, watch)) is not None
            ]
            if found:
                states[watch] = max(found, key=lambda state: state.decided_until)
        if contents is None or not states.keys() >= set(contents["watches"]) & set(watches):
            # Nothing, or a state that the contents page names is not the one it means.
            return Snapshot(partition=partition, partitions=partitions, states=states)
        return Snapshot(
            partition=partition,
            partitions=partitions,
            generation=contents["generation"],
            replay_offset=contents["replay_offset"],
            next_offset=contents["next_offset"],
            progress=contents["progress"],
            states=states,
        )


def _state_key(watch: str, slot: int) -> str:
    return f"{watch}/{slot}"


def _contents_key(partition: int, partitions: int) -> str:
    return f"partition {partition} of {partitions}"


def _pages(newest: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [record for record in newest.values() if "watches" in record]


def _state(
    newest: Mapping[str, Mapping[str, Any]], page: Mapping[str, Any], watch: str
) -> DetectorState | None:
    """The state that a contents page means; None where it is not there, or is another's."""
    if watch not in page["watches"]:
        return None
    record = newest.get(_state_key(watch, page["generation"] % 2))
    if record is None or (record["generation"], record["writer"]) != (page["generation"], page["writer"]):
        return None
    try:
        state = decode(record["state"].encode(), now=datetime.now(UTC))
    except LineError as error:
        raise HopelessError(f"the state of {watch} cannot be read: {error}") from None
    assert isinstance(state, DetectorState)
    return state


def _send(key: str, record: Mapping[str, Any]) -> Send:
    value = zlib.compress(orjson.dumps({"key": key, **record}), 1)
    return Send(Topic.DETECTOR_STATE, 0, value, key.encode())


def _unpacked(value: bytes) -> Mapping[str, Any]:
    record: Mapping[str, Any] = orjson.loads(zlib.decompress(value))
    return record
