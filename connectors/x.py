"""X, heard through the filtered stream of API v2: posts that match rules made from the watches.

docs.x.com, "Filtered stream" and "Handling disconnections". Things to know:

- The rules with our tag are made to agree with the watches at each connection; others are left alone.
- A blank line comes every 20 s; 30 s without anything and the line is dead.
- There is no cursor. Where the plan has backfill, a reconnection within five minutes asks for it and
  drops what came twice. What lies further back is looked for with the recent search
  (`connectors/x_search.py`), once it can know it; what neither has is a `Gap`.
- Posts are paid for: with `monthly_posts` the stream stops there, and the rest of the month is a gap.
- Deletions are told by X's compliance products only, which are not read here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

import aiohttp
from pydantic import SecretStr

from connectors import config
from connectors.base import Clock
from connectors.batch import batches
from connectors.duplicates import Duplicates
from connectors.errors import ConnectorError, RateLimited, Refused, ServerTrouble, Unreachable, Unreadable
from connectors.http import Chunks, Http, Reach, raise_for_status
from connectors.lines import LineDecoder
from connectors.mention import Gap, Malformed, Mention, Page
from connectors.pieces import clamp
from connectors.x_missed import Missed, Searched
from connectors.x_post import FIELDS, PLATFORM, parse, parse_value
from connectors.x_rules import translate_all
from connectors.x_search import Found, RecentSearch, Span, join_rules
from connectors.x_sync import synchronise
from models.query import Query

SILENCE_S: Final = 5.0
STALL_S: Final = 30.0
MAX_LINE_BYTES: Final = 2 * 1024 * 1024
# X delivers 99 of 100 posts within 7 s: what was posted just before the last byte may have been under way.
DELIVERED_WITHIN: Final = timedelta(seconds=10)
# Backfilled posts arrive among live ones for about this long.
BACKFILL_ARRIVES_S: Final = 120.0


@dataclass(slots=True)
class _At:
    """When we last heard anything, what is still to be looked for, and what this calendar month has cost."""

    heard_at: datetime | None
    month: str
    used: int
    missing: Span | None = None

    @classmethod
    def read(cls, cursor: str | None) -> _At:
        value = json.loads(cursor) if cursor is not None else {}
        at, span = value.get("at"), value.get("missing")
        heard_at = None if at is None else datetime.fromisoformat(at).astimezone(UTC)
        missing = None if span is None else (datetime.fromisoformat(span[0]), datetime.fromisoformat(span[1]))
        return cls(heard_at, value.get("month", ""), value.get("used", 0), missing)

    def write(self) -> str:
        at = None if self.heard_at is None else self.heard_at.isoformat()
        missing = None if self.missing is None else [when.isoformat() for when in self.missing]
        return json.dumps({"at": at, "month": self.month, "used": self.used, "missing": missing})

    def misses(self, span: Span) -> None:
        """To be looked for too; what lies between two spans is asked for once more, and dropped."""
        self.missing = span if self.missing is None else (min(self.missing[0], span[0]), span[1])

    def spend(self, posts: int, now: datetime) -> None:
        month = f"{now:%Y-%m}"
        self.used = posts + (self.used if month == self.month else 0)
        self.month = month


class FilteredStream:
    """The one connection that a plan has."""

    name: Final = PLATFORM
    platform = PLATFORM
    advice: ClassVar[Mapping[int, str]] = {
        401: "X does not know the bearer token: copy it anew from the developer portal, Keys and tokens",
        403: "the app behind the token may not use the filtered stream: look at its project and plan",
        404: "there is no API of X at this address",
        400: "X does not accept a rule or a parameter: `vigie check` shows the rules",
    }

    def __init__(
        self, section: config.X, bearer: SecretStr, *, queries: Mapping[str, Query], clock: Clock
    ) -> None:
        self._section = section
        self._base = section.api.rstrip("/")
        self._bearer = bearer
        self._clock = clock
        self._rules = [
            rule
            for found in translate_all(
                queries, max_chars=section.max_rule_chars, max_rules=section.max_rules
            ).values()
            for rule in found.rules
        ]
        self._search: RecentSearch | None = None
        if section.recent_search:
            asked = translate_all(
                queries, max_chars=section.max_search_chars - 2, max_rules=section.max_rules
            )
            values = [rule.value for found in asked.values() for rule in found.rules]
            joined = join_rules(values, section.max_search_chars)
            self._search = RecentSearch(self._base, joined, FIELDS, clock) if joined else None
        self._http: Http | None = None
        self._seen: Duplicates[tuple[str, int]] = Duplicates()
        self._covered_until: datetime | None = None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def stream(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """One connection, its rules first."""
        return self._seen.watch(cursor, self._pages(_At.read(cursor)))

    async def _pages(self, at: _At) -> AsyncGenerator[Page, None]:
        cap = self._section.monthly_posts
        stopped = cap is not None and at.used >= cap
        self._stop_at_the_cap(at)
        if not self._rules:
            raise Refused("no watch can be asked of X: `vigie check` shows why")
        if self._http is None:
            self._http = Http(Reach.to([self._base]), self._clock)
        await synchronise(self._http, self._base, self._authorised(), self._rules, self._clock)
        since = None if at.heard_at is None else at.heard_at - DELIVERED_WITHIN
        backfill = self._backfill(since)
        params = FIELDS | ({"backfill_minutes": str(backfill)} if backfill else {})
        url = f"{self._base}/2/tweets/search/stream"
        async with self._http.open(url, params=params, headers=self._authorised(), endless=True) as (
            response,
            _,
        ):
            if response.status != 200:
                body = await asyncio.wait_for(response.content.read(2_000), 10)
                raise_for_status(response.status, response.headers, body, "X", now=self._clock.now())
                raise ServerTrouble(f"X answered {response.status} and opened no stream")
            now = self._clock.now()
            gaps: tuple[Gap, ...] = ()
            if since is not None and since < (until := now - timedelta(minutes=backfill)):
                at.misses((since, until))
            if at.missing is not None and (stopped or self._search is None):
                # What a month's budget did not reach for is not bought with the next one's.
                why = "the month's posts were used up" if stopped else _why_lost(backfill)
                gaps, at.missing = (self._gap(at.missing, why),), None
            at.heard_at = now
            yield Page(items=gaps, cursor=at.write())
            missed = None
            if at.missing is not None and self._search is not None:
                missed = Missed(self._search, self._http, at.missing, self._authorised(), self._clock)
            try:
                async for page in self._live(response, at, missed, since if backfill else None):
                    yield page
                    self._stop_at_the_cap(at)
            finally:
                if missed is not None:
                    await missed.close()

    def _authorised(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._bearer.get_secret_value()}"}

    def _stop_at_the_cap(self, at: _At) -> None:
        now = self._clock.now()
        cap = self._section.monthly_posts
        at.spend(0, now)
        if cap is None or at.used < cap:
            return
        month_end = (
            now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)
        ).replace(day=1)
        raise RateLimited(
            f"the {cap:,} posts of this month are used up (monthly_posts)",
            retry_after_s=(month_end - now).total_seconds(),
        )

    def _backfill(self, since: datetime | None) -> int:
        """Minutes to ask for: one more than we were away, as far as the plan goes."""
        if since is None or not self._section.backfill_minutes:
            return 0
        away_s = (self._clock.now() - since).total_seconds()
        return min(self._section.backfill_minutes, int(away_s // 60) + 1)

    def _gap(self, span: Span, reason: str) -> Gap:
        return Gap(
            connector=self.name,
            platform=PLATFORM,
            from_at=span[0],
            until_at=span[1],
            reason=f"lost: {reason}",
        )

    async def _live(
        self,
        response: aiohttp.ClientResponse,
        at: _At,
        missed: Missed | None,
        back_to: datetime | None,
    ) -> AsyncGenerator[Page, None]:
        decoder = LineDecoder(MAX_LINE_BYTES)
        loop = asyncio.get_running_loop()
        opened_s = loop.time()
        open_line = Chunks(response, self._clock)
        async for chunks in batches(open_line.next, silence_s=SILENCE_S):
            if not chunks:
                if open_line.silent_s >= STALL_S:
                    raise Unreachable(f"X: not even a blank line for {STALL_S:.0f} s")
            else:
                at.heard_at = open_line.heard_at
                if loop.time() - opened_s > BACKFILL_ARRIVES_S:
                    back_to = None
                lines = [line for chunk in chunks for line in decoder.feed(chunk)]
                page, problem = self._page(lines, at, back_to)
                yield page
                if problem is not None:
                    raise problem
            if missed is not None:
                match missed.news():
                    case Found() as found:
                        yield self._found(found, at, missed.span)
                    case Searched(lost):
                        missed = at.missing = None
                        gaps = tuple(self._gap(span, why) for span, why in lost)
                        yield Page(items=gaps, cursor=at.write())
                    case None:
                        pass

    def _found(self, found: Found, at: _At, span: Span) -> Page:
        now = self._clock.now()
        mentions: list[Mention] = []
        malformed: list[Malformed] = []
        for value in found.posts:
            try:
                one = parse_value(value, now=now)
            except Unreadable as error:
                raw = json.dumps(value["data"], ensure_ascii=False).encode("utf-8", "surrogatepass")
                malformed.append(Malformed(reason=str(error), raw=raw, position="search"))
                continue
            # X, too, counts a post once, however often it is found.
            if isinstance(one, Mention) and self._seen.first_time((one.native_id, one.version_ms)):
                at.spend(1, now)
                mentions.append(replace(one, counted_at=clamp(one.created_at, span)))
        return Page(items=tuple(mentions), malformed=tuple(malformed), cursor=at.write(), covers=span)

    def _page(
        self, lines: list[bytes], at: _At, back_to: datetime | None
    ) -> tuple[Page, ConnectorError | None]:
        now = self._clock.now()
        found: list[Mention] = []
        malformed: list[Malformed] = []
        problem: ConnectorError | None = None
        start = back_to or self._covered_until or now
        covers = (min(start, now), now)
        for line in lines:
            try:
                one = parse(line, now=now)
            except Unreadable as error:
                malformed.append(Malformed(reason=str(error), raw=line, position="stream"))
                continue
            if isinstance(one, ConnectorError):
                problem = one
                continue
            at.spend(1, now)
            if self._seen.first_time((one.native_id, one.version_ms)):
                found.append(replace(one, counted_at=clamp(one.created_at, covers)))
        self._covered_until = now
        cap = self._section.monthly_posts
        page = Page(
            items=tuple(found),
            malformed=tuple(malformed),
            cursor=at.write(),
            covers=covers,
            measurements={} if cap is None else {"budget_left": float(max(0, cap - at.used))},
        )
        return page, problem


def _why_lost(backfill: int) -> str:
    if backfill:
        return f"cut off for longer than the {backfill} minutes that X keeps"
    return "the stream was cut off, and X keeps nothing for later"
