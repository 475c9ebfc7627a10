"""The way into Kafka: what passed the edge, acknowledged by the broker before it counts as read.

`Publisher` is the seam between whoever listens and whoever counts: this producer, or in one process
the pipeline itself (`Direct`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from kafka import KafkaProducer
from kafka.errors import KafkaError

from connectors.mention import Mention, Retraction
from streams import metrics
from streams.broker import client_options
from streams.codec import encode
from streams.packing import Limits, Mark, in_part, letter, packed, too_large
from streams.pipeline import Batch, Pipeline
from streams.settings import Settings
from streams.topics import Topic, name_of, partition_of

log = logging.getLogger(__name__)

BUFFER_S: Final = 30.0
"""How long the broker may take to acknowledge before everything of the batch is sent again."""

WAITS_S: Final = (0.5, 1, 2, 5, 10)


class Publisher(Protocol):
    def publish(self, batch: Batch) -> None:
        """Returns once the batch cannot be lost any more; it may be published again after a crash."""
        ...

    def close(self) -> None: ...


class Direct:
    """One process: the next step is a call."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def publish(self, batch: Batch) -> None:
        self._pipeline.feed(batch)

    def close(self) -> None:
        self._pipeline.checkpoint()


class KafkaPublisher:
    """Publishes batches in their order; while the broker is away `publish` does not return.

    That is the backpressure: whoever reads a platform waits with its next page, and its cursor stays.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        partitions: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._partitions = partitions
        self._limits = Limits(settings.message_mentions, settings.max_message_bytes)
        self._clock = clock
        self._sleep = sleep
        self._producer = _producer(settings)

    def publish(self, batch: Batch) -> None:
        """Publish the records, and behind them, once they are acknowledged, the marks.

        So no mark overtakes what it speaks of, in any partition, whatever is sent again.
        """
        records, letters = self._records(batch)
        self._send_until_acknowledged(records + letters)
        marks: list[Mark] = [*batch.gaps, *batch.ticks]
        self._send_until_acknowledged(
            [
                (Topic.MENTIONS, part, encode(in_part(mark, part, self._partitions)))
                for part in range(self._partitions)
                for mark in marks
            ]
        )
        metrics.PUBLISHED.inc(len(batch.mentions) + len(batch.retractions))

    def close(self) -> None:
        self._producer.close(timeout=5)

    def _records(self, batch: Batch) -> tuple[list[_Send], list[_Send]]:
        """(what goes to mentions, what goes to dead-letters)."""
        lines: dict[int, list[bytes]] = {}
        letters: list[_Send] = []

        def park(reason: str, raw: bytes, origin: str, position: str, kind: metrics.Parked) -> None:
            dead = letter(
                reason,
                raw,
                at=self._clock(),
                origin=origin,
                position=position,
                message_bytes=self._limits.message_bytes,
            )
            metrics.parked("ingest", kind)
            letters.append((Topic.DEAD_LETTERS, 0, encode(dead)))

        records: Sequence[Mention | Retraction] = [*batch.mentions, *batch.retractions]
        for record in records:
            line = encode(record)
            reason = too_large(line, self._limits)
            if reason is not None:
                park(reason, line, record.platform, _name(record), "too_large")
                continue
            for part in self._parts(record):
                lines.setdefault(part, []).append(line)
        for origin, malformed in batch.malformed:
            park(malformed.reason, malformed.raw, origin, malformed.position, "unreadable")
        values = [
            (Topic.MENTIONS, part, value)
            for part, held in sorted(lines.items())
            for value in packed(held, self._limits)
        ]
        return values, letters

    def _parts(self, record: Mention | Retraction) -> Sequence[int]:
        """A post goes where its id belongs, an account's retraction everywhere its posts may be."""
        id_ = record.id if isinstance(record, Mention) else record.mention_id
        return range(self._partitions) if id_ is None else (partition_of(id_, self._partitions),)

    def _send_until_acknowledged(self, sends: Sequence[_Send]) -> None:
        attempt = 0
        while sends and not self._acknowledged(sends):
            wait_s = WAITS_S[min(attempt, len(WAITS_S) - 1)]
            attempt += 1
            metrics.RETRIES.labels(stage="ingest").inc()
            log.warning("the broker did not acknowledge a batch: again in %.1f s", wait_s)
            self._sleep(wait_s)

    def _acknowledged(self, sends: Sequence[_Send]) -> bool:
        """Whether all of it was. A part that was and is sent again is a repeat, which changes nothing."""
        try:
            futures = [
                self._producer.send(name_of(topic, self._settings), value=value, partition=part)
                for topic, part, value in sends
            ]
            self._producer.flush(timeout=BUFFER_S)
            for future in futures:
                future.get(timeout=BUFFER_S)
        except KafkaError as error:
            log.warning("publishing: %s", type(error).__name__)
            self._renew()
            return False
        return True

    def _renew(self) -> None:
        """A producer with unacknowledged batches would send them later, behind what comes next."""
        self._producer.close(timeout=0)
        while True:
            try:
                self._producer = _producer(self._settings)
            except KafkaError as error:
                log.warning("the broker does not answer: %s", type(error).__name__)
                self._sleep(1.0)
            else:
                return


_Send = tuple[Topic, int, bytes]


def _name(record: Mention | Retraction) -> str:
    return record.native_id or record.author_id or ""


def _producer(settings: Settings) -> Any:
    return KafkaProducer(
        **client_options(settings),
        client_id="vigie-ingest",
        acks="all",
        enable_idempotence=True,
        # The one codec that every Kafka client can read without a further package.
        compression_type="gzip",
        batch_size=256 * 1024,
        linger_ms=5,
        delivery_timeout_ms=int(BUFFER_S * 1000),
        request_timeout_ms=10_000,
        max_block_ms=int(BUFFER_S * 1000),
        max_request_size=settings.max_message_bytes + 48_576,
    )
