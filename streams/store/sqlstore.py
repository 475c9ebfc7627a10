"""The one implementation of `base.Store` in SQL, over either engine; its statements are `queries/*.sql`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import orjson

from connectors.mention import Gap, Retraction
from models.text import normalise
from models.word_numbers import word_numbers
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
from streams.store import rows
from streams.store.base import DEFAULT_FORMAT, Known, StoredMention, Trace
from streams.store.engine import Engine, Params
from streams.store.errors import QueryRefused, SchemaOutdated
from streams.store.migrate import APPLIED_TABLE, Migration, pending, refuse_pending, shipped
from streams.store.newest import newest_of
from streams.store.statements import statement

R = TypeVar("R")

_PAGE: Final = 20_000
_FIRST_MS: Final = rows.unix_ms(datetime(1900, 1, 1, tzinfo=UTC))
_LAST_MS: Final = rows.unix_ms(datetime(2299, 1, 1, tzinfo=UTC))
_FORMAT = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
# Where a row's own text lives as long as the retention says; the rest is numbers and ids.
_EXPIRING: Final = ("mentions_raw", "dead_letters_raw")
_RETENTION: Final = "retention_days"


class SqlStore:
    """See `base.Store`. Owns its engine."""

    def __init__(
        self, engine: Engine, *, clock: Callable[[], datetime], retention_days: int | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._retention_days = retention_days
        if retention_days is not None and not self._pending():
            self._apply_retention()

    @property
    def url(self) -> str:
        return self._engine.url

    # Schema

    def migrate(self, *, dry_run: bool = False) -> list[Migration]:
        todo = self._pending()
        if dry_run:
            return todo
        self._engine.run(APPLIED_TABLE)
        for migration in todo:
            for sql in migration.statements:
                self._engine.run(sql)
            self._engine.insert(
                "schema_migrations", {"name": [migration.name], "checksum": [migration.checksum]}
            )
        self._apply_retention()
        return todo

    def check_schema(self) -> None:
        refuse_pending(self._pending(), self.url)

    def check_writable(self) -> None:
        self._engine.run(statement("writable"))

    def _pending(self) -> list[Migration]:
        exists = self._engine.rows("EXISTS TABLE schema_migrations")[0][0]
        applied = dict(self._engine.rows(statement("applied"))) if exists else {}
        return pending(shipped(), applied)

    def _apply_retention(self) -> None:
        """A change rewrites what is stored, in the background."""
        days = self._retention_days
        if days is None or self.get_setting(_RETENTION) == str(days):
            return
        for table in _EXPIRING:
            change = f"MODIFY TTL stored_at + toIntervalDay({days:d})" if days else "REMOVE TTL"
            self._engine.run(f"ALTER TABLE {table} {change}")
        self.set_setting(_RETENTION, str(days))

    # Mentions

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        if not ids:
            return {}
        found = {
            mention: Known(
                version_ms=version,
                counted_at=rows.from_unix_ms(counted_ms),
                stored_at=rows.from_unix_ms(stored_s * 1000),
                late=bool(late),
                retracted=bool(gone),
                textless=bool(textless),
                author_id=author or None,
                author_handle=handle or None,
            )
            for (
                mention,
                version,
                counted_ms,
                stored_s,
                late,
                gone,
                textless,
                author,
                handle,
            ) in self._engine.rows(statement("known"), {"ids": _list(ids)})
        }
        for mention, at in self._retracted("mention", ids).items():
            first = found.get(mention)
            found[mention] = Known(
                version_ms=0 if first is None else first.version_ms,
                counted_at=at if first is None else first.counted_at,
                stored_at=at if first is None else first.stored_at,
                late=first is not None and first.late,
                retracted=True,
            )
        return found

    def retracted_accounts(self, authors: Sequence[str]) -> set[str]:
        return set(self._retracted("account", authors))

    def _retracted(self, scope: str, subjects: Sequence[str]) -> dict[str, datetime]:
        if not subjects or (scope,) not in self._engine.rows(statement("retraction_scopes")):
            return {}
        found = self._engine.rows(statement("retracted"), {"scope": scope, "subjects": _list(subjects)})
        return {subject: rows.from_unix_ms(at_ms) for subject, at_ms in found}

    def insert_mentions(self, batch: Sequence[Enriched], known: Mapping[str, Known]) -> None:
        gone = self._retracted("mention", [row.mention.id for row in batch if row.mention.id not in known])
        accounts = self.retracted_accounts(
            list({name for row in batch for name in _names(row.mention.author_id, row.mention.author_handle)})
        )
        newest, firsts = newest_of(batch, known, self._clock())
        keep = list(newest)
        if gone or accounts:
            keep = [
                mention
                for mention, row in newest.items()
                if mention not in gone
                and not accounts.intersection(_names(row.mention.author_id, row.mention.author_handle))
            ]
        self._insert(
            "mentions_raw",
            rows.mentions([newest[mention] for mention in keep], [firsts[mention] for mention in keep]),
        )

    def insert_traces(self, traces: Sequence[Trace], known: Mapping[str, Known]) -> None:
        now = self._clock()
        self._insert(
            "mentions_raw",
            rows.traces(
                traces, [now if (it := known.get(trace.id)) is None else it.stored_at for trace in traces]
            ),
        )

    def retract(self, retractions: Sequence[Retraction]) -> None:
        """The word is written before the tombstones: cut off between the two, every view is right."""
        posts = {word.mention_id: word for word in retractions if word.mention_id is not None}
        accounts = {
            word.author_id: word
            for word in retractions
            if word.mention_id is None and word.author_id is not None
        }
        if not posts and not accounts:
            return
        self._insert("retractions_raw", rows.retractions("mention", posts))
        self._insert("retractions_raw", rows.retractions("account", accounts))
        self._engine.run(statement("bury"), {"ids": _list([*posts]), "accounts": _list([*accounts])})

    def recent(self, watch: str, since: datetime, until: datetime) -> Iterator[StoredMention]:
        after_ms, after_id = _FIRST_MS, ""
        window = {"watch": watch, "since_ms": rows.unix_ms(since), "until_ms": rows.unix_ms(until)}
        while True:
            page = self._engine.rows(
                statement("recent"), window | {"after_ms": after_ms, "after_id": after_id, "page": _PAGE}
            )
            yield from map(_stored_mention, page)
            if len(page) < _PAGE:
                return
            after_id, after_ms = page[-1][0], page[-1][1]

    def volumes(
        self, watch: str, since: datetime, until: datetime, step_s: int
    ) -> list[tuple[datetime, int]]:
        found = self._engine.rows(
            statement("volumes"),
            {
                "watch": watch,
                "since_ms": rows.unix_ms(since),
                "until_ms": rows.unix_ms(until),
                "step_ms": step_s * 1000,
            },
        )
        return [(rows.from_unix_ms(at_ms), count) for at_ms, count in found]

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
        found = self._engine.rows(statement("states"), {"watches": _list(watches)})
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
                "ids": _list(ids or ()),
                "since_ms": _FIRST_MS if since is None else rows.unix_ms(since),
                "until_ms": _LAST_MS if until is None else rows.unix_ms(until),
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
        self._insert("store_settings", {"key": [key], "value": [value]})

    def get_setting(self, key: str) -> str | None:
        found = self._engine.rows(statement("setting"), {"key": key})
        return str(found[0][0]) if found else None

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
        if next(iter(columns.values())):
            self._engine.insert(table, columns)

    def _decoded(self, record: str, kind: type[R]) -> R:
        value = codec.decode(record.encode("utf-8"), now=self._clock())
        if not isinstance(value, kind):
            raise SchemaOutdated(f"a stored {kind.__name__} reads as {type(value).__name__}")
        return value


def _list(values: Sequence[str]) -> str:
    """As one JSON text: a parameter of thousands of values as an array costs ClickHouse twice the time."""
    return orjson.dumps(list(values)).decode("utf-8")


def _names(*names: str | None) -> list[str]:
    return [name for name in names if name is not None]


def _stored_mention(row: tuple[Any, ...]) -> StoredMention:
    return StoredMention(
        id=row[0],
        counted_at=rows.from_unix_ms(row[1]),
        version_ms=row[2],
        late=bool(row[3]),
        drill=bool(row[4]),
        platform=row[5],
        kind=row[6],
        lang=row[7],
        sentiment=row[8],
        misinformation=bool(row[9]),
        urgent=tuple(row[10]),
        vip=bool(row[11]),
        author=row[12] or None,
        narrative=row[13],
        signature=tuple(row[14]),
        words=word_numbers(normalise(row[15])),
    )
