"""What Faust passes over after a rebalance is read all the same, and in its place."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from faust.transport import consumer as faust_consumer

from streams.app import _take_whole
from streams.deadletter import Message
from streams.settings import Settings
from streams.snapshots import TopicReader


class Partition(NamedTuple):
    topic: str
    partition: int


# Its own arithmetic, on a book of ours.
_FAUST: Any = faust_consumer
P, Q = Partition("enriched", 0), Partition("enriched", 1)


class Log(TopicReader):
    """The topic as it stands; what retention took away begins at `first`."""

    def __init__(self, first: int = 0) -> None:
        super().__init__(Settings())
        self._first = first

    async def messages_of(
        self, name: str, partition: int, *, from_offset: int | None, until_offset: int | None
    ) -> AsyncIterator[Message]:
        for offset in range(max(self._first, from_offset or 0), until_offset or 0):
            yield Message(name, partition, offset, b"missed")


class Consumer:
    def __init__(self, **committed: int) -> None:
        self._committed_offset = {Partition("enriched", int(name[1:])): at for name, at in committed.items()}
        self.gaps: list[tuple[Partition, int, int]] = []

    async def _add_gap(self, tp: Partition, first: int, last: int) -> None:
        self.gaps.append((tp, first, last))


def event(tp: Partition, offset: int) -> Any:
    return SimpleNamespace(
        message=SimpleNamespace(
            tp=tp, topic=tp.topic, partition=tp.partition, offset=offset, value=b"given", timestamp=0.0
        )
    )


@pytest.mark.parametrize(
    ("committed", "done", "offsets", "wanted", "gaps"),
    [
        ({}, {}, [0, 1], [0, 1], []),
        ({}, {}, [2, 3], [0, 1, 2, 3], []),
        ({}, {P: 1}, [3], [1, 2, 3], [(P, 1, 2)]),
        ({"p0": 7}, {P: 3}, [7, 8], [7, 8], []),
        ({"p0": 7}, {}, [9], [7, 8, 9], [(P, 7, 8)]),
        ({"p0": 7}, {P: 9}, [7, 8, 9], [7, 8, 9], []),
        ({"p0": 2}, {}, [2, 5], [2, 3, 4, 5], [(P, 3, 4)]),
    ],
    ids=["all", "first ones", "since the last", "another went on", "since the commit", "a repeat", "between"],
)
def test_no_message_is_left_out(
    committed: dict[str, int], done: dict[Any, int], offsets: list[int], wanted: list[int], gaps: list[Any]
) -> None:
    taken: list[Message] = []

    async def take(messages: Sequence[Message]) -> None:
        taken.extend(messages)

    consumer = Consumer(**committed)
    events = [event(P, offset) for offset in offsets]
    asyncio.run(_take_whole(consumer, [*events, event(Q, 0)], dict(done), take, Log()))
    assert [message.offset for message in taken if message.partition == 0] == wanted
    assert consumer.gaps == gaps


class Book:
    """What Faust keeps of a partition to know how far it may commit."""

    def __init__(self) -> None:
        self._acked: defaultdict[Partition, list[int]] = defaultdict(list)
        self._acked_index: defaultdict[Partition, set[int]] = defaultdict(set)
        self._gap: defaultdict[Partition, Any] = defaultdict(_FAUST.IntervalTree)
        self._committed_offset: defaultdict[Partition, int | None] = defaultdict(lambda: None)

    async def _add_gap(self, tp: Partition, first: int, last: int) -> None:
        await _FAUST.Consumer._add_gap(self, tp, first, last)

    def commit(self) -> int | None:
        """As Faust's own commit does: what is acknowledged without a hole is committed and forgotten."""
        offset: int | None = _FAUST.Consumer._new_offset(self, P)
        if offset is not None:
            self._committed_offset[P] = offset
        return offset


@pytest.mark.parametrize("commits_between", [True, False])
def test_faust_commits_on_behind_a_hole_that_came_before_its_first_commit(commits_between: bool) -> None:
    book, done = Book(), dict[Any, int]()

    async def take(messages: Sequence[Message]) -> None:
        """Nothing is done with them here."""

    async def play() -> None:
        await _take_whole(book, [event(P, 0)], done, take, Log())
        book._acked[P].append(0)
        await _take_whole(book, [event(P, 3)], done, take, Log())
        if commits_between:
            book.commit()
        book._acked[P].append(3)

    asyncio.run(play())
    assert book.commit() == 4


def test_what_retention_took_away_is_not_waited_for() -> None:
    taken: list[Message] = []

    async def take(messages: Sequence[Message]) -> None:
        taken.extend(messages)

    asyncio.run(_take_whole(Consumer(p0=2), [event(P, 50)], {}, take, Log(first=49)))
    assert [message.offset for message in taken] == [49, 50]
