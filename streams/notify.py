"""The notify step: incidents in, messages out, and what became of each of them on record.

`streams.notifiers.policy` decides, a notifier hands over, `streams.notifiers.retry` says when to try
again; in `streams.notify_line` they meet. Each channel works by itself and hands over one message at a time.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from streams.background import LookUp, no_background
from streams.desk import Desk
from streams.notifiers.base import Clock, Notifier, utc_now
from streams.notifiers.policy import SKIPPED
from streams.notifiers.retry import PATIENT, RetryPolicy
from streams.notify_line import Line
from streams.outbox import Outbox
from streams.records import Incident, Notification

log = logging.getLogger(__name__)

POLL_S: Final = 1.0
REFRESH_S: Final = 15.0


class Switchboard:
    """Every channel of a desk. `tell` does what is due now, `run` goes on until it is stopped.

    `clock` is wall time where people are told as it happens, and the data's time in a replay.
    """

    def __init__(
        self,
        outbox: Outbox,
        desk: Desk,
        notifiers: Mapping[str, Notifier],
        *,
        clock: Clock = utc_now,
        look_up: LookUp = no_background,
        policy: RetryPolicy = PATIENT,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        # A store answers one question at a time, and one that hangs may hold no more than this.
        self._look_ups = ThreadPoolExecutor(1, thread_name_prefix="look-up")
        self._lines = [
            Line(
                name=name,
                desk=desk,
                notifier=notifiers[name],
                outbox=outbox,
                clock=clock,
                look_up=look_up,
                look_ups=self._look_ups,
                policy=policy,
                draw=draw,
            )
            for name in desk.channels
        ]

    async def tell(self) -> int:
        """Tell what is due now on every channel, once; returns how many messages were attempted.

        What failed and may be tried again waits for a later call.
        """
        await self._outbox.refresh(self._clock())
        return sum(await asyncio.gather(*(line.tell(asyncio.Event()) for line in self._lines)))

    async def run(self, stop: asyncio.Event, *, poll_s: float = POLL_S, refresh_s: float = REFRESH_S) -> None:
        """Tell what falls due until `stop` is set; a message under way is finished and recorded."""
        await self._outbox.refresh(self._clock())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._refresh(stop, refresh_s))
            for line in self._lines:
                tasks.create_task(_attend(line, stop, poll_s))

    async def _refresh(self, stop: asyncio.Event, every_s: float) -> None:
        while not await _stopped(stop, every_s):
            await self._outbox.refresh(self._clock())

    async def close(self) -> None:
        """A question to the store that is under way is waited for: the store may be closed next."""
        for line in self._lines:
            await line.notifier.close()
        await asyncio.to_thread(self._look_ups.shutdown, cancel_futures=True)


async def _attend(line: Line, stop: asyncio.Event, poll_s: float) -> None:
    while True:
        try:
            await line.tell(stop)
        except Exception:
            # One channel's fault must not silence the others; and it is tried again, loudly.
            log.exception("channel %s cannot be served", line.name)
        if await _stopped(stop, poll_s):
            return


async def _stopped(stop: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await stop.wait()
    except TimeoutError:
        return False
    return True


def unannounced(
    desk: Desk, incidents: Sequence[Incident], *, at: datetime, reason: str
) -> list[Notification]:
    """Records that say that nobody is told of these: what a replay without `--notify` writes.

    Without them, a live process on the same store would take the incidents of the replay for untold.
    """
    return [
        Notification(
            incident=incident.id,
            channel=channel,
            event=str(incident.event),
            revision=incident.revision,
            at=at,
            outcome=SKIPPED,
            detail=reason,
        )
        for incident in incidents
        for channel in desk.routes.get(incident.watch, ())
    ]
