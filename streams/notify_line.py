"""One channel at work: what is due is decided, handed over, and recorded before the next.

So a kill between an answer and its record repeats at most one message a channel, under the same key, and
loses none. A digest is one message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from streams import metrics
from streams.background import LookUp
from streams.desk import Desk
from streams.notifiers.base import (
    Background,
    Clock,
    Delivered,
    Digest,
    GiveUp,
    Kind,
    Message,
    Notifier,
    Outcome,
    Retry,
    gravest_first,
)
from streams.notifiers.config import AlertmanagerChannel, AnyChannel
from streams.notifiers.matter import known_as
from streams.notifiers.policy import (
    DELIVERED,
    DIGESTED,
    FAILED,
    HELD,
    HELD_FOR,
    LASTING,
    RETRIED,
    SKIPPED,
    SKIPPED_FOR,
    Past,
    Plan,
    Verdict,
    lasting_at,
    plan,
)
from streams.notifiers.retry import RetryPolicy
from streams.outbox import Outbox
from streams.records import Incident, Notification

log = logging.getLogger(__name__)

LOOK_UP_S: Final = 6.0
"""How long a message waits for its chart and posts: the store may be away, and people wait."""
_HARD_LIMIT: Final = 8
"""A delivery may take so many times the channel's limit, which is that of one step on the wire."""


@dataclass(slots=True, kw_only=True)
class Line:
    """`retry_at` is of this process alone: after a restart it is tried at once."""

    name: str
    desk: Desk
    notifier: Notifier
    outbox: Outbox
    clock: Clock
    look_up: LookUp
    look_ups: Executor
    policy: RetryPolicy
    draw: Callable[[], float]
    retry_at: dict[str, datetime] = field(default_factory=dict)

    @property
    def channel(self) -> AnyChannel:
        return self.desk.channels[self.name]

    async def tell(self, stop: asyncio.Event) -> int:
        """Tell all that is to be told now; returns how many messages were handed over or refused.

        Once `stop` is set no further message is begun: somebody else may be telling already.
        """
        sent = 0
        for_digest: list[Plan] = []
        for id_, states in sorted(self.outbox.incidents().items(), key=lambda item: item[1][0].opened_at):
            if self.name not in self.desk.routes.get(states[0].watch, ()):
                continue
            while not stop.is_set() and (found := await self._decide(id_, states)) is not None:
                if found.verdict is Verdict.DIGEST:
                    for_digest.append(found)
                    break
                sent += 1
                if not await self._deliver(found.incident):
                    break
            if stop.is_set():
                return sent
            sent += await self._say_it_lasts(id_, states)
        if for_digest:
            await self._deliver_digest(for_digest)
            sent += 1
        return sent

    def _past(self, incident: str) -> Past:
        return Past.of(self.outbox.notifications(self.name, incident))

    def _told(self) -> Iterator[Sequence[Incident]]:
        """The states of every incident that this channel was told of."""
        for id_, states in self.outbox.incidents().items():
            if self._past(id_).told_at is not None:
                yield states

    async def _decide(self, id_: str, states: Sequence[Incident]) -> Plan | None:
        """Record what is left out or held back; return what is to be sent now, if anything."""
        past = self._past(id_)
        if all(state.revision in past.final for state in states):
            return None
        now = self.clock()
        plans = plan(
            states,
            past,
            self.channel,
            now=now,
            zone=self.desk.zone,
            retry_at=self.retry_at.get(id_),
            known_as=known_as(states, self._told()),
        )
        notes = []
        for each in plans:
            revision, reason = each.incident.revision, f"{each.verdict}: {each.reason}"
            if each.verdict in SKIPPED_FOR:
                notes.append(self._note(each.incident, now, SKIPPED, reason))
            elif each.verdict is Verdict.GIVEN_UP:
                log.error("channel %s: %s revision %d is given up: %s", self.name, id_, revision, each.reason)
                attempts = past.failures[revision].attempts
                notes.append(self._note(each.incident, now, FAILED, reason, attempts))
            elif each.verdict in HELD_FOR and revision not in past.held:
                notes.append(self._note(each.incident, now, HELD, reason))
        if notes:
            await self._record(notes)
        last = plans[-1] if plans else None
        return last if last is not None and last.verdict in {Verdict.DELIVER, Verdict.DIGEST} else None

    async def _deliver(self, incident: Incident) -> bool:
        """True where the channel has it; False where it will be tried again or never taken."""
        past = self._past(incident.id)
        message = await self._message(incident, Kind(incident.event), first=not past.told)
        outcome = await self._hand_over(message)
        await self._settle([incident], outcome, DELIVERED)
        # Refused for good: what comes after it is judged by itself.
        return not isinstance(outcome, Retry)

    async def _deliver_digest(self, plans: Sequence[Plan]) -> None:
        messages = [
            await self._message(
                each.incident, Kind(each.incident.event), first=not self._past(each.incident.id).told
            )
            for each in plans
        ]
        ended_at = max(each.until for each in plans if each.until is not None)
        quiet = self.channel.quiet_hours
        since_at = min(each.incident.updated_at for each in plans)
        if quiet is not None:
            since_at = quiet.began_before(since_at, self.desk.zone)
        digest = Digest(
            key=f"{self.name}-digest-{ended_at:%Y%m%dT%H%MZ}",
            channel=self.name,
            language=messages[0].language,
            zone=self.desk.zone,
            at=self.clock(),
            since_at=since_at,
            messages=gravest_first(messages),
        )
        outcome = await self._hand_over(digest)
        await self._settle([each.incident for each in plans], outcome, DIGESTED)

    async def _say_it_lasts(self, id_: str, states: Sequence[Incident]) -> int:
        channel = self.channel
        if not isinstance(channel, AlertmanagerChannel):
            return 0
        past, now = self._past(id_), self.clock()
        due = lasting_at(states, past, channel.resend_every)
        if due is None or now < due:
            return 0
        newest = states[-1]
        message = await self._message(newest, Kind.LASTING, first=False)
        outcome = await self._hand_over(message)
        match outcome:
            case Delivered(said):
                word = DELIVERED
            case Retry(said):
                word = RETRIED
            case GiveUp(said):
                word = FAILED
        note = self._note(newest, self.clock(), word, said, past.lasting + 1, event=LASTING)
        await self._record([note])
        return 1

    async def _message(self, incident: Incident, kind: Kind, *, first: bool) -> Message:
        background = Background()
        if kind is not Kind.LASTING:
            try:
                async with asyncio.timeout(LOOK_UP_S):
                    background = await asyncio.get_running_loop().run_in_executor(
                        self.look_ups, self.look_up, incident, self.channel.include_text
                    )
            except Exception as error:
                # A message without its chart is better than none.
                log.warning("no chart and no posts for %s: %s", incident.id, type(error).__name__)
        return self.desk.message(
            self.name, incident, kind=kind, at=self.clock(), first=first, background=background
        )

    async def _hand_over(self, message: Message | Digest) -> Outcome:
        limit_s = _HARD_LIMIT * self.channel.timeout.total_seconds()
        try:
            async with asyncio.timeout(limit_s):
                return await self.notifier.deliver(message)
        except TimeoutError:
            return Retry(f"no end after {limit_s:g} s")
        except Exception as error:
            # A fault of ours must not silence the channel. Its text may hold a secret: the class will do.
            log.error("channel %s: the notifier failed: %s", self.name, type(error).__name__)
            return Retry(f"{type(error).__name__} in the notifier")

    async def _settle(self, incidents: Sequence[Incident], outcome: Outcome, word: str) -> None:
        now = self.clock()
        notes = []
        for incident in incidents:
            failure = self._past(incident.id).failures.get(incident.revision)
            attempt = 1 if failure is None else failure.attempts + 1
            self.retry_at.pop(incident.id, None)
            match outcome:
                case Delivered(said):
                    notes.append(self._note(incident, now, word, said, attempt))
                case GiveUp(reason):
                    log.error(
                        "channel %s refuses %s revision %d: %s",
                        self.name,
                        incident.id,
                        incident.revision,
                        reason,
                    )
                    notes.append(self._note(incident, now, FAILED, reason, attempt))
                case Retry(reason, after_s):
                    wait_s = self.policy.wait_s(attempt, self.draw(), after_s)
                    self.retry_at[incident.id] = now + timedelta(seconds=wait_s)
                    log.warning(
                        "channel %s, %s revision %d, attempt %d: %s; again in %.0f s",
                        self.name,
                        incident.id,
                        incident.revision,
                        attempt,
                        reason,
                        wait_s,
                    )
                    notes.append(self._note(incident, now, RETRIED, reason, attempt))
        await self._record(notes)

    async def _record(self, notes: Sequence[Notification]) -> None:
        for note in notes:
            metrics.NOTIFICATIONS.labels(channel=note.channel, outcome=note.outcome).inc()
        await self.outbox.record(notes)

    def _note(
        self,
        incident: Incident,
        at: datetime,
        outcome: str,
        detail: str,
        attempt: int = 1,
        *,
        event: str = "",
    ) -> Notification:
        return Notification(
            incident=incident.id,
            channel=self.name,
            event=event or str(incident.event),
            revision=incident.revision,
            at=at,
            outcome=outcome,
            detail=detail,
            attempt=attempt,
        )
