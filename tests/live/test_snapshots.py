"""Snapshots on a real compacted topic: whole ones, of one moment, whatever was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from streams.outlet import KafkaOutlet, Outlet, Send
from streams.records import DetectorState
from streams.settings import Settings
from streams.snapshots import Snapshot, Snapshots, TopicReader
from streams.topics import Topic

pytestmark = pytest.mark.live

WATCHES = ("flood", "school")


def snapshot(generation: int, partition: int = 1, partitions: int = 4) -> Snapshot:
    at = datetime(2026, 3, 1, generation, tzinfo=UTC)
    return Snapshot(
        partition=partition,
        partitions=partitions,
        generation=generation,
        replay_offset=10 * generation,
        next_offset=10 * generation + 5,
        progress={"begun": True, "decided_until_s": generation},
        states={
            watch: DetectorState(watch=watch, decided_until=at, state={"version": generation})
            for watch in WATCHES
        },
    )


class CutOff:
    """Sends so many records in all, and then the process is no more."""

    def __init__(self, outlet: Outlet, records: int) -> None:
        self._outlet = outlet
        self._left = records

    async def send(self, sends: Sequence[Send], *, stage: str) -> None:
        await self._outlet.send(sends[: self._left], stage=stage)
        self._left -= len(sends)
        if self._left < 0:
            raise asyncio.CancelledError


def with_outlet(settings: Settings, work: Callable[[KafkaOutlet], Awaitable[Any]]) -> Any:
    async def running() -> Any:
        outlet = KafkaOutlet(settings)
        try:
            return await work(outlet)
        finally:
            await outlet.close()

    return asyncio.run(running())


def test_nothing_saved_is_the_beginning(ready: Settings) -> None:
    loaded = with_outlet(ready, lambda outlet: Snapshots(TopicReader(ready), outlet).load(1, 4, WATCHES))
    assert loaded == Snapshot(partition=1, partitions=4)


def test_the_newest_is_loaded_and_others_are_left_alone(ready: Settings) -> None:
    async def saved(outlet: KafkaOutlet) -> Snapshot:
        snapshots = Snapshots(TopicReader(ready), outlet)
        for generation in (1, 2, 3):
            assert await snapshots.save(snapshot(generation))
        assert await snapshots.save(Snapshot(partition=2, partitions=4, generation=9))
        return await Snapshots(TopicReader(ready), outlet).load(1, 4, (*WATCHES, "new"))

    assert with_outlet(ready, saved) == snapshot(3)


@pytest.mark.parametrize("records", [0, 1, 2])
def test_one_that_was_cut_off_is_as_if_it_had_never_begun(ready: Settings, records: int) -> None:
    async def cut_off(outlet: KafkaOutlet) -> tuple[Snapshot, Snapshot]:
        reader = TopicReader(ready)
        for generation in (1, 2):
            await Snapshots(reader, outlet).save(snapshot(generation))
        with pytest.raises(asyncio.CancelledError):
            await Snapshots(reader, CutOff(outlet, records)).save(snapshot(3))
        after = await Snapshots(reader, outlet).load(1, 4, WATCHES)
        # Whoever takes over writes its own third generation over what was left of the other's.
        await Snapshots(reader, outlet).save(snapshot(3))
        return after, await Snapshots(reader, outlet).load(1, 4, WATCHES)

    assert with_outlet(ready, cut_off) == (snapshot(2), snapshot(3))


def test_a_watch_that_moved_brings_its_state_along(ready: Settings) -> None:
    async def moved(outlet: KafkaOutlet) -> Snapshot:
        snapshots = Snapshots(TopicReader(ready), outlet)
        await snapshots.save(snapshot(7))
        return await snapshots.load(0, 5, ("school",))

    loaded = with_outlet(ready, moved)
    assert loaded == Snapshot(partition=0, partitions=5, states={"school": snapshot(7).states["school"]})


def test_a_part_of_a_topic_is_read_again(ready: Settings) -> None:
    async def read(outlet: KafkaOutlet) -> list[tuple[int, bytes | None]]:
        for number in range(5):
            await outlet.send([Send(Topic.TALLIES, 2, b"%d" % number)], stage="tally")
        reader = TopicReader(ready)
        messages = reader.messages(Topic.TALLIES, 2, from_offset=1, until_offset=4)
        return [(message.offset, message.value) async for message in messages]

    assert with_outlet(ready, read) == [(1, b"1"), (2, b"2"), (3, b"3")]
