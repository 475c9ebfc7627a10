"""The agents' way out: values to topics, acknowledged by the broker before the call returns."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
)

from streams import metrics
from streams.broker import async_producer, started
from streams.settings import Settings
from streams.topics import STATE_BYTES, Topic, name_of

log = logging.getLogger(__name__)

WAITS_S: Final = (0.2, 0.5, 1, 2, 5)


class Send(NamedTuple):
    topic: Topic
    partition: int
    value: bytes
    key: bytes | None = None


class HopelessError(Exception):
    """Neither parking nor waiting helps; the process has to end and begin from its last commit."""


class Outlet(Protocol):
    async def send(self, sends: Sequence[Send], *, stage: str) -> None:
        """Returns when all are acknowledged; what failed in between was sent again, all of it.

        Raises:
            HopelessError: the broker will never take it.
        """
        ...


class KafkaOutlet:
    """aiokafka's producer used directly: half the cost of `topic.send`, and its futures are ours."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: Any = None
        self._starting = asyncio.Lock()

    async def send(self, sends: Sequence[Send], *, stage: str) -> None:
        attempt = 0
        while sends and (failed := await self._attempt(sends)) is not None:
            if isinstance(
                failed,
                MessageSizeTooLargeError | TopicAuthorizationFailedError | ClusterAuthorizationFailedError,
            ):
                raise HopelessError(f"the broker does not take what {stage} sends: {failed}")
            metrics.RETRIES.labels(stage=stage).inc()
            wait_s = WAITS_S[min(attempt, len(WAITS_S) - 1)]
            attempt += 1
            log.warning("%s: not acknowledged (%s), again in %.1f s", stage, type(failed).__name__, wait_s)
            await asyncio.sleep(wait_s)

    async def _attempt(self, sends: Sequence[Send]) -> BaseException | None:
        producer = await self._started()
        pending: list[asyncio.Future[Any]] = []
        failed: BaseException | None = None
        try:
            for each in sends:
                topic = name_of(each.topic, self._settings)
                pending.append(
                    await producer.send(topic, value=each.value, key=each.key, partition=each.partition)
                )
        except KafkaError as error:
            failed = error
        # All of them come to an end before anything is sent again: order within a partition stays.
        ended = await asyncio.gather(*pending, return_exceptions=True)
        return failed or next((end for end in ended if isinstance(end, BaseException)), None)

    async def _started(self) -> Any:
        async with self._starting:
            if self._producer is None:
                self._producer = await started(async_producer(self._settings, max_request_bytes=STATE_BYTES))
        return self._producer

    async def close(self) -> None:
        if self._producer is not None:
            await self._producer.stop()
