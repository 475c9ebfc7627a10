"""Detect as it stands behind the tallies topic: one `Detection` for every partition that is ours.

What a partition's detectors know is a function of that partition's log alone, read in order, each
message once. So whoever takes a partition over, from a snapshot and the messages after it, decides
the same; and deciding twice gives the same incidents under the same ids.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from connectors.mention import Gap, Malformed, Tick
from streams import metrics
from streams.codec import encode
from streams.deadletter import Message, Origin, Parking, read, sends_of
from streams.detect import Detection
from streams.lookout import Outcome
from streams.outlet import Outlet, Send
from streams.packing import Limits, packed
from streams.records import (
    STEP_S,
    DeadLetter,
    Decision,
    Expectation,
    Flag,
    Incident,
    ShadowIncident,
    Tally,
)
from streams.settings import Settings
from streams.snapshots import Snapshot, Snapshots, TopicReader
from streams.topics import Topic, partition_of
from streams.watches import Watches

log = logging.getLogger(__name__)


class Post:
    """The detectors of one partition, and how much of its log they have seen."""

    def __init__(self, snapshot: Snapshot, detection: Detection, parking: Parking) -> None:
        self.detection = detection
        self.next_offset = snapshot.replay_offset
        self._marks_from = snapshot.next_offset
        self._snapshot = snapshot
        self._parking = parking
        self._undecided: deque[tuple[int, int]] = deque()
        self._saved_until_s = detection.decided_until_s

    def apply(self, message: Message, now: datetime) -> tuple[list[Outcome], list[DeadLetter]]:
        """Take the next message of the log; decide what its ticks allow."""
        letters: list[DeadLetter] = []
        last_s = 0
        told = False
        for origin, record in read(message, now=now):
            match record:
                case Tally():
                    last_s = max(last_s, self._add(origin, record, letters))
                case Gap() | Tick() if message.offset < self._marks_from:
                    # The snapshot has it already; an old gap told again would silence a source.
                    pass
                case Gap():
                    self.detection.gap(record)
                    told = True
                case Tick():
                    self.detection.tick(record)
                    told = True
                case Malformed(reason=reason):
                    letters.append(self._parking.letter(reason, origin))
                case _:
                    letters.append(self._parking.misplaced(record, origin))
        self.next_offset = message.offset + 1
        if last_s:
            self._undecided.append((message.offset, last_s))
        outcomes = self.detection.decide() if told else []
        while self._undecided and self._undecided[0][1] < self.detection.decided_until_s:
            self._undecided.popleft()
        return outcomes, letters

    def _add(self, origin: Origin, tally: Tally, letters: list[DeadLetter]) -> int:
        """Start of the latest step that the tally counts in; 0 where all of it is late."""
        try:
            self.detection.add(tally)
            return max(
                (
                    counted_ms // 1000 // STEP_S * STEP_S
                    for counted_ms, flags in zip(tally.counted_ms, tally.flags, strict=True)
                    if not flags & Flag.LATE
                ),
                default=0,
            )
        except Exception as error:  # columns of different lengths, or worse: park it, count the others
            letters.append(self._parking.failed(error, origin))
            return 0

    def snapshot(self) -> Snapshot | None:
        """What there is to save; None where nothing was decided since the last time."""
        if self.detection.decided_until_s <= self._saved_until_s:
            return None
        return Snapshot(
            partition=self._snapshot.partition,
            partitions=self._snapshot.partitions,
            generation=self._snapshot.generation + 1,
            replay_offset=self._undecided[0][0] if self._undecided else self.next_offset,
            next_offset=self.next_offset,
            progress=self.detection.progress(),
            states={state.watch: state for state in self.detection.snapshot()},
        )

    def saved(self, snapshot: Snapshot) -> None:
        """Its generation is the one to go on from."""
        self._snapshot = snapshot
        self._saved_until_s = self.detection.decided_until_s


class DetectStage:
    """tallies ──▶ incidents."""

    def __init__(
        self,
        watches: Watches,
        models: str,
        outlet: Outlet,
        snapshots: Snapshots,
        reader: TopicReader,
        settings: Settings,
        *,
        partitions: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._watches = watches
        self._models = models
        self._outlet = outlet
        self._snapshots = snapshots
        self._reader = reader
        self._limits = Limits(settings.message_mentions, settings.max_message_bytes)
        self._checkpoint_s = settings.checkpoint_s
        self._partitions = partitions
        self._clock = clock
        self._parking = Parking("detect", settings.max_message_bytes, clock)
        self._posts: dict[int, Post] = {}
        self._ours: set[int] = set()
        self._saved_at = time.monotonic()

    def keep(self, partitions: Iterable[int]) -> None:
        """These partitions are ours now: what is held of others is forgotten."""
        ours = set(partitions)
        for partition in ours - self._ours:
            metrics.WARMING_UP.labels(partition=str(partition)).set(0)
            metrics.DECIDED_UNTIL.labels(partition=str(partition)).set(0)
        for partition in self._ours - ours:
            self._posts.pop(partition, None)
            # Whoever has it now shows how far it is: a number that stands still would raise an alarm.
            metrics.WARMING_UP.remove(str(partition))
            metrics.DECIDED_UNTIL.remove(str(partition))
        self._ours = ours

    async def take(self, messages: Sequence[Message]) -> None:
        for message in messages:
            post = self._posts.get(message.partition)
            if post is None:
                post = await self._rebuilt(message.partition, message.offset)
                self._posts[message.partition] = post
            if message.offset > post.next_offset:
                # Somebody else had the partition in between, and committed.
                await self._catch_up(post, message.partition, message.offset)
            if message.offset >= post.next_offset:
                await self._publish(*post.apply(message, self._clock()))
            metrics.DECIDED_UNTIL.labels(partition=str(message.partition)).set(post.detection.decided_until_s)
        metrics.RECORDS.labels(stage="detect").inc(len(messages))
        if time.monotonic() - self._saved_at >= self._checkpoint_s:
            await self.save()

    async def save(self) -> None:
        """Snapshot whatever was decided since the last time."""
        self._saved_at = time.monotonic()
        for post in list(self._posts.values()):
            snapshot = post.snapshot()
            if snapshot is not None and await self._snapshots.save(snapshot):
                post.saved(snapshot)

    async def _rebuilt(self, partition: int, until_offset: int) -> Post:
        began = time.monotonic()
        warming_up = metrics.WARMING_UP.labels(partition=str(partition))
        warming_up.set(1)
        names = [
            watch.name
            for watch in self._watches.watches
            if partition_of(watch.name, self._partitions) == partition
        ]
        snapshot = await self._snapshots.load(partition, self._partitions, names)
        detection = Detection(
            self._watches,
            models=self._models,
            states=snapshot.states,
            names=names,
            progress=snapshot.progress,
        )
        post = Post(snapshot, detection, self._parking)
        log.info(
            "warming up: partition %d from generation %d, offset %d to %d",
            partition, snapshot.generation, snapshot.replay_offset, until_offset,
        )  # fmt: skip
        await self._catch_up(post, partition, max(until_offset, snapshot.next_offset))
        warming_up.set(0)
        took_s = time.monotonic() - began
        metrics.WARM_UP_SECONDS.observe(took_s)
        log.info("ready: partition %d after %.2f s", partition, took_s)
        return post

    async def _catch_up(self, post: Post, partition: int, until_offset: int) -> None:
        async for message in self._reader.messages(
            Topic.TALLIES, partition, from_offset=post.next_offset, until_offset=until_offset
        ):
            await self._publish(*post.apply(message, self._clock()))
        # What retention took away is not there to be read.
        post.next_offset = max(post.next_offset, until_offset)

    async def _publish(self, outcomes: Sequence[Outcome], letters: Sequence[DeadLetter]) -> None:
        lines: dict[str, list[bytes]] = {}
        for outcome in outcomes:
            records: Sequence[Incident | Decision | Expectation | ShadowIncident] = [
                *outcome.incidents,
                *outcome.decisions,
                *outcome.expectations,
                *outcome.shadows,
            ]
            for record in records:
                lines.setdefault(record.watch, []).append(encode(record))
        await self._outlet.send(
            [
                Send(Topic.INCIDENTS, 0, value, watch.encode())
                for watch, held in lines.items()
                for value in packed(held, self._limits)
            ]
            + sends_of(letters),
            stage="detect",
        )
        now = self._clock()
        for outcome in outcomes:
            for incident in outcome.incidents:
                metrics.INCIDENTS.labels(watch=incident.watch, event=incident.event).inc()
                metrics.MENTION_TO_INCIDENT.observe((now - incident.updated_at).total_seconds())
