"""Records to columns of the tables, the same for both implementations.

A batch is a dict of column name to list, all of one length. Times are whole numbers, as ClickHouse
keeps them: `Moments` are milliseconds for DateTime64(3), and a DateTime is seconds. An absent text is
the empty string.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

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
    Reason,
    ShadowIncident,
)
from streams.store.base import Trace

Columns = Mapping[str, Sequence[Any]]


class Moments(list[int | None]):
    """A DateTime64(3) column, in Unix milliseconds; marked, since JSON writes it in another way."""


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_SECOND: Final = timedelta(seconds=1)
_LARGEST: Final = 2**63 - 1


def unix_ms(when: datetime) -> int:
    """Rounded down, exactly: no float is on the way."""
    return (when - _EPOCH) // _MS


def unix_s(when: datetime) -> int:
    return (when - _EPOCH) // _SECOND


def from_unix_ms(value: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=value)


FIRST_MS: Final = unix_ms(datetime(1900, 1, 1, tzinfo=UTC))
LAST_MS: Final = unix_ms(datetime(2299, 1, 1, tzinfo=UTC))
"""Before and after whatever a DateTime64(3) of ours says."""


@dataclass(frozen=True, slots=True)
class First:
    """What an id keeps from the first time it was seen."""

    counted_at: datetime
    stored_at: datetime
    late: bool


def mentions(rows: Sequence[Enriched], firsts: Sequence[First]) -> Columns:
    """Of `mentions_raw`; `firsts` goes along with `rows`. Columns that say nothing are left out."""
    posts = [row.mention for row in rows]
    # In a recording all three times of a post are one.
    created_ms = [unix_ms(post.created_at) for post in posts]
    reactions = [post.engagement for post in posts]
    columns: dict[str, Sequence[Any]] = {
        "id": [post.id for post in posts],
        # An edit before 1970 is no newer than no edit.
        "version": [max(0, post.version_ms) for post in posts],
        "stored_at": [unix_s(first.stored_at) for first in firsts],
        "counted_at": Moments(
            [
                ms if first.counted_at is post.created_at else unix_ms(first.counted_at)
                for first, post, ms in zip(firsts, posts, created_ms, strict=True)
            ]
        ),
        "late": [first.late for first in firsts],
        "created_at": Moments(created_ms),
        "observed_at": Moments(
            [
                ms if post.observed_at is post.created_at else unix_ms(post.observed_at)
                for post, ms in zip(posts, created_ms, strict=True)
            ]
        ),
        "edited_at": Moments(None if post.edited_at is None else unix_ms(post.edited_at) for post in posts),
        "drill": [post.drill for post in posts],
        "platform": [post.platform for post in posts],
        "kind": [post.kind for post in posts],
        "url": [post.url or "" for post in posts],
        "text": [post.text for post in posts],
        "author": [post.author_id or "" for post in posts],
        "author_handle": [post.author_handle or "" for post in posts],
        "author_followers": [post.author_followers for post in posts],
        "author_verified": [post.author_verified for post in posts],
        "parent_id": [post.parent_id or "" for post in posts],
        "repost_of": [post.repost_of or "" for post in posts],
        "likes": [None if seen is None else seen.likes for seen in reactions],
        "reposts": [None if seen is None else seen.reposts for seen in reactions],
        "replies": [None if seen is None else seen.replies for seen in reactions],
        "media": [post.media for post in posts],
        "lang": [row.lang for row in rows],
        "sentiment": [row.sentiment for row in rows],
        "sentiment_score": [row.sentiment_score for row in rows],
        "sentiment_unsure": [row.sentiment_unsure for row in rows],
        "misinformation": [row.misinformation for row in rows],
        "misinformation_score": [row.misinformation_score for row in rows],
        "misinformation_reasons": [[*map(_reason, row.misinformation_reasons)] for row in rows],
        "signature": [row.signature for row in rows],
        "narrative": [row.narrative for row in rows],
        "hashtags": [row.hashtags for row in rows],
        "domains": [row.domains for row in rows],
        "hit_watch": [[hit.watch for hit in row.hits] for row in rows],
        "hit_urgent": [[hit.urgent for hit in row.hits] for row in rows],
        "hit_vip": [[hit.vip for hit in row.hits] for row in rows],
        "hit_misinformation": [[hit.misinformation for hit in row.hits] for row in rows],
        "models": [row.models for row in rows],
    }
    return {name: column for name, column in columns.items() if _says_something(name, column)}


GONE_FOR_GOOD: Final = 2**64 - 1
"""The version of a tombstone: no other is newer. The queries say it in figures."""


def traces(records: Sequence[Trace], stored_at: Sequence[datetime]) -> Columns:
    """Of `mentions_raw`: what is deleted from the beginning; `stored_at` goes along with `records`."""
    return {
        "id": [trace.id for trace in records],
        "version": [GONE_FOR_GOOD if trace.version_ms is None else trace.version_ms for trace in records],
        "is_deleted": [1] * len(records),
        "stored_at": [unix_s(at) for at in stored_at],
        "counted_at": Moments(unix_ms(trace.counted_at) for trace in records),
        "late": [trace.late for trace in records],
    }


# NULL by default; every other column is empty, zero or false by default.
_NULLABLE: Final = frozenset(
    {"edited_at", "author_followers", "author_verified", "likes", "reposts", "replies", "sentiment"}
)


def _says_something(name: str, column: Sequence[Any]) -> bool:
    if name in _NULLABLE:
        return any(value is not None for value in column)
    return name == "id" or any(column)


def _reason(reason: Reason) -> str:
    """`phrase: the words`, `claim: its id`, `classifier`."""
    what = reason.value or reason.id
    return reason.kind if what is None else f"{reason.kind}: {what}"


def retractions(scope: str, subjects: Mapping[str, Retraction]) -> Columns:
    """Of `retractions_raw`; `subjects` is what must go (an id, a pseudonym) and the word that said so."""
    return {
        "scope": [scope] * len(subjects),
        "subject": [*subjects],
        "platform": [word.platform for word in subjects.values()],
        "observed_at": Moments(unix_ms(word.observed_at) for word in subjects.values()),
    }


def incidents(records: Sequence[Incident]) -> Columns:
    return {
        "id": [record.id for record in records],
        "revision": [record.revision for record in records],
        "event": [record.event.value for record in records],
        "watch": [record.watch for record in records],
        "signal": [record.signal.value for record in records],
        "state": [record.state.value for record in records],
        "severity": [record.severity.value for record in records],
        "opened_at": Moments(unix_ms(record.opened_at) for record in records),
        "updated_at": Moments(unix_ms(record.updated_at) for record in records),
        "resolved_at": Moments(
            None if (at := record.resolved_at) is None else unix_ms(at) for record in records
        ),
        "observed": [record.observed for record in records],
        "expected": [record.expected for record in records],
        "limit": [record.limit for record in records],
        "summary": [record.summary for record in records],
        "evidence": [
            orjson.dumps(record.evidence, option=orjson.OPT_UTC_Z).decode("utf-8") for record in records
        ],
        "config_hash": [record.config_hash for record in records],
        "model_versions": [record.model_versions for record in records],
        "drill": [record.drill for record in records],
        "record": _encoded(records),
    }


def shadows(records: Sequence[ShadowIncident]) -> Columns:
    return {
        **incidents([record.incident for record in records]),
        "sensitivity": [record.sensitivity.value for record in records],
        "record": _encoded(records),
    }


def marks(records: Sequence[Mark]) -> Columns:
    return {
        "incident": [record.incident for record in records],
        "verdict": [record.verdict.value for record in records],
        "why": [record.why for record in records],
        "marked_by": [record.by for record in records],
        "marked_at": Moments(unix_ms(record.at) for record in records),
        "began_at": Moments(None if (at := record.began_at) is None else unix_ms(at) for record in records),
    }


def decisions(records: Sequence[Decision]) -> Columns:
    return {
        "watch": [record.watch for record in records],
        "signal": [record.signal.value for record in records],
        "at": Moments(unix_ms(record.at) for record in records),
        "verdict": [record.verdict for record in records],
        "reason": [record.reason for record in records],
        "incident": [record.incident or "" for record in records],
    }


def expectations(records: Sequence[Expectation]) -> Columns:
    return {
        "watch": [record.watch for record in records],
        "hour": [unix_s(record.hour) for record in records],
        "expected": [record.expected for record in records],
        "limit": [record.limit for record in records],
    }


def states(records: Sequence[DetectorState]) -> Columns:
    return {
        "watch": [record.watch for record in records],
        "decided_until": Moments(unix_ms(record.decided_until) for record in records),
        "record": _encoded(records),
    }


def dead_letters(records: Sequence[DeadLetter], stored_at: datetime) -> Columns:
    return {
        "id": [dead_letter_id(record) for record in records],
        "at": Moments(unix_ms(record.at) for record in records),
        "stored_at": [unix_s(stored_at)] * len(records),
        "origin": [record.origin for record in records],
        "position": [record.position for record in records],
        "reason": [record.reason for record in records],
        "raw_base64": [base64.b64encode(record.raw).decode("ascii") for record in records],
        "earliest_first": [_LARGEST - unix_ms(record.at) for record in records],
    }


def dead_letter_id(record: DeadLetter) -> str:
    """The same bytes from the same place are the same letter."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (record.origin.encode("utf-8"), record.position.encode("utf-8"), record.raw):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def gaps(records: Sequence[Gap]) -> Columns:
    return {
        "connector": [record.connector for record in records],
        "platform": [record.platform for record in records],
        "from_at": Moments(unix_ms(record.from_at) for record in records),
        "until_at": Moments(unix_ms(record.until_at) for record in records),
        "reason": [record.reason for record in records],
    }


def calendar(events: Sequence[Planned], taken_at: datetime) -> Columns:
    """One row: a calendar is read, and replaced, as a whole."""
    return {
        "taken_at": Moments([unix_ms(taken_at)]),
        "name": [[event.name for event in events]],
        "from_ms": [[unix_ms(event.from_at) for event in events]],
        "until_ms": [[unix_ms(event.until_at) for event in events]],
        "watches": [[list(event.watches) for event in events]],
        "expect": [[event.expect for event in events]],
    }


def notifications(records: Sequence[Notification]) -> Columns:
    return {
        "incident": [record.incident for record in records],
        "revision": [record.revision for record in records],
        "channel": [record.channel for record in records],
        "event": [record.event for record in records],
        "attempt": [record.attempt for record in records],
        "outcome": [record.outcome for record in records],
        "at": Moments(unix_ms(record.at) for record in records),
        "detail": [record.detail for record in records],
    }


def _encoded(records: Iterable[codec.Record]) -> list[str]:
    return [codec.encode(record).decode("utf-8") for record in records]
