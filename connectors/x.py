"""X, heard through the filtered stream of API v2: posts that match rules made from the watches.

docs.x.com, "Filtered stream" and "Handling disconnections". Things to know:

- The rules with our tag are made to agree with the watches at each connection; others are left alone.
- A blank line comes every 20 s; 30 s without anything and the line is dead.
- There is no cursor. Where the plan has backfill, a reconnection within five minutes asks for it and
  drops what came twice. What lies further back is looked for with the recent search
  (`connectors/x_search.py`), once it can know it; what neither has is a `Gap`.
- Posts are paid for: with `monthly_posts` the stream stops there, and the rest of the month is a gap.
- An edited post has a new id; ours is that of its first version, so that the edit replaces it.
- Deletions are told by X's compliance products only, which are not read here.
"""

from __future__ import annotations

import asyncio
import html
import json
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

import aiohttp
from pydantic import SecretStr

from connectors import config
from connectors.base import Clock
from connectors.batch import batches
from connectors.duplicates import Duplicates
from connectors.errors import ConnectorError, RateLimited, Refused, ServerTrouble, Unreachable, Unreadable
from connectors.http import Chunks, Http, Reach, raise_for_status
from connectors.lines import LineDecoder
from connectors.mention import Engagement, Gap, Kind, Malformed, Mention, Page
from connectors.pieces import (
    body_text,
    clamp,
    count,
    flag,
    items,
    lang,
    load_object,
    moment,
    obj,
    required,
    word,
)
from connectors.x_missed import Missed, Searched
from connectors.x_rules import TAG, Rule, translate_all
from connectors.x_search import Found, RecentSearch, Span, join_rules
from models.query import Query

log = logging.getLogger(__name__)

PLATFORM: Final = "x"
SILENCE_S: Final = 5.0
STALL_S: Final = 30.0
MAX_LINE_BYTES: Final = 2 * 1024 * 1024
# X delivers 99 of 100 posts within 7 s: what was posted just before the last byte may have been under way.
DELIVERED_WITHIN: Final = timedelta(seconds=10)
# Backfilled posts arrive among live ones for about this long.
BACKFILL_ARRIVES_S: Final = 120.0
_NO_LANGUAGE: Final = frozenset({"und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})
_FIELDS: Final = {
    "tweet.fields": "created_at,lang,public_metrics,author_id,conversation_id,referenced_tweets,entities,"
    "edit_history_tweet_ids,possibly_sensitive,note_tweet",
    "expansions": "author_id,referenced_tweets.id",
    "user.fields": "username,name,verified,created_at,public_metrics",
}


def parse(line: bytes, *, now: datetime) -> Mention | ConnectorError:
    """One line of the stream: a post, or what the stream says about itself. `counted_at` is its own time.

    Raises:
        Unreadable: neither, or a post whose required parts are wrong.
    """
    return parse_value(load_object(line), now=now)


def parse_value(value: Mapping[str, Any], *, now: datetime) -> Mention | ConnectorError:
    """As `parse`, of what is read already."""
    if "data" not in value:
        problem = obj(next(iter(items(value.get("errors"))), value))
        told = word(problem.get("detail"), 500) or word(problem.get("title"), 500)
        if told is None:
            raise Unreadable("neither a post nor a problem that we know")
        if (
            problem.get("connection_issue") == "TooManyConnections"
            or "cap" in str(problem.get("title")).lower()
        ):
            return RateLimited(told)
        return Unreachable(told)
    data, includes = obj(value["data"]), obj(value.get("includes"))
    post_id = required(data.get("id"), "data.id")
    versions = [id_ for id_ in items(data.get("edit_history_tweet_ids")) if word(id_)]
    references = {
        str(obj(reference).get("type")): word(obj(reference).get("id"))
        for reference in items(data.get("referenced_tweets"))
    }
    parent, quoted, reposted = (references.get(kind) for kind in ("replied_to", "quoted", "retweeted"))
    kind: Kind = "repost" if reposted else "reply" if parent else "quote" if quoted else "post"
    author_id = word(data.get("author_id"))
    author = _included(includes, "users", author_id)
    username = word(author.get("username"))
    created_at = moment(data.get("created_at"), "data.created_at", now)
    metrics = obj(data.get("public_metrics"))
    language = lang(data.get("lang"))
    # A repost's own text is cut off; the post it repeats comes along.
    original = _included(includes, "tweets", reposted) if reposted else {}
    return Mention(
        platform=PLATFORM,
        native_id=versions[0] if versions else post_id,
        text=_text(original if word(original.get("text"), 10**6) else data),
        created_at=created_at,
        observed_at=now,
        counted_at=created_at,
        kind=kind,
        lang=None if language in _NO_LANGUAGE else language,
        url=f"https://x.com/{username or 'i/web'}/status/{post_id}",
        author_id=author_id,
        author_handle=username,
        author_followers=count(obj(author.get("public_metrics")).get("followers_count")),
        author_verified=flag(author.get("verified")),
        parent_id=parent,
        repost_of=reposted or quoted,
        engagement=Engagement(
            likes=count(metrics.get("like_count")),
            reposts=count(metrics.get("retweet_count")),
            replies=count(metrics.get("reply_count")),
        ),
        edited_at=created_at if len(versions) > 1 else None,
    )


def _included(includes: Mapping[str, Any], kind: str, id_: str | None) -> dict[str, Any]:
    return next((obj(one) for one in items(includes.get(kind)) if id_ and obj(one).get("id") == id_), {})


def _text(post: Mapping[str, Any]) -> str:
    """Long posts whole, links as their targets, `&amp;` as what it stands for."""
    note = obj(post.get("note_tweet"))
    source = note if isinstance(note.get("text"), str) else post
    text = body_text(source.get("text"), "data.text")
    for link in items(obj(source.get("entities")).get("urls"))[:50]:
        short, target = word(obj(link).get("url")), word(obj(link).get("expanded_url"), 8_192)
        if short and target:
            text = text.replace(short, target)
    return html.unescape(text)


@dataclass(frozen=True, slots=True)
class Change:
    """What to do so that the rules at X are ours. `delete` are ids."""

    add: tuple[Rule, ...]
    delete: tuple[str, ...]


def compare_rules(wanted: Iterable[Rule], there: Iterable[Mapping[str, Any]]) -> Change:
    """Only rules that carry our tag are ever deleted."""
    wanted = list(wanted)
    ours = {
        (str(rule.get("value")), str(rule.get("tag"))): str(rule.get("id"))
        for rule in there
        if str(rule.get("tag")).startswith(TAG)
    }
    add = tuple(rule for rule in wanted if (rule.value, rule.tag) not in ours)
    keep = {(rule.value, rule.tag) for rule in wanted}
    return Change(add, tuple(id_ for key, id_ in ours.items() if key not in keep))


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
            self._search = RecentSearch(self._base, joined, _FIELDS, clock) if joined else None
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
        await self._synchronise(self._http)
        since = None if at.heard_at is None else at.heard_at - DELIVERED_WITHIN
        backfill = self._backfill(since)
        params = _FIELDS | ({"backfill_minutes": str(backfill)} if backfill else {})
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

    async def _synchronise(self, http: Http) -> None:
        """Make the rules at X those of the watches.

        Raises:
            ConnectorError: X would not let us.
        """
        url = f"{self._base}/2/tweets/search/stream/rules"
        answer = await http.request(url, headers=self._authorised())
        now = self._clock.now()
        raise_for_status(answer.status, answer.headers, answer.body, "X", now=now)
        try:
            there = [obj(rule) for rule in items(load_object(answer.body).get("data"))]
        except Unreadable as error:
            raise ServerTrouble(f"X answered about its rules what cannot be read: {error}") from None
        change = compare_rules(self._rules, there)
        bodies: list[dict[str, Any]] = []
        if change.delete:
            bodies.append({"delete": {"ids": list(change.delete)}})
        if change.add:
            bodies.append({"add": [{"value": rule.value, "tag": rule.tag} for rule in change.add]})
        for body in bodies:
            answer = await http.request(url, method="POST", json=body, headers=self._authorised())
            told = _problems(answer.body)
            if told and answer.status in {200, 201}:
                # The others were taken: one rule that X dislikes must not silence them.
                log.warning("%s: X does not take a rule: %s", self.name, told)
                continue
            raise_for_status(answer.status, answer.headers, answer.body, "X", now=now)

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


def _problems(body: bytes) -> str:
    """What X says against single rules, duplicates apart."""
    try:
        errors = items(load_object(body).get("errors"))
    except Unreadable:
        return ""
    told = (obj(error) for error in errors)
    return "; ".join(
        str(problem.get("details") or problem.get("detail") or problem.get("title"))[:200]
        for problem in told
        if problem.get("title") != "DuplicateRule"
    )
