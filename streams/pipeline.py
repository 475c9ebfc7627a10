"""The steps composed in one process, batch by batch: no broker, the store in this process or beside it.

    arrivals ──▶ enrich ──▶ persist ──▶ tally ──▶ detect ──▶ incidents ──▶ store

The order makes a kill harmless at any point. Mentions are stored before they are decided upon;
incidents are stored before the detector's state; and deciding again from an older state gives the
same incidents under the same ids.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta

from connectors.mention import Gap, Malformed, Mention, Retraction, Tick
from connectors.mention_line import MAX_AHEAD
from streams.announce import Announcer
from streams.detect import Detection
from streams.enrich import Enricher
from streams.lookout import Outcome
from streams.persist import persist
from streams.records import DeadLetter, Enriched
from streams.settings import Settings
from streams.store.base import Store
from streams.tally import recalled, tally
from streams.watches import Watches

DEMO_SETTING = "demo"
RECALLED_AT_ONCE = 10_000
# What a first process may leave behind that ended before it decided anything.
FIRST_RECALLED = timedelta(hours=1)


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of what was read: `read` is the sum of the six that follow it."""

    read: int = 0
    stored: int = 0
    updated: int = 0
    duplicates: int = 0
    unmatched: int = 0
    retractions: int = 0
    dead_letters: int = 0
    incidents: int = 0
    late: int = 0

    def __iadd__(self, other: Counts) -> Counts:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What arrived together, in the order of its source. `origin` names the source of what is malformed."""

    mentions: Sequence[Mention] = ()
    retractions: Sequence[Retraction] = ()
    gaps: Sequence[Gap] = ()
    malformed: Sequence[tuple[str, Malformed]] = ()
    ticks: Sequence[Tick] = ()


@dataclass(slots=True)
class Pipeline:
    """One process's steps and its detection state, which begins where the store says it ended."""

    watches: Watches
    store: Store
    enricher: Enricher
    settings: Settings
    announcer: Announcer
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    detection: Detection = field(init=False)
    _opened_before: set[str] = field(init=False)
    _saved_at: float = field(init=False)

    def __post_init__(self) -> None:
        names = [watch.name for watch in self.watches.watches]
        self.detection = Detection(
            self.watches,
            models=self.enricher.models,
            states=self.store.states(names),
            count_drills=self.store.get_setting(DEMO_SETTING) == "1",
        )
        self._recall()
        self.store.set_calendar(self.watches.planned)
        self._opened_before = {incident.id for incident in self.store.incidents()}
        self._saved_at = time.monotonic()

    def feed(self, batch: Batch) -> Counts:
        """Take a batch through every step. What it returns is in the store when it returns."""
        return self.keep(batch, self.enrich(batch))

    def enrich(self, batch: Batch) -> list[Enriched | None]:
        """The step that asks neither the store nor what came before: it may be done ahead, in any thread."""
        return self.enricher.enrich(batch.mentions, keep_all=self.watches.keep_unmatched)

    def keep(self, batch: Batch, enriched: Sequence[Enriched | None]) -> Counts:
        """Take an enriched batch through the steps that remain, batches in their order."""
        counts = Counts(
            read=len(batch.mentions) + len(batch.retractions) + len(batch.malformed),
            retractions=len(batch.retractions),
            dead_letters=len(batch.malformed),
        )
        settled = persist(
            self.store,
            enriched,
            batch.retractions,
            decided_until_s=self.detection.decided_until_s,
            keep_unmatched=self.watches.keep_unmatched,
        )
        counts.stored, counts.updated = settled.stored, settled.updated
        counts.duplicates, counts.unmatched = settled.duplicates, settled.unmatched
        counts.late = settled.late
        self.store.insert_dead_letters(self._letters(batch.malformed))
        self.store.insert_gaps(batch.gaps)
        for each in tally(settled.settled):
            self.detection.add(each)
        for gap in batch.gaps:
            self.detection.gap(gap)
        for tick in batch.ticks:
            self.detection.tick(tick)
        counts.incidents = self._keep(self.detection.decide())
        if time.monotonic() - self._saved_at >= self.settings.checkpoint_s:
            self.checkpoint()
        return counts

    def _recall(self) -> None:
        """What an earlier process stored and had not yet decided is decided by this one."""
        now, decided_until_s = self.clock(), self.detection.decided_until_s
        since = datetime.fromtimestamp(decided_until_s, UTC) if decided_until_s else now - FIRST_RECALLED
        until = now + 2 * MAX_AHEAD
        for watch in self.watches.watches:
            stored = self.store.recent(watch.name, since, until)
            while page := list(itertools.islice(stored, RECALLED_AT_ONCE)):
                self.detection.recall(recalled(watch.name, page))

    def checkpoint(self) -> None:
        """Remember how far detection has come, so that the next process goes on from there."""
        self.store.save_states(self.detection.snapshot())
        self._saved_at = time.monotonic()

    def _letters(self, malformed: Sequence[tuple[str, Malformed]]) -> list[DeadLetter]:
        now = self.clock() if malformed else None
        return [
            DeadLetter(at=now, origin=origin, position=each.position, reason=each.reason, raw=each.raw)
            for origin, each in malformed
            if now is not None
        ]

    def _keep(self, outcomes: Sequence[Outcome]) -> int:
        """Store what was decided; returns how many incidents are new to the store."""
        incidents = [incident for outcome in outcomes for incident in outcome.incidents]
        self.store.insert_expectations([each for outcome in outcomes for each in outcome.expectations])
        self.store.insert_decisions([each for outcome in outcomes for each in outcome.decisions])
        self.store.insert_shadows([each for outcome in outcomes for each in outcome.shadows])
        self.store.insert_incidents(incidents)
        opened = {incident.id for incident in incidents} - self._opened_before
        self._opened_before |= opened
        self.announcer.announce(incidents)
        return len(opened)
