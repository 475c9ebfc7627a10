"""Mastodon, and what speaks its API: the public timeline of one server, over server-sent events.

docs.joinmastodon.org, methods/streaming and methods/timelines. Things to know:

- Streaming needs a user token with `read:statuses` since 4.2, and may live on another host.
- The stream has no cursor and promises nothing across a reconnection: after each one the timeline is
  read back by `min_id`. Ids of remote posts follow their own date, so we go back five minutes more.
- Edits and deletions of earlier posts cannot be read back: each reconnection is a short `Gap`.
- Ids are a server's own; the global `uri` is ours, and the same post through two servers is one.
- Only public posts, and of nobody who set `noindex` or wrote #nobot into their profile.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import aiohttp
import orjson
from pydantic import SecretStr

from connectors import config
from connectors.aliases import Aliases
from connectors.base import Clock
from connectors.batch import batches
from connectors.duplicates import Duplicates
from connectors.errors import RateLimited, Refused, ServerTrouble, Unreachable, Unreadable
from connectors.html_text import html_to_text
from connectors.http import Chunks, Http, Reach, raise_for_status
from connectors.mention import Engagement, Gap, Kind, Malformed, Mention, Page, Retraction
from connectors.mention_line import MAX_TEXT_CHARS
from connectors.pieces import (
    address,
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
from connectors.ratelimit import Budget, read_budget
from connectors.sse import Event, SseDecoder

PLATFORM: Final = "mastodon"
A_PAGE: Final = 40
SILENCE_S: Final = 5.0
# Three heartbeats of 15 s missed.
STALL_S: Final = 45.0
OVERLAP: Final = timedelta(minutes=5)
# Above this an id is a snowflake: milliseconds since 1970, shifted by 16 bits.
_SNOWFLAKES_FROM: Final = 10**17
_NOBOT: Final = re.compile(r"#nobot\b", re.IGNORECASE)

Wanted = Callable[[Mention], bool]


@dataclass(frozen=True, slots=True)
class Heard:
    """One event. `deleted` is a local id; `local` that of `mention`, which is None where withheld."""

    local: str | None = None
    mention: Mention | None = None
    deleted: str | None = None
    edit: bool = False


def parse(event: Event, *, host: str, now: datetime, require_indexable: bool = False) -> Heard | None:
    """Read one event of the stream; None where its kind is not for us.

    Raises:
        Unreadable: it is no status, or no id where one must be.
    """
    match event.name:
        case "update" | "status.update":
            status = load_object(event.data)
            heard = parse_status(status, host=host, now=now, require_indexable=require_indexable)
            return replace(heard, edit=event.name == "status.update")
        case "delete":
            return Heard(deleted=required(event.data.strip(), "the id of what was deleted"))
        case _:
            return None


def parse_status(
    status: Mapping[str, Any], *, host: str, now: datetime, require_indexable: bool = False
) -> Heard:
    """Read a Status entity. `counted_at` is its own time; the page clamps it.

    Raises:
        Unreadable: a required part is missing or wrong.
    """
    local = required(status.get("id"), "id")
    uri = required(status.get("uri"), "uri")
    boosted = obj(status.get("reblog"))
    for part in (status, boosted) if boosted else (status,):
        if not _may_be_heard(part, require_indexable):
            return Heard(local=local)
    shown = boosted or status
    account = obj(status.get("account"))
    quoted = _quoted(shown)
    parent = word(status.get("in_reply_to_id"))
    kind: Kind = "repost" if boosted else "reply" if parent else "quote" if quoted else "post"
    created_at = moment(status.get("created_at"), "created_at", now)
    edited = status.get("edited_at")
    acct = word(account.get("acct"))
    return Heard(
        local=local,
        mention=Mention(
            platform=PLATFORM,
            native_id=uri,
            text=_text(shown),
            created_at=created_at,
            observed_at=now,
            counted_at=created_at,
            kind=kind,
            lang=lang(shown.get("language")),
            url=address(status.get("url")) or address(uri),
            author_id=word(account.get("uri"))
            or word(account.get("url"))
            or (f"{host}:{acct}" if acct else None),
            author_handle=None if acct is None else acct if "@" in acct else f"{acct}@{host}",
            author_followers=count(account.get("followers_count")),
            parent_id=parent,
            repost_of=word(boosted.get("uri")) if boosted else quoted,
            engagement=Engagement(
                likes=count(status.get("favourites_count")),
                reposts=count(status.get("reblogs_count")),
                replies=count(status.get("replies_count")),
            ),
            edited_at=None if edited is None else moment(edited, "edited_at", now),
            media=tuple(_media(items(shown.get("media_attachments")))),
        ),
    )


def _media(attachments: list[Any]) -> Iterator[str]:
    for attachment in attachments[:16]:
        if (url := address(obj(attachment).get("url"))) is not None:
            yield url


def _may_be_heard(status: Mapping[str, Any], require_indexable: bool) -> bool:
    account = obj(status.get("account"))
    if status.get("visibility") != "public" or flag(account.get("noindex")):
        return False
    if require_indexable and flag(account.get("indexable")) is not True:
        return False
    note = account.get("note")
    return not (isinstance(note, str) and "nobot" in note.lower() and _NOBOT.search(html_to_text(note)))


def _text(status: Mapping[str, Any]) -> str:
    content = status.get("content")
    if not isinstance(content, str):
        raise Unreadable("content is missing or no string")
    options = [word(obj(option).get("title")) for option in items(obj(status.get("poll")).get("options"))]
    parts = [word(status.get("spoiler_text"), MAX_TEXT_CHARS), html_to_text(content), *options]
    return "\n".join(part for part in parts if part)[:MAX_TEXT_CHARS]


def _quoted(status: Mapping[str, Any]) -> str | None:
    """Mastodon 4.4 wraps the quoted status, others give it as it is."""
    quote = obj(status.get("quote"))
    return word(obj(quote.get("quoted_status")).get("uri")) or word(quote.get("uri"))


def parse_timeline(body: bytes) -> list[Any]:
    """The statuses of a timeline page, newest first.

    Raises:
        Unreadable: it is no JSON list.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unreadable("the timeline is no JSON") from None
    if not isinstance(value, list):
        raise Unreadable("the timeline is no list")
    return value


def rewound(local: str) -> str:
    """An id from `OVERLAP` earlier, where ids tell their time."""
    if not (local.isascii() and local.isdigit()) or int(local) < _SNOWFLAKES_FROM:
        return local
    return str(max(0, int(local) - (int(OVERLAP.total_seconds() * 1000) << 16)))


def _order(local: str) -> tuple[int, str]:
    """Ids are digits of growing length (Mastodon) or of one length (ULIDs elsewhere)."""
    return len(local), local


@dataclass(slots=True)
class _At:
    """Where we stand: the newest local id, and when we last heard anything."""

    local: str | None
    heard_at: datetime | None

    @classmethod
    def read(cls, cursor: str | None) -> _At:
        value = json.loads(cursor) if cursor is not None else {}
        at = value.get("at")
        return cls(value.get("id"), None if at is None else datetime.fromisoformat(at))

    def write(self) -> str:
        at = None if self.heard_at is None else self.heard_at.isoformat()
        return json.dumps({"id": self.local, "at": at})


class Instance:
    """One server."""

    platform = PLATFORM
    advice: ClassVar[Mapping[int, str]] = {
        401: "the server does not know the token: make one in its settings, under Development",
        403: "the token may not read public posts: it needs the scope read:statuses",
        404: "there is no Mastodon API at this address",
        422: "the server wants a confirmed account behind the token",
    }

    def __init__(
        self,
        section: config.MastodonInstance,
        token: SecretStr,
        *,
        clock: Clock,
        aliases: Aliases | None = None,
        wanted: Wanted | None = None,
    ) -> None:
        self._base = section.url.rstrip("/")
        self._host = urlsplit(section.url).hostname or ""
        self.name = f"mastodon:{urlsplit(section.url).netloc}"
        self._section = section
        self._token = token
        self._clock = clock
        self._aliases = aliases or Aliases()
        self._wanted = wanted
        self._http: Http | None = None
        self._streaming: str | None = None
        self._seen: Duplicates[tuple[str, int]] = Duplicates()
        self._covered_until: datetime | None = None
        self._withheld = 0
        self._budget: Budget | None = None

    async def close(self) -> None:
        self._aliases.close()
        if self._http is not None:
            await self._http.close()

    def stream(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """Open the stream, read back what was missed, then go on live."""
        return self._seen.watch(cursor, self._pages(_At.read(cursor)))

    async def _pages(self, at: _At) -> AsyncGenerator[Page, None]:
        if self._http is None:
            self._http = Http(Reach.to([self._base]), self._clock)
        address_ = f"{await self._streaming_base(self._http)}/api/v1/streaming/{self._section.stream}"
        async with self._http.open(address_, headers=self._authorised(), endless=True) as (response, _):
            if response.status != 200:
                body = await asyncio.wait_for(response.content.read(1_000), 10)
                raise_for_status(response.status, response.headers, body, self._host, now=self._clock.now())
                raise ServerTrouble(f"{self._host} answered {response.status} and opened no stream")
            yield Page()
            async for page in self._missed(self._http, at):
                yield page
            async for page in self._live(response, at):
                yield page

    def _authorised(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}

    async def _streaming_base(self, http: Http) -> str:
        """`configuration.urls.streaming` of the instance; its own address where it names none."""
        if self._streaming is None:
            answer = await http.request(f"{self._base}/api/v2/instance")
            try:
                urls = obj(obj(load_object(answer.body).get("configuration")).get("urls"))
            except Unreadable:
                urls = {}
            named = word(urls.get("streaming")) if answer.status == 200 else None
            if answer.status == 429 or answer.status >= 500:
                raise_for_status(answer.status, answer.headers, b"", self._host, now=self._clock.now())
            base = (named or self._base).rstrip("/")
            self._streaming = re.sub(r"\Aws(s?)://", r"http\1://", base)
        return self._streaming

    async def _missed(self, http: Http, at: _At) -> AsyncGenerator[Page, None]:
        """What was posted since `at`, read back from the timeline."""
        now = self._clock.now()
        if at.heard_at is None:
            # The beginning: nothing is read back, but from here on it could be.
            newest = await self._timeline(http, None)
            if not isinstance(newest, str) and newest:
                at.local = word(obj(newest[0]).get("id"))
            at.heard_at = now
            yield Page(cursor=at.write())
            return
        since = at.heard_at
        gap = self._gap(since, now, "lost: edits and deletions of earlier posts during a reconnection")
        yield Page(items=(gap,), cursor=at.write())
        start = None if at.local is None else rewound(at.local)
        if start is None:
            yield Page(items=(self._gap(since, now, "lost: no post was known to read back from"),))
        while start is not None:
            statuses = await self._timeline(http, start)
            if isinstance(statuses, str):
                yield Page(items=(self._gap(since, now, f"lost: {statuses}"),))
                return
            page = self._page([(status, None) for status in reversed(statuses)], at, back_to=since)
            locals_ = [id_ for status in statuses if (id_ := word(obj(status).get("id")))]
            newest = max(locals_, key=_order, default=start)
            start = newest if len(statuses) >= A_PAGE and _order(newest) > _order(start) else None
            yield page
        at.heard_at = now

    async def _timeline(self, http: Http, min_id: str | None) -> list[Any] | str:
        """Statuses after `min_id` (None: the newest one), newest first; or in words why there are none."""
        params = {"limit": "1"} if min_id is None else {"limit": str(A_PAGE), "min_id": min_id}
        _, _, part = self._section.stream.partition("/")
        if part:
            params[part] = "true"
        url = f"{self._base}/api/v1/timelines/public"
        if self._budget is not None and (wait_s := self._budget.wait_s(self._clock.now(), reserve=2)) > 0:
            raise RateLimited(f"{self._host}: the budget of requests is used up", retry_after_s=wait_s)
        answer = await http.request(url, params=params, headers=self._authorised())
        now = self._clock.now()
        self._budget = read_budget(answer.headers, now)
        try:
            raise_for_status(answer.status, answer.headers, answer.body, self._host, now=now)
            statuses = parse_timeline(answer.body)
        except Refused as error:
            return f"the timeline cannot be read back: {error}"
        except Unreadable as error:
            raise ServerTrouble(f"{self._host}: {error}") from None
        if not statuses and min_id is not None:
            # A server that shows no timeline answers the same as one where nothing happened.
            anything = await http.request(url, params={"limit": "1"}, headers=self._authorised())
            if anything.status == 200 and anything.body.strip() == b"[]":
                return "the server shows no public timeline to read back"
        return statuses

    async def _live(self, response: aiohttp.ClientResponse, at: _At) -> AsyncGenerator[Page, None]:
        decoder = SseDecoder()
        line = Chunks(response, self._clock)
        async for chunks in batches(line.next, silence_s=SILENCE_S):
            if not chunks:
                if line.silent_s >= STALL_S:
                    raise Unreachable(f"{self._host}: not even a heartbeat for {STALL_S:.0f} s")
                continue  # until the next heartbeat nobody knows whether this is silence or a stall
            at.heard_at = line.heard_at
            events = [event for chunk in chunks for event in decoder.feed(chunk)]
            yield self._page([(None, event) for event in events], at)

    def _page(
        self, heard: list[tuple[Any, Event | None]], at: _At, *, back_to: datetime | None = None
    ) -> Page:
        """A page of statuses (read back) or events (live). `at` moves on."""
        now = self._clock.now()
        found: list[Mention | Retraction] = []
        malformed: list[Malformed] = []
        aliases: list[tuple[str, str]] = []
        start = back_to or self._covered_until or now
        covers = (min(start, now), now)
        for status, event in heard:
            try:
                one = self._read(status, event, now)
            except Unreadable as error:
                raw = orjson.dumps(status) if event is None else event.data.encode("utf-8", "replace")
                malformed.append(
                    Malformed(reason=str(error), raw=raw, position=event.name if event else "timeline")
                )
                continue
            if one is None:
                continue
            if one.deleted is not None and (uri := self._aliases.find(one.deleted)) is not None:
                found.append(Retraction(platform=PLATFORM, native_id=uri, observed_at=now))
            if one.local is not None and not one.edit:
                at.local = one.local if at.local is None else max(at.local, one.local, key=_order)
            if one.mention is None:
                self._withheld += one.local is not None
                continue
            mention = replace(one.mention, counted_at=clamp(one.mention.created_at, covers))
            if self._seen.first_time((mention.native_id, mention.version_ms)):
                found.append(mention)
                if one.local is not None and (self._wanted is None or self._wanted(mention)):
                    aliases.append((one.local, mention.native_id))
        if aliases:
            self._aliases.remember(aliases)
        self._covered_until = now
        numbers = {"withheld": float(self._withheld)}
        if self._budget is not None:
            numbers["budget_left"] = self._budget.remaining
        return Page(
            items=tuple(found),
            malformed=tuple(malformed),
            cursor=at.write(),
            covers=covers,
            measurements=numbers,
        )

    def _read(self, status: Any, event: Event | None, now: datetime) -> Heard | None:
        strict = self._section.require_indexable
        if event is not None:
            return parse(event, host=self._host, now=now, require_indexable=strict)
        return parse_status(obj(status), host=self._host, now=now, require_indexable=strict)

    def _gap(self, from_at: datetime, until_at: datetime, reason: str) -> Gap:
        until_at = max(until_at, from_at + timedelta(milliseconds=1))
        return Gap(
            connector=self.name,
            platform=PLATFORM,
            from_at=from_at.astimezone(UTC),
            until_at=until_at,
            reason=reason,
        )
