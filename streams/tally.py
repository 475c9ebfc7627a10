"""The tally step: a batch of enriched mentions in, for each watch the columns detection needs out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import starmap
from typing import Final

from connectors.mention import Mention
from streams.pseudonym import MARK
from streams.records import Enriched, Flag, Tally, WatchHit
from streams.store.base import StoredMention

_SENTIMENT: Final = {
    "negative": Flag.SCORED | Flag.NEGATIVE,
    "neutral": Flag.SCORED,
    "positive": Flag.SCORED | Flag.POSITIVE,
    None: 0,
}


def tally(batch: Sequence[Enriched]) -> list[Tally]:
    """One tally a watch that the batch matches, in the order in which watches first occur."""
    by_watch: dict[str, list[tuple[Enriched, WatchHit]]] = {}
    for enriched in batch:
        for hit in enriched.hits:
            by_watch.setdefault(hit.watch, []).append((enriched, hit))
    return list(starmap(_tally, by_watch.items()))


def _tally(watch: str, matches: Sequence[tuple[Enriched, WatchHit]]) -> Tally:
    mentions = [enriched.mention for enriched, _ in matches]
    return Tally(
        watch=watch,
        ids=tuple(mention.id for mention in mentions),
        counted_ms=tuple(unix_ms(mention.counted_at) for mention in mentions),
        versions_ms=tuple(mention.version_ms for mention in mentions),
        flags=tuple(flags(enriched, hit) for enriched, hit in matches),
        authors=tuple(author_number(mention.author_id) for mention in mentions),
        langs=tuple(enriched.lang for enriched, _ in matches),
        signatures=tuple(enriched.signature for enriched, _ in matches),
        urgent=tuple(hit.urgent for _, hit in matches),
        words=tuple(enriched.words for enriched, _ in matches),
    )


def unix_ms(when: datetime) -> int:
    """Exact: a float of seconds holds a millisecond for the next thousands of years."""
    return round(when.timestamp() * 1000)


def recalled(watch: str, stored: Sequence[StoredMention]) -> Tally:
    """The tally of a watch's mentions as the store has them: the same that `tally` made of them."""
    return Tally(
        watch=watch,
        ids=tuple(each.id for each in stored),
        counted_ms=tuple(unix_ms(each.counted_at) for each in stored),
        versions_ms=tuple(each.version_ms for each in stored),
        flags=tuple(_flags(each, each, each.sentiment) for each in stored),
        authors=tuple(author_number(each.author) for each in stored),
        langs=tuple(each.lang for each in stored),
        signatures=tuple(each.signature for each in stored),
        urgent=tuple(each.urgent for each in stored),
        words=tuple(each.words for each in stored),
    )


def flags(enriched: Enriched, hit: WatchHit) -> int:
    return _flags(enriched.mention, hit, enriched.sentiment)


def _flags(post: Mention | StoredMention, hit: WatchHit | StoredMention, sentiment: str | None) -> int:
    value = _SENTIMENT[sentiment]
    if post.kind == "repost":
        value |= Flag.REPOST
    if hit.misinformation:
        value |= Flag.MISINFORMATION
    if hit.vip:
        value |= Flag.VIP
    if post.late:
        value |= Flag.LATE
    if post.drill:
        value |= Flag.DRILL
    return value


def author_number(pseudonym: str | None) -> int:
    """The first 63 bits of a pseudonym, as a number that every database and JSON reader holds; 0 for none."""
    if pseudonym is None:
        return 0
    return int(pseudonym.removeprefix(MARK)[:16], 16) >> 1 or 1
