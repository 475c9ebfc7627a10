"""Listening without end: the one place that retries, waits, and admits what was not heard.

`listen` turns any connector into pages that never stop; `run` delivers them and saves the cursor
after each delivery, never before. Stop either by cancelling its task.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from connectors.backoff import delay_s
from connectors.base import Clock, Connector, Named, Polled, SystemClock
from connectors.cursor import CursorStore
from connectors.errors import ConnectorError, ServerTrouble, Unreachable
from connectors.mention import Gap, Page
from connectors.meter import Meter

log = logging.getLogger(__name__)

Deliver = Callable[[Named, Page], Awaitable[None]]

# An outage is told within a minute, whatever the connection attempts take, and then again and again:
# once a minute at first, later each time a quarter of its length has passed, at least once an hour.
FIRST_TOLD_S: Final = 30.0
TOLD_EVERY_S: Final = 60.0
TOLD_AT_LEAST_EVERY_S: Final = 3600.0
# A connection that lived this long was a success: the next failure is the first of its row again.
STEADY_S: Final = 10.0


async def run(
    connector: Connector,
    cursors: CursorStore,
    deliver: Deliver,
    *,
    clock: Clock | None = None,
    meter: Meter | None = None,
) -> None:
    """Listen until cancelled. `deliver` returns once the page is stored or acknowledged by the broker."""
    cursor = cursors.load(connector.name)
    async with aclosing(listen(connector, cursor, clock=clock, meter=meter)) as pages:
        async for page in pages:
            await deliver(connector, page)
            if page.cursor is not None:
                cursors.save(connector.name, page.cursor)


async def listen(
    connector: Connector, cursor: str | None, *, clock: Clock | None = None, meter: Meter | None = None
) -> AsyncGenerator[Page, None]:
    """Pages after `cursor`, for ever. Asking for the next one says that the last one was delivered.

    While a connector fails, pages with a `Gap` come: the first within a minute, from the last page that
    spoke for a time, then others, each from where the one before ended. They have neither cursor nor
    `covers`.
    """
    clock = clock or SystemClock()
    meter = meter or Meter()
    loop = asyncio.get_running_loop()
    failures: Counter[type[ConnectorError]] = Counter()
    outage = _Outage(connector)
    while True:
        heard_s: float | None = None
        try:
            async with aclosing(_pages(connector, cursor, clock)) as pages:
                async for heard in pages:
                    now = clock.now()
                    heard_s = loop.time() if heard_s is None else heard_s
                    page = _with_gap(heard, outage.over(now))
                    meter.connected, meter.failures = True, 0
                    meter.page(page, now)
                    if page.cursor is not None:
                        cursor = page.cursor
                    if page.covers is not None:
                        outage.heard(now)
                    yield replace(page, measurements=meter.numbers(now))
        except ConnectorError as error:
            failure = error
        except Exception as error:  # a fault of ours in one connector must not silence the others
            failure = ServerTrouble(f"unexpected {type(error).__name__} {_where(error)}")
        steady = heard_s is not None and loop.time() - heard_s >= STEADY_S
        if steady:
            failures.clear()
        # Each class of failure has its own row: a first 429 after five resets is still a first.
        failures[type(failure)] += 1
        outage.begins(clock.now(), str(failure))
        meter.connected, meter.failures = False, failures.total()
        meter.reconnected()
        wait_s = delay_s(failure, failures[type(failure)])
        log.warning("%s: %s; again in %.0f s", connector.name, failure, wait_s)
        until_s = loop.time() + wait_s
        while (left_s := until_s - loop.time()) > 0:
            now = clock.now()
            if (gap := outage.to_tell(now)) is not None:
                page = Page(items=(gap,))
                meter.page(page, now)
                yield replace(page, measurements=meter.numbers(now))
            await clock.sleep(min(left_s, outage.next_told_in_s(now)))


async def _pages(connector: Connector, cursor: str | None, clock: Clock) -> AsyncGenerator[Page, None]:
    """One connection of a stream, or a poll after the other."""
    if isinstance(connector, Polled):
        while True:
            page = await connector.fetch(cursor)
            yield page
            cursor = page.cursor if page.cursor is not None else cursor
            await clock.sleep(page.next_after_s)
    async with aclosing(connector.stream(cursor)) as pages:
        async for page in pages:
            yield page
    raise Unreachable(f"{connector.name}: the stream ended")


def _with_gap(page: Page, gap: Gap | None) -> Page:
    return page if gap is None else replace(page, items=(gap, *page.items))


def _where(error: BaseException) -> str:
    """File and line without any value: posts and tokens do not belong into logs."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


class _Outage:
    """How long a connector has been cut off, and what of that was told."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._heard: datetime | None = None
        self._since: datetime | None = None
        self._told_until: datetime | None = None
        self._reason = ""

    def heard(self, now: datetime) -> None:
        """Up to here nothing was missed: what breaks later is cut off from here, whenever it is noticed."""
        self._heard = now

    def begins(self, now: datetime, reason: str) -> None:
        self._reason = reason
        if self._since is None:
            self._since = now

    def next_told_in_s(self, now: datetime) -> float:
        assert self._since is not None
        if self._told_until is None:
            due = self._since + timedelta(seconds=FIRST_TOLD_S)
        else:
            lasted_s = (self._told_until - self._since).total_seconds()
            every_s = min(max(lasted_s / 4, TOLD_EVERY_S), TOLD_AT_LEAST_EVERY_S)
            due = self._told_until + timedelta(seconds=every_s)
        return max(0.001, (due - now).total_seconds())

    def to_tell(self, now: datetime) -> Gap | None:
        """The next piece of the outage, where its time has come."""
        if self.next_told_in_s(now) > 0.001:
            return None
        return self._piece(now)

    def over(self, now: datetime) -> Gap | None:
        """The last piece, where the outage had been told of at all."""
        gap = self._piece(now) if self._told_until is not None and now > self._told_until else None
        self._since = self._told_until = None
        return gap

    def _piece(self, now: datetime) -> Gap:
        assert self._since is not None
        gap = Gap(
            connector=self._connector.name,
            platform=self._connector.platform,
            from_at=self._told_until or min(self._heard or self._since, self._since),
            until_at=now,
            reason=f"cut off: {self._reason}",
        )
        self._told_until = now
        return gap
