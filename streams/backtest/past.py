"""The past of a store, read in the order of time and piece by piece, as the steps once took it.

What came too late, what was deleted at its source since, and drills are left out. Which watches a post
matches, its mood and its flags are as they were stored.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from connectors.mention import Gap, Mention, Tick
from models.text import normalise
from models.word_numbers import word_numbers
from streams.endpoint.client import Asker
from streams.records import STEP_S, Enriched, WatchHit
from streams.report.data import Blind, merged
from streams.report.gather import gaps_in
from streams.review.opened import ask
from streams.store import rows
from streams.store.statements import statement

SOURCE: Final = "store"
ELSEWHERE: Final = "elsewhere"
"""Who did not listen: the only source there is, or some other than that."""
POSTS_TOGETHER: Final = 20_000
_STEP: Final = timedelta(seconds=STEP_S)
_HOUR: Final = timedelta(hours=1)
_HOUR_S: Final = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What is fed together. `deaf` are the stretches in it in which nobody at all listened."""

    enriched: Sequence[Enriched] = ()
    gaps: Sequence[Gap] = ()
    ticks: Sequence[Tick] = ()
    deaf: Sequence[tuple[datetime, datetime]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """From where the store began to decide to where it came; if it does not say, from mention to mention."""

    since: datetime
    until: datetime


def extent(asker: Asker, watches: Sequence[str]) -> Extent | None:
    """None where the store has nothing of these watches."""
    params = {"watches": list(watches)}
    ((first_ms, last_ms, count),) = ask(asker, statement("past_extent"), params)
    if not count:
        return None
    since, until = _floor(rows.from_unix_ms(first_ms)), _floor(rows.from_unix_ms(last_ms)) + _STEP
    ((begun_s, hours),) = ask(asker, statement("past_begun"), params)
    if hours and rows.from_unix_ms(begun_s * 1000) + _HOUR <= since:
        # It listened before there was anything to hear.
        since = rows.from_unix_ms(begun_s * 1000)
    ((decided_ms, states),) = ask(asker, statement("past_decided"), params)
    if states:
        until = max(until, rows.from_unix_ms(decided_ms))
    return Extent(since=since, until=until)


def gaps(asker: Asker, watches: Sequence[str], since: datetime, until: datetime) -> list[Blind]:
    """What nobody listened to: gaps of connectors, and whole hours between runs."""
    window = _window(since, until)
    decided = [hour_s for (hour_s,) in ask(asker, statement("past_hours"), window)]
    busy = {step_s // _HOUR_S * _HOUR_S for step_s, _ in _steps(asker, watches, since, until)}
    between = [
        Blind(
            connector=SOURCE, platform=SOURCE, from_at=rows.from_unix_ms(hour_s * 1000),
            until_at=rows.from_unix_ms(hour_s * 1000) + _HOUR, reason="nothing was running",
        )
        for before, after in pairwise(decided)
        for hour_s in range(before + _HOUR_S, after, _HOUR_S)
        if hour_s not in busy
    ]  # fmt: skip
    return sorted(
        [*gaps_in(asker, since, until), *merged(between)],
        key=lambda gap: (gap.from_at, gap.connector, gap.platform),
    )


def pieces(
    asker: Asker, watches: Sequence[str], since: datetime, until: datetime, blind: Sequence[Blind]
) -> Iterator[Piece]:
    """Whole steps of at most some thousand posts each, in the order of time, from `since` to `until`."""
    yield Piece(ticks=[Tick(source=SOURCE, at=since, begun_at=since)])
    several = _connectors(blind)
    for begins, ends in _slices(asker, watches, since, until):
        found = ask(asker, statement("past_posts"), _window(begins, ends) | {"watches": list(watches)})
        enriched = [_enriched(row) for row in found]
        parts = [
            (gap, max(gap.from_at, begins), min(gap.until_at, ends))
            for gap in blind
            if gap.from_at < ends and gap.until_at > begins
        ]
        times = [each.mention.counted_at for each in enriched]
        gaps_here: list[Gap] = []
        deaf: list[tuple[datetime, datetime]] = []
        for gap, from_at, until_at in parts:
            meanwhile = enriched[bisect_left(times, from_at) : bisect_left(times, until_at)]
            alone = not _others_spoke(gap, meanwhile, several)
            deaf += [(from_at, until_at)] if alone else []
            gaps_here.append(
                Gap(
                    connector=SOURCE if alone else ELSEWHERE,
                    platform=gap.platform,
                    from_at=from_at,
                    until_at=until_at,
                    reason=gap.reason,
                )
            )
        yield Piece(
            enriched=enriched,
            gaps=gaps_here,
            ticks=[Tick(source=SOURCE, at=ends, begun_at=since)],
            deaf=deaf,
        )


def deletions(asker: Asker, since: datetime, until: datetime) -> int:
    """How many posts of this time, whatever their watch, were deleted since."""
    ((count,),) = ask(asker, statement("past_deletions"), _window(since, until))
    return int(count)


def _slices(
    asker: Asker, watches: Sequence[str], since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    begins, held = since, 0
    for step_s, count in _steps(asker, watches, since, until):
        step = rows.from_unix_ms(step_s * 1000)
        if held and held + count > POSTS_TOGETHER:
            yield begins, step
            begins, held = step, 0
        held += count
    yield begins, until


def _steps(asker: Asker, watches: Sequence[str], since: datetime, until: datetime) -> list[tuple[Any, ...]]:
    params = _window(since, until) | {"watches": list(watches), "step_s": STEP_S}
    return ask(asker, statement("past_steps"), params)


def _connectors(blind: Sequence[Blind]) -> frozenset[str]:
    """Platforms that several connectors are known to listen to."""
    known: Mapping[str, set[str]] = defaultdict(set)
    for gap in blind:
        known[gap.platform].add(gap.connector)
    return frozenset(platform for platform, connectors in known.items() if len(connectors) > 1)


def _others_spoke(gap: Blind, meanwhile: Sequence[Enriched], several: frozenset[str]) -> bool:
    """Whether somebody else listened meanwhile, by their posts; what fills the gap later does not count."""
    return any(each.mention.platform != gap.platform or gap.platform in several for each in meanwhile)


def _enriched(row: tuple[Any, ...]) -> Enriched:
    """As much of it as a tally needs."""
    mention_id, platform, counted_ms, version, kind, lang, mood, author, signature, text, *hits = row
    counted_at = rows.from_unix_ms(counted_ms)
    mention = Mention(
        platform=platform,
        native_id=mention_id.removeprefix(f"{platform}:"),
        text="",
        created_at=counted_at,
        observed_at=counted_at,
        counted_at=counted_at,
        kind=kind,
        author_id=author or None,
        edited_at=rows.from_unix_ms(version) if version else None,
    )
    return Enriched(
        mention=mention,
        lang=lang,
        sentiment=mood,
        sentiment_score=0.0,
        sentiment_unsure=False,
        misinformation=any(hits[3]),
        misinformation_score=0.0,
        misinformation_reasons=(),
        signature=tuple(signature),
        narrative="",
        hashtags=(),
        domains=(),
        hits=tuple(
            WatchHit(watch=watch, urgent=tuple(urgent), vip=bool(vip), misinformation=bool(flagged))
            for watch, urgent, vip, flagged in zip(*hits, strict=True)
        ),
        models="",
        words=word_numbers(normalise(text)),
    )


def _window(since: datetime, until: datetime) -> dict[str, Any]:
    return {"since_ms": rows.unix_ms(since), "until_ms": rows.unix_ms(until)}


def _floor(at: datetime) -> datetime:
    return rows.from_unix_ms(rows.unix_s(at) // STEP_S * STEP_S * 1000)
