"""A report's data, out of the store's views: the same whether we hold the store or ask who does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, zip_longest
from typing import Any, Final

import orjson

from streams import codec
from streams.endpoint.client import Asker
from streams.errors import UsageError
from streams.notifiers.base import Post
from streams.plain import plain
from streams.records import Incident, IncidentEvent, Planned
from streams.report.data import Blind, Hour, Quote, Repeated, ReportData, Span, Story, Sums, Told, merged
from streams.store import rows as records
from streams.store import values
from streams.store.statements import statement

BEFORE: Final = timedelta(hours=36)
"""How much of what came before an incident its chart shows: enough to see what a usual day looks like."""
AFTER: Final = timedelta(hours=6)
_HOUR: Final = timedelta(hours=1)
# Reading an incident back needs no clock; reading a post would.
_UNUSED: Final = records.from_unix_ms(0)
_TEXT_CHARS: Final = 4_000
_NARRATIVES: Final = 5
_QUOTES: Final = 6

_HOURS: Final = """
SELECT watch, toUnixTimestamp64Milli(hour), mentions, negative, misinformation, expected, `limit`
FROM volume_hourly
WHERE hour >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND hour < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
  AND (length({watches:Array(String)}) = 0 OR has({watches:Array(String)}, watch))
ORDER BY watch, hour
"""
_HEARD: Final = "SELECT DISTINCT watch FROM volume_hourly ORDER BY watch"
_LAST: Final = "SELECT toUnixTimestamp64Milli(max(hour)), count() FROM volume_hourly WHERE mentions > 0"
_GAPS: Final = """
SELECT connector, platform, toUnixTimestamp64Milli(from_at), toUnixTimestamp64Milli(until_at), reason
FROM gaps
WHERE until_at > fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND from_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
ORDER BY connector, platform, reason, from_at
"""
_PLANNED: Final = """
SELECT name, toUnixTimestamp64Milli(from_at), toUnixTimestamp64Milli(until_at), watches, expect
FROM planned
WHERE until_at > fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND from_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
ORDER BY from_at, until_at, name
"""
_TOLD: Final = """
SELECT incident, channel, event, toUnixTimestamp64Milli(at), outcome, detail, revision FROM notifications
WHERE has({ids:Array(String)}, incident) ORDER BY at, incident, channel, revision, attempt
"""
_POSTS: Final = """
SELECT id, platform, toUnixTimestamp64Milli(created_at), url, leftUTF8(text, {most:UInt32}), lang, sentiment,
    sentiment_unsure, misinformation_reasons
FROM mentions WHERE has({ids:Array(String)}, id)
"""
_SUMS: Final = """
SELECT count(), countIf(kind != 'repost'), uniqExactIf(author, author != ''), countIf(sentiment IS NOT NULL),
    countIf(sentiment = 'negative'), countIf(misinformation),
    toJSONString(sumMap(map(toString(platform), toUInt64(1)))),
    toJSONString(sumMap(map(toString(lang), toUInt64(1))))
FROM mentions
WHERE has(watches, {watch:String})
  AND counted_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND counted_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
"""
# Of each of the most repeated messages one example: the first that was written.
_NARRATIVES_OF: Final = """
SELECT narrative, count(), uniqExactIf(author, author != ''),
    leftUTF8(argMin(text, (counted_at, id)), {most:UInt32})
FROM mentions
WHERE has(watches, {watch:String}) AND narrative != ''
  AND counted_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
  AND counted_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
GROUP BY narrative HAVING count() > 2 ORDER BY count() DESC, narrative LIMIT {top:UInt8}
"""


def incident_span(asker: Asker, incident: str) -> Span:
    """From a day and a half before it to some hours after its end, or to its newest state.

    Raises:
        UsageError: there is no such incident.
    """
    history = _history(asker, incident)
    if not history:
        raise UsageError(f"there is no incident {plain(incident, 80)!r}: vigie incidents list shows them")
    began = min(state.evidence.since_at for state in history)
    last = history[-1]
    ended = last.resolved_at or last.updated_at
    return Span(
        since=_whole(min(began, history[0].opened_at)) - BEFORE,
        until=_whole(ended) + _HOUR + AFTER,
        incident=incident,
        watch=last.watch,
    )


def watches_heard(asker: Asker) -> list[str]:
    """The watches that the store holds something of, by name."""
    return [watch for (watch,) in _ask(asker, _HEARD, {})]


def gather(asker: Asker, span: Span) -> ReportData:
    """Everything a report tells of `span`.

    Raises:
        StoreError: the store cannot be asked.
    """
    window = {"since_ms": records.unix_ms(span.since), "until_ms": records.unix_ms(span.until)}
    watches = [] if span.watch is None else [span.watch]
    hours = _hours(_ask(asker, _HOURS, window | {"watches": watches}), span, _last_hour(asker))
    stories = _stories(asker, span)
    told = [
        Told(
            incident=incident,
            channel=channel,
            event=event,
            at=records.from_unix_ms(at_ms),
            outcome=outcome,
            detail=detail,
            revision=revision,
        )
        for incident, channel, event, at_ms, outcome, detail, revision in _ask(
            asker, _TOLD, {"ids": [story.last.id for story in stories]}
        )
    ]
    blind = gaps_in(asker, span.since, span.until)
    planned = [
        Planned(
            name=name,
            from_at=records.from_unix_ms(from_ms),
            until_at=records.from_unix_ms(until_ms),
            watches=tuple(watches),
            expect=expect,
        )
        for name, from_ms, until_ms, watches, expect in _ask(asker, _PLANNED, window)
    ]
    return ReportData(
        span=span,
        hours=hours,
        stories=tuple(stories),
        told=tuple(told),
        blind=tuple(blind),
        planned=tuple(planned),
    )


def gaps_in(asker: Asker, since: datetime, until: datetime) -> list[Blind]:
    """What connectors said that they did not hear in [since, until)."""
    window = {"since_ms": records.unix_ms(since), "until_ms": records.unix_ms(until)}
    return merged(
        Blind(
            connector=connector,
            platform=platform,
            from_at=records.from_unix_ms(from_ms),
            until_at=records.from_unix_ms(until_ms),
            reason=reason,
        )
        for connector, platform, from_ms, until_ms, reason in _ask(asker, _GAPS, window)
    )


def _stories(asker: Asker, span: Span) -> list[Story]:
    if span.incident is not None:
        history = _history(asker, span.incident)
        return [_told_whole(asker, history)]
    everything = _incidents(asker, span.until)
    inside = [
        incident
        for incident in everything
        if (incident.resolved_at is None or incident.resolved_at >= span.since)
        and span.watch in {None, incident.watch}
    ]
    return [Story(history=tuple(_history(asker, incident.id))) for incident in inside]


def _told_whole(asker: Asker, history: Sequence[Incident]) -> Story:
    story = Story(history=tuple(history))
    ids = list(dict.fromkeys(to_read(story)))[:_QUOTES]
    found = {quote.id: quote for quote in map(_quote, _ask(asker, _POSTS, {"ids": ids, "most": _TEXT_CHARS}))}
    window = {
        "watch": story.last.watch,
        "since_ms": records.unix_ms(history[0].opened_at),
        "until_ms": records.unix_ms(story.last.resolved_at or story.last.updated_at),
        "top": _NARRATIVES,
        "most": _TEXT_CHARS,
    }
    repeated = [
        Repeated(mentions=mentions, authors=authors, text=text)
        for _, mentions, authors, text in _ask(asker, _NARRATIVES_OF, window)
    ]
    return Story(
        history=story.history,
        sums=_sums(_ask(asker, _SUMS, window)[0]),
        quotes=tuple(found[post] for post in ids if post in found),
        gone=sum(post not in found for post in ids),
        repeated=tuple(repeated),
    )


def to_read(story: Story) -> Iterator[str]:
    """Those of its height, then the first of each state, then the second: the most telling stand first.

    Those of its end come last: they are about something else again.
    """
    yield from story.height.evidence.posts
    lasting = [state for state in story.history if state.event is not IncidentEvent.RESOLVED]
    for rank in zip_longest(*(state.evidence.posts for state in lasting)):
        yield from (post for post in rank if post is not None)
    yield from story.last.evidence.posts


def _sums(row: tuple[Any, ...]) -> Sums:
    *counts, platforms, languages = row
    mentions, originals, authors, scored, negative, flagged = counts
    return Sums(
        mentions=mentions,
        originals=originals,
        authors=authors,
        scored=scored,
        negative=negative,
        flagged=flagged,
        platforms=_most(platforms),
        languages=_most(languages),
    )


def _most(text: str) -> tuple[tuple[str, int], ...]:
    counts = ((name, int(count)) for name, count in orjson.loads(text).items())
    return tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0])))


def _quote(row: tuple[Any, ...]) -> Quote:
    post, platform, at_ms, url, text, lang, sentiment, unsure, reasons = row
    return Quote(
        id=post,
        platform=platform,
        at=records.from_unix_ms(at_ms),
        link=Post(id=post, url=url or None).link,
        text=text,
        lang=lang,
        sentiment=sentiment,
        unsure=bool(unsure),
        reasons=tuple(reasons),
    )


def _hours(
    found: Sequence[tuple[Any, ...]], span: Span, last: datetime | None
) -> dict[str, tuple[Hour, ...]]:
    """Every hour of the span up to the newest of the store: one without a row had no mention."""
    until = span.until if last is None else min(span.until, last + _HOUR)
    out: dict[str, tuple[Hour, ...]] = {}
    for watch, group in groupby(found, key=lambda row: str(row[0])):
        known = {row[1]: row for row in group}
        hours, at = [], _whole(span.since)
        while at < until:
            _, _, mentions, negative, misinformation, expected, limit = known.get(
                records.unix_ms(at), (watch, 0, 0, 0, 0, None, None)
            )
            hours.append(
                Hour(
                    at=at,
                    mentions=mentions,
                    negative=negative,
                    misinformation=misinformation,
                    expected=expected,
                    limit=limit,
                )
            )
            at += _HOUR
        out[watch] = tuple(hours)
    return out


def _last_hour(asker: Asker) -> datetime | None:
    ((at_ms, count),) = _ask(asker, _LAST, {})
    return records.from_unix_ms(at_ms) if count else None


def _history(asker: Asker, incident: str) -> list[Incident]:
    return _decoded(_ask(asker, statement("incident_history"), {"id": incident}))


def _incidents(asker: Asker, until: datetime) -> list[Incident]:
    params = {"all": 1, "ids": "[]", "open": 0, "since_ms": 0, "until_ms": records.unix_ms(until)}
    return _decoded(_ask(asker, statement("incidents"), params))


def _decoded(found: Sequence[tuple[Any, ...]]) -> list[Incident]:
    states = (codec.decode(record.encode("utf-8"), now=_UNUSED) for (record,) in found)
    return [state for state in states if isinstance(state, Incident)]


def _ask(asker: Asker, sql: str, params: Mapping[str, object]) -> list[tuple[Any, ...]]:
    return values.table(asker.select(sql, format=values.TYPED_JSON, params=params))


def _whole(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
