"""Mentions in the store: what it knows of an id, what of a batch goes in, what a watch reads back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from models.text import normalise
from models.word_numbers import word_numbers
from streams.records import Enriched
from streams.store import rows
from streams.store.base import Known, StoredMention, Trace
from streams.store.engine import Engine, put
from streams.store.newest import newest_of
from streams.store.retractions import retracted
from streams.store.statements import listed, statement

_PAGE: Final = 20_000


def known(engine: Engine, ids: Sequence[str]) -> dict[str, Known]:
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
        ) in engine.rows(statement("known"), {"ids": listed(ids)})
    }
    for mention, at in retracted(engine, "mention", ids).items():
        first = found.get(mention)
        found[mention] = Known(
            version_ms=0 if first is None else first.version_ms,
            counted_at=at if first is None else first.counted_at,
            stored_at=at if first is None else first.stored_at,
            late=first is not None and first.late,
            retracted=True,
        )
    return found


def insert(engine: Engine, batch: Sequence[Enriched], known: Mapping[str, Known], now: datetime) -> None:
    """The newest version of each id that is news to the store, without what was retracted."""
    gone = retracted(engine, "mention", [row.mention.id for row in batch if row.mention.id not in known])
    accounts = retracted(engine, "account", list({name for row in batch for name in _names(row)}))
    newest, firsts = newest_of(batch, known, now)
    keep = list(newest)
    if gone or accounts:
        keep = [
            mention
            for mention, row in newest.items()
            if mention not in gone and accounts.keys().isdisjoint(_names(row))
        ]
    put(
        engine,
        "mentions_raw",
        rows.mentions([newest[mention] for mention in keep], [firsts[mention] for mention in keep]),
    )


def _names(row: Enriched) -> list[str]:
    """The pseudonyms of whoever wrote it."""
    return [name for name in (row.mention.author_id, row.mention.author_handle) if name is not None]


def insert_traces(engine: Engine, traces: Sequence[Trace], known: Mapping[str, Known], now: datetime) -> None:
    put(
        engine,
        "mentions_raw",
        rows.traces(
            traces, [now if (it := known.get(trace.id)) is None else it.stored_at for trace in traces]
        ),
    )


def recent(engine: Engine, watch: str, since: datetime, until: datetime) -> Iterator[StoredMention]:
    """Page by page, so that a busy watch's day is never in memory whole."""
    after_ms, after_id = rows.FIRST_MS, ""
    window = {"watch": watch, "since_ms": rows.unix_ms(since), "until_ms": rows.unix_ms(until)}
    while True:
        page = engine.rows(
            statement("recent"), window | {"after_ms": after_ms, "after_id": after_id, "page": _PAGE}
        )
        yield from map(_stored_mention, page)
        if len(page) < _PAGE:
            return
        after_id, after_ms = page[-1][0], page[-1][1]


def volumes(
    engine: Engine, watch: str, since: datetime, until: datetime, step_s: int
) -> list[tuple[datetime, int]]:
    found = engine.rows(
        statement("volumes"),
        {
            "watch": watch,
            "since_ms": rows.unix_ms(since),
            "until_ms": rows.unix_ms(until),
            "step_ms": step_s * 1000,
        },
    )
    return [(rows.from_unix_ms(at_ms), count) for at_ms, count in found]


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
