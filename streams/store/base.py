"""The seam between the steps and ClickHouse: one protocol, two implementations, one SQL dialect.

`embedded.EmbeddedStore` runs ClickHouse inside this process (chDB), `clickhouse.ServerStore` talks to
a server. Every write may be repeated: a repeat changes no view. A method raises `errors.StoreError`
and nothing else when the store is at fault; whether to try again is the caller's decision
(`StoreError.retryable`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from connectors.mention import Gap, Retraction
from streams.records import (
    DeadLetter,
    Decision,
    DetectorState,
    Enriched,
    Expectation,
    Incident,
    Mark,
    Notification,
    Planned,
    ShadowIncident,
)
from streams.store.migrate import Migration

DEFAULT_FORMAT: Final = "PrettyCompact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store already has of one mention id.

    `counted_at`, `stored_at` and `late` are those of the first time it was seen and stay through every
    edit, and so does its author once one was named. `retracted` ids stay out whatever comes; one that was
    retracted before it was ever seen has `version_ms` 0 and the retraction's time in both times. Of a
    `textless` one there is nothing but `Trace`s.
    """

    version_ms: int
    counted_at: datetime
    stored_at: datetime
    late: bool = False
    retracted: bool = False
    textless: bool = False
    author_id: str | None = None
    author_handle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """That a state of a mention was seen, and where it counts: no text, no author, in no view.

    Of an edit that matches no watch: an older state that matches is outdated when it comes. Without a
    `version_ms` the mention is gone for good, whatever comes.
    """

    id: str
    version_ms: int | None
    counted_at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMention:
    """The little of a stored mention that one watch's tally needs.

    `urgent`, `vip` and `misinformation` are as that watch sees them; `words` are read from its text.
    """

    id: str
    counted_at: datetime
    version_ms: int
    late: bool
    drill: bool
    platform: str
    kind: str
    lang: str
    sentiment: str | None
    misinformation: bool
    urgent: tuple[str, ...]
    vip: bool
    author: str | None
    narrative: str
    signature: tuple[int, ...]
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """What one query of a person may cost; beyond it the query fails and nothing else is disturbed."""

    seconds: int = 60
    memory_bytes: int = 2 << 30
    rows: int = 10_000_000
    result_bytes: int = 1 << 30


class Store(Protocol):
    """See the module. `url` is without its password."""

    @property
    def url(self) -> str: ...

    def migrate(self, *, dry_run: bool = False) -> list[Migration]:
        """Bring the schema up to date; returns what was applied, or with `dry_run` what would be.

        Raises:
            MigrationChanged: an applied migration differs from the one shipped.
            SchemaOutdated: a newer Vigie wrote this store.
        """
        ...

    def check_schema(self) -> None:
        """Raises SchemaOutdated where `migrate` has something to do or a newer Vigie wrote this store."""
        ...

    def check_writable(self) -> None:
        """Raises StoreDenied where we may only read. Nothing is written."""
        ...

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """What the store has of these ids; an id it never heard of is absent."""
        ...

    def retracted_accounts(self, authors: Sequence[str]) -> set[str]:
        """Which of these pseudonyms (of an account's id or handle) belong to a retracted account."""
        ...

    def insert_mentions(self, rows: Sequence[Enriched], known: Mapping[str, Known]) -> None:
        """Store what is new or newer than `known`, which is `self.known` of these ids.

        A known id keeps its first `counted_at`, `late` and `stored_at`. What was retracted, by id or by
        account, stays out, also where `known` does not say so.
        """
        ...

    def insert_traces(self, traces: Sequence[Trace], known: Mapping[str, Known]) -> None:
        """Remember states of which nothing else is kept; `known` as for `insert_mentions`."""
        ...

    def retract(self, retractions: Sequence[Retraction]) -> None:
        """Remove posts and accounts, for good: before or after the mention, and after a replay of it."""
        ...

    def insert_incidents(self, incidents: Sequence[Incident]) -> None: ...

    def insert_shadows(self, shadows: Sequence[ShadowIncident]) -> None:
        """Apart from incidents: no count, board or message of those has one of these."""
        ...

    def insert_marks(self, marks: Sequence[Mark]) -> None:
        """Marks are added and never changed; of one incident the newest counts."""
        ...

    def insert_decisions(self, decisions: Sequence[Decision]) -> None: ...

    def insert_expectations(self, expectations: Sequence[Expectation]) -> None: ...

    def insert_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """The same bytes from the same place are one letter, at the first time they were parked."""
        ...

    def insert_gaps(self, gaps: Sequence[Gap]) -> None:
        """Of gaps of one connector and platform that begin together the longest stands."""
        ...

    def insert_notifications(self, notifications: Sequence[Notification]) -> None: ...

    def save_states(self, states: Sequence[DetectorState]) -> None: ...

    def states(self, watches: Sequence[str]) -> dict[str, DetectorState]:
        """The newest state of each of these watches that has one."""
        ...

    def open_incidents(self) -> list[Incident]:
        """The newest state of each incident that is not resolved, oldest first."""
        ...

    def incidents(
        self,
        *,
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Incident]:
        """The newest state of each incident (of these ids; opened in [since, until)), oldest first."""
        ...

    def incident_history(self, incident: str) -> list[Incident]:
        """Every state of one incident, in the order in which they happened."""
        ...

    def recent(self, watch: str, since: datetime, until: datetime) -> Iterator[StoredMention]:
        """What matched a watch and counts in [since, until), by time and id, drills and late ones too."""
        ...

    def volumes(
        self, watch: str, since: datetime, until: datetime, step_s: int
    ) -> list[tuple[datetime, int]]:
        """Mentions a step in [since, until), steps aligned to the Unix epoch; empty steps are absent.

        Without late mentions and, unless the store is a demo's own, without drills: what detection saw.
        """
        ...

    def set_calendar(self, events: Sequence[Planned]) -> None:
        """What is planned, as the configuration in force has it; the calendar set before it is history."""
        ...

    def set_setting(self, key: str, value: str) -> None:
        """Remember a fact about this store. Never a secret: `select` can read it."""
        ...

    def get_setting(self, key: str) -> str | None: ...

    def select(
        self,
        sql: str,
        *,
        format: str = DEFAULT_FORMAT,  # noqa: A002
        params: Mapping[str, object] | None = None,
    ) -> bytes:
        """Answer a person's query in any ClickHouse output format; a FORMAT in the query wins.

        Reads alone, guarded and limited, beside the writes: see `guard`.

        Raises:
            QueryRefused: it does more than read the store.
            QueryFailed: ClickHouse says no.
        """
        ...

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Run one of our own queries; `{name:Type}` placeholders. Not guarded: never a person's text."""
        ...

    def close(self) -> None: ...
