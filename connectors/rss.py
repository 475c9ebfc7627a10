"""RSS, Atom and JSON Feed: one connector a feed, asked now and then.

- Requests are conditional (`ETag`, `Last-Modified`); a permanent redirect is remembered, 410 is believed.
- An entry's id is its guid or Atom id; one that is no URI is unique in its feed only, and gets the
  feed's address in front. Without any, the link's hash serves, or the content's.
- Dates are what the publisher's machine claims: one that is missing, before 2000 or more than a day
  ahead is replaced by the moment we first saw the entry.
- An edit keeps the id: the cursor remembers a digest of each entry, and a changed one comes again.
- A feed holds its last few entries only. Where none of those we knew is left in it, more came than it
  holds, and that is a `Gap`.

feedparser is kept for its tolerance, and slow: it runs in a thread. A document that declares
entities is refused before any parser sees it.
"""

from __future__ import annotations

import asyncio
import calendar
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import feedparser

from connectors.base import Clock
from connectors.errors import Oversize, Refused, ServerTrouble, Unreadable
from connectors.html_text import html_to_text
from connectors.http import Answer, Http, Reach, raise_for_status
from connectors.mention import Gap, Malformed, Mention, Page
from connectors.mention_line import MAX_ID_CHARS, MAX_TEXT_CHARS
from connectors.pieces import address, clamp, items, lang, load_object, moment, obj, plausible, word
from connectors.ratelimit import retry_after_s

PLATFORM: Final = "rss"
MAX_ENTRIES: Final = 2_000
REMEMBERED: Final = 5_000
GONE_AGAIN_S: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `mention.created_at` and `counted_at` are the moment of reading where `dated` is false."""

    mention: Mention
    updated_at: datetime | None
    dated: bool
    digest: str


def parse(
    body: bytes, *, url: str, now: datetime, content_type: str = ""
) -> tuple[list[Entry], list[Malformed]]:
    """The entries of a feed document in its order, and those that cannot be read.

    Raises:
        Unreadable: it is no feed at all, or one that declares entities.
    """
    bare = body.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if bare[:1] == b"{":
        return _json_feed(load_object(bare), url, now)
    if b"<!ENTITY" in bare.upper():
        raise Unreadable("the document declares entities, which no feed needs and an attack does")
    headers = {"content-location": url, "content-type": content_type or "application/xml"}
    try:
        feed = feedparser.parse(body, response_headers=headers, sanitize_html=False)
    except Exception as error:  # feedparser's own depths: any of dozens, on input nobody foresaw
        raise Unreadable(f"feedparser gave up ({type(error).__name__})") from None
    if not feed.get("version") and not feed.get("entries"):
        raise Unreadable("neither RSS nor Atom nor JSON Feed")
    language = feed.get("feed", {}).get("language")
    return _read(feed["entries"], lambda entry: _xml_entry(entry, url, language, now))


def _read(entries: Iterable[Any], read: Any) -> tuple[list[Entry], list[Malformed]]:
    found: list[Entry] = []
    malformed: list[Malformed] = []
    for number, entry in enumerate(entries, 1):
        if number > MAX_ENTRIES:
            break
        try:
            found.append(read(entry))
        except Unreadable as error:
            raw = json.dumps(entry, default=str, ensure_ascii=False)[:100_000].encode("utf-8", "replace")
            malformed.append(Malformed(reason=str(error), raw=raw, position=f"entry {number}"))
    return found, malformed


def _xml_entry(entry: Mapping[str, Any], url: str, language: object, now: datetime) -> Entry:
    contents = [obj(content) for content in items(entry.get("content"))]
    body = next((value for content in contents if (value := word(content.get("value"), 10**7))), None)
    body = body or word(entry.get("summary"), 10**7) or ""
    own_language = next((content.get("language") for content in contents if content.get("language")), None)
    return _entry(
        identity=word(entry.get("id"), 10**5),
        link=address(entry.get("link")),
        title=word(entry.get("title"), 10**5) or "",
        html=body,
        published=_struct(entry.get("published_parsed") or entry.get("created_parsed")),
        # Asked for what is not there, `get` would warn and give the other date.
        updated=_struct(entry["updated_parsed"] if "updated_parsed" in entry else None),  # noqa: SIM401
        author=word(entry.get("author")),
        language=lang(own_language) or lang(obj(entry.get("title_detail")).get("language")) or lang(language),
        media=tuple(
            href for part in items(entry.get("enclosures"))[:16] if (href := address(obj(part).get("href")))
        ),
        url=url,
        now=now,
    )


def _json_feed(feed: Mapping[str, Any], url: str, now: datetime) -> tuple[list[Entry], list[Malformed]]:
    """jsonfeed.org, versions 1 and 1.1."""
    if not str(feed.get("version")).startswith(
        ("https://jsonfeed.org/version/", "http://jsonfeed.org/version/")
    ):
        raise Unreadable("JSON, but not a JSON Feed")
    feed_authors = items(feed.get("authors")) or [feed.get("author")]

    def read(value: object) -> Entry:
        entry = obj(value)
        if not entry:
            raise Unreadable("an item that is no object")
        identity = entry.get("id")
        authors = items(entry.get("authors")) or [entry.get("author"), *feed_authors]
        return _entry(
            identity=str(identity) if isinstance(identity, int | float) else word(identity, 10**5),
            link=address(entry.get("url")) or address(entry.get("external_url")),
            title=word(entry.get("title"), 10**5) or "",
            html=word(entry.get("content_html"), 10**7) or "",
            plain=word(entry.get("content_text"), 10**7) or word(entry.get("summary"), 10**7) or "",
            published=_iso(entry.get("date_published"), now),
            updated=_iso(entry.get("date_modified"), now),
            author=next((name for author in authors if (name := word(obj(author).get("name")))), None),
            language=lang(entry.get("language")) or lang(feed.get("language")),
            media=tuple(
                href
                for part in items(entry.get("attachments"))[:16]
                if (href := address(obj(part).get("url")))
            ),
            url=url,
            now=now,
        )

    return _read(items(feed.get("items")), read)


def _entry(
    *,
    identity: str | None,
    link: str | None,
    title: str,
    html: str,
    published: datetime | None,
    updated: datetime | None,
    author: str | None,
    language: str | None,
    media: tuple[str, ...],
    url: str,
    now: datetime,
    plain: str = "",
) -> Entry:
    headline = html_to_text(title)
    text = html_to_text(html) or plain
    text = "\n".join(part for part in (headline, text) if part)[:MAX_TEXT_CHARS]
    if not text and link is None:
        raise Unreadable("an entry without title, content and link")
    published = _likely(published, now)
    updated = _likely(updated, now)
    created = published or updated
    mention = Mention(
        platform=PLATFORM,
        native_id=_native_id(identity, link, text, url),
        text=text,
        created_at=created or now,
        observed_at=now,
        counted_at=created or now,
        kind="article",
        lang=language,
        url=link,
        # Names are all that feeds have; where there is none, the publisher speaks.
        author_id=author or urlsplit(url).hostname,
        media=media,
    )
    edited = updated if published is not None and updated is not None and updated > published else None
    digest = hashlib.sha256(
        "\0".join([text, link or "", *media]).encode("utf-8", "surrogatepass")
    ).hexdigest()
    return Entry(mention, edited, created is not None, digest[:16])


def _native_id(identity: str | None, link: str | None, text: str, url: str) -> str:
    if identity is not None:
        # Without the query string, where keys stand.
        native = identity if ":" in identity else f"{url.partition('?')[0]}#{identity}"
        if len(native) <= MAX_ID_CHARS:
            return native
        link = native
    return "sha256:" + hashlib.sha256((link or f"{url}\0{text}").encode("utf-8", "surrogatepass")).hexdigest()


def _struct(value: object) -> datetime | None:
    """feedparser's times are struct_time in UTC."""
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError, IndexError, AttributeError):
        return None


def _iso(value: object, now: datetime) -> datetime | None:
    try:
        return moment(value, "date", now)
    except Unreadable:
        return None


def _likely(when: datetime | None, now: datetime) -> datetime | None:
    try:
        return None if when is None else plausible(when, "date", now)
    except Unreadable:
        return None


@dataclass(frozen=True, slots=True)
class _Cursor:
    """After the last poll: when it was, what the server gave for the next one, and what we know."""

    at: datetime | None = None
    url: str | None = None
    etag: str | None = None
    modified: str | None = None
    seen: Mapping[str, str] | None = None

    @classmethod
    def read(cls, text: str | None) -> _Cursor:
        if text is None:
            return cls()
        value = json.loads(text)
        return cls(
            datetime.fromisoformat(value["at"]), value["url"], value["etag"], value["modified"], value["seen"]
        )

    def write(self) -> str:
        at = None if self.at is None else self.at.isoformat()
        value = {
            "at": at,
            "url": self.url,
            "etag": self.etag,
            "modified": self.modified,
            "seen": self.seen or {},
        }
        return json.dumps(value, separators=(",", ":"))


class Feed:
    """One feed."""

    platform = PLATFORM
    advice: ClassVar[Mapping[int, str]] = {
        401: "the publisher wants a password, which feeds here cannot give",
        403: "the publisher does not let us read it; some block unknown readers, and can be asked",
        404: "there is nothing at this address: look for the feed's new one",
    }

    def __init__(self, url: str, *, every_s: float, allow_private: bool, clock: Clock) -> None:
        parts = urlsplit(url)
        # Keys stand in the query string: a few letters of its hash tell feeds apart instead.
        query = f"#{hashlib.sha256(parts.query.encode()).hexdigest()[:6]}" if parts.query else ""
        self.name = f"rss:{parts.netloc}{parts.path}{query}"
        self._url = url
        self._every_s = every_s
        self._reach = Reach(allow_private=allow_private)
        self._clock = clock
        self._http: Http | None = None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def fetch(self, cursor: str | None) -> Page:
        last = _Cursor.read(cursor)
        began = self._clock.now()
        answer = await self._get(last)
        now = self._clock.now()
        wait_s = max(self._every_s, retry_after_s(answer.headers, now) or 0)
        if answer.status == 410:
            return self._gone(last, now)
        raise_for_status(answer.status, answer.headers, answer.body, "the feed", now=now)
        if answer.status == 304:
            return Page(
                cursor=replace(last, at=began).write(), covers=(last.at or began, began), next_after_s=wait_s
            )
        try:
            entries, malformed = await asyncio.to_thread(
                parse,
                answer.body,
                url=self._url,
                now=began,
                content_type=answer.headers.get("Content-Type", ""),
            )
        except Unreadable as error:
            raise ServerTrouble(f"the feed cannot be read: {error}") from None
        page, seen = self._page(entries, last, began)
        after = _Cursor(
            began,
            answer.moved_to or last.url,
            answer.headers.get("ETag"),
            answer.headers.get("Last-Modified"),
            seen,
        )
        # Garbage stays in a feed until it leaves it: it is told of when the feed changed.
        return replace(page, malformed=tuple(malformed), cursor=after.write(), next_after_s=wait_s)

    async def _get(self, last: _Cursor) -> Answer:
        if self._http is None:
            self._http = Http(self._reach, self._clock)
        conditions = {"If-None-Match": last.etag, "If-Modified-Since": last.modified}
        headers = {name: value for name, value in conditions.items() if value}
        headers["Accept"] = "application/atom+xml, application/rss+xml, application/feed+json, */*;q=0.5"
        try:
            return await self._http.request(last.url or self._url, headers=headers)
        except Oversize as error:
            # The next try would fetch all of it again: slowly, and a person should look.
            raise Refused(str(error)) from None

    def _page(self, entries: list[Entry], last: _Cursor, now: datetime) -> tuple[Page, dict[str, str]]:
        """What is new or changed, and what is known from now on."""
        known = last.seen or {}
        fresh: list[Mention] = []
        here: dict[str, str] = {}
        for entry in entries:
            key = _key(entry.mention.native_id)
            if key in here:
                continue
            here[key] = entry.digest
            if key not in known:
                fresh.append(replace(entry.mention, edited_at=entry.updated_at))
            elif known[key] != entry.digest:
                fresh.append(replace(entry.mention, edited_at=max(entry.updated_at or now, last.at or now)))
        fresh.sort(key=lambda mention: mention.created_at)
        start = last.at or min((mention.created_at for mention in fresh), default=now)
        covers = (min(start, now), now)
        gaps: tuple[Gap, ...] = ()
        if known and here and last.at is not None and not known.keys() & here.keys():
            # Dates of feeds are cut to seconds: up to the end of the one that the oldest entry names.
            oldest = min((mention.created_at for mention in fresh), default=now) + timedelta(seconds=1)
            gaps = (
                self._gap(last.at, clamp(oldest, covers), "lost: more was published than the feed holds"),
            )
        mentions = [replace(mention, counted_at=clamp(mention.created_at, covers)) for mention in fresh]
        older = [item for item in known.items() if item[0] not in here]
        kept = dict((older + list(here.items()))[-max(REMEMBERED, len(here)) :])
        return Page(items=(*gaps, *mentions), covers=covers), kept

    def _gone(self, last: _Cursor, now: datetime) -> Page:
        """410: the publisher says it will not come back. Looked at once a day, in case."""
        gap = self._gap(last.at or now, now, "gone: the feed answered 410, take it out of the watches file")
        return Page(items=(gap,), cursor=replace(last, at=now).write(), next_after_s=GONE_AGAIN_S)

    def _gap(self, from_at: datetime, until_at: datetime, reason: str) -> Gap:
        until_at = max(until_at, from_at + timedelta(milliseconds=1))
        return Gap(connector=self.name, platform=PLATFORM, from_at=from_at, until_at=until_at, reason=reason)


def _key(native_id: str) -> str:
    return hashlib.sha256(native_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
