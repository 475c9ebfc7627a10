"""Micro-batches: what a connection sends within a moment travels together, and silence is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from connectors.errors import ConnectorError

T = TypeVar("T")

MOST: Final = 500
WITHIN_S: Final = 0.25


async def batches(
    receive: Callable[[], Awaitable[T]], *, silence_s: float, most: int = MOST, within_s: float = WITHIN_S
) -> AsyncIterator[list[T]]:
    """Lists of what `receive` gives, in order; an empty list after `silence_s` without anything.

    `receive` must survive being cancelled while it waits, and raise only `ConnectorError`. What was
    received before an error is given out first, then the error is raised.
    """
    while True:
        batch: list[T] = []
        failure: ConnectorError | None = None
        try:
            async with asyncio.timeout(silence_s):
                batch.append(await receive())
        except TimeoutError:
            yield batch
            continue
        try:
            async with asyncio.timeout(within_s):
                while len(batch) < most:
                    batch.append(await receive())
        except TimeoutError:
            pass
        except ConnectorError as error:
            failure = error
        yield batch
        if failure is not None:
            raise failure
