"""The one implementation of `base.Store` in SQL, over either engine; its statements are `queries/*.sql`.

Most of it is one statement a method; what takes more stands in `schema`, `mentions` and `retractions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from connectors.mention import Gap, Retraction
from streams import codec
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
from streams.store import mentions, rows, schema, store_settings
from streams.store.base import DEFAULT_FORMAT, Known, StoredMention, Trace
from streams.store.engine import Engine, Params, put
from streams.store.errors import QueryRefused, SchemaOutdated
from streams.store.migrate import Migration, refuse_pending
from streams.store.retractions import retract, retracted
from streams.store.statements import listed, statement

R = TypeVar("R")

_FORMAT = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")


class SqlStore:
    """See `base.Store`. Owns its engine."""

    def __init__(
        self, engine: Engine, *, clock: Callable[[], datetime], retention_days: int | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._retention_days = retention_days
        if retention_days is not None and not schema.lacking(engine):
            schema.keep_for(engine, retention_days)

    @property
    def url(self) -> str:
        return self._engine.url

    # Schema

    def migrate(self, *, dry_run: bool = False) -> list[Migration]:
        todo = schema.lacking(self._engine)
        if dry_run:
            return todo
        schema.apply(self._engine, todo)
        if self._retention_days is not None:
            schema.keep_for(self._engine, self._retention_days)
        return todo

    def check_schema(self) -> None:
        refuse_pending(schema.lacking(self._engine), self.url)

    def check_writable(self) -> None:
        self._engine.run(statement("writable"))

    # Mentions

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        return mentions.known(self._engine, ids)

    def retracted_accounts(self, authors: Sequence[str]) -> set[str]:
        return set(retracted(self._engine, "account", authors))

    def insert_mentions(self, batch: Sequence[Enriched], known: Mapping[str, Known]) -> None:
        mentions.insert(self._engine, batch, known, self._clock())

    def insert_traces(self, traces: Sequence[Trace], known: Mapping[str, Known]) -> None:
        mentions.insert_traces(self._engine, traces, known, self._clock())

    def retract(self, retractions: Sequence[Retraction]) -> None:
        retract(self._engine, retractions)

    def recent(self, watch: str, since: datetime, until: datetime) -> Iterator[StoredMention]:
        return mentions.recent(self._engine, watch, since, until)

    def volumes(
        self, watch: str, since: datetime, until: datetime, step_s: int
    ) -> list[tuple[datetime, int]]:
        return mentions.volumes(self._engine, watch, since, until, step_s)

    # Detection

    def insert_incidents(self, incidents: Sequence[Incident]) -> None:
        self._insert("incidents_raw", rows.incidents(incidents))

    def insert_shadows(self, shadows: Sequence[ShadowIncident]) -> None:
        self._insert("shadow_incidents_raw", rows.shadows(shadows))

    def insert_marks(self, marks: Sequence[Mark]) -> None:
        self._insert("incident_marks_raw", rows.marks(marks))

    def insert_decisions(self, decisions: Sequence[Decision]) -> None:
        self._insert("decisions_raw", rows.decisions(decisions))

    def insert_expectations(self, expectations: Sequence[Expectation]) -> None:
        self._insert("expectations_raw", rows.expectations(expectations))

    def save_states(self, states: Sequence[DetectorState]) -> None:
        self._insert("detector_states_raw", rows.states(states))

    def states(self, watches: Sequence[str]) -> dict[str, DetectorState]:
        found = self._engine.rows(statement("states"), {"watches": listed(watches)})
        states = (self._decoded(record, DetectorState) for (record,) in found)
        return {state.watch: state for state in states}

    def open_incidents(self) -> list[Incident]:
        return self._incidents(open_only=True)

    def incidents(
        self,
        *,
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Incident]:
        return self._incidents(ids=ids, since=since, until=until)

    def _incidents(
        self,
        *,
        ids: Sequence[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        open_only: bool = False,
    ) -> list[Incident]:
        found = self._engine.rows(
            statement("incidents"),
            {
                "all": int(ids is None),
                "ids": listed(ids or ()),
                "since_ms": rows.FIRST_MS if since is None else rows.unix_ms(since),
                "until_ms": rows.LAST_MS if until is None else rows.unix_ms(until),
                "open": int(open_only),
            },
        )
        return [self._decoded(record, Incident) for (record,) in found]

    def incident_history(self, incident: str) -> list[Incident]:
        found = self._engine.rows(statement("incident_history"), {"id": incident})
        return [self._decoded(record, Incident) for (record,) in found]

    # Operations

    def insert_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        self._insert("dead_letters_raw", rows.dead_letters(letters, self._clock()))

    def insert_gaps(self, gaps: Sequence[Gap]) -> None:
        self._insert("gaps_raw", rows.gaps(gaps))

    def insert_notifications(self, notifications: Sequence[Notification]) -> None:
        self._insert("notifications_raw", rows.notifications(notifications))

    def set_calendar(self, events: Sequence[Planned]) -> None:
        if self._calendar() != tuple(events):
            self._insert("calendars_raw", rows.calendar(events, self._clock()))

    def _calendar(self) -> tuple[Planned, ...]:
        found = self._engine.rows(statement("calendar"))
        return tuple(
            Planned(
                name=name,
                from_at=rows.from_unix_ms(from_ms),
                until_at=rows.from_unix_ms(until_ms),
                watches=tuple(watches),
                expect=expect,
            )
            for row in found
            for name, from_ms, until_ms, watches, expect in zip(*row, strict=True)
        )

    def set_setting(self, key: str, value: str) -> None:
        store_settings.set_setting(self._engine, key, value)

    def get_setting(self, key: str) -> str | None:
        return store_settings.get_setting(self._engine, key)

    # Questions

    def select(
        self,
        sql: str,
        *,
        format: str = DEFAULT_FORMAT,  # noqa: A002 - ClickHouse's own word
        params: Params | None = None,
    ) -> bytes:
        if _FORMAT.match(format) is None:
            raise QueryRefused(f"{format!r} is no ClickHouse output format")
        return self._engine.read(sql, format, params)

    def query(self, sql: str, params: Params | None = None) -> list[tuple[Any, ...]]:
        return self._engine.rows(sql, params)

    def close(self) -> None:
        self._engine.close()

    def _insert(self, table: str, columns: rows.Columns) -> None:
        put(self._engine, table, columns)

    def _decoded(self, record: str, kind: type[R]) -> R:
        value = codec.decode(record.encode("utf-8"), now=self._clock())
        if not isinstance(value, kind):
            raise SchemaOutdated(f"a stored {kind.__name__} reads as {type(value).__name__}")
        return value
