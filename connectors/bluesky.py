"""Bluesky, heard through Jetstream: every public post of the network over one WebSocket.

Wire format: github.com/bluesky-social/jetstream, both of its versions (`connectors/jetstream.py`).
Things to know:

- A cursor is a time in microseconds and inclusive: we go back a few seconds and drop what we had.
  It travels between hosts, whose clocks differ by a little: there we go back further.
- A cursor older than the server's memory is clamped in silence. Its first event then lies after
  the last one we saw, and what lies between is a `Gap`.
- A repost carries no text: it gets that of its original while that is among the recent ones.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import ClassVar, Final
from urllib.parse import urlsplit

import aiohttp

from connectors import config
from connectors.base import Clock
from connectors.batch import batches
from connectors.bluesky_event import PLATFORM, Event, parse
from connectors.bluesky_profiles import Profiles
from connectors.duplicates import Duplicates
from connectors.errors import ConnectorError, Oversize, Refused, ServerTrouble, Unreachable, Unreadable
from connectors.http import Http, Reach
from connectors.jetstream import (
    MAX_FRAME_BYTES,
    SUBPROTOCOL,
    Dictionaries,
    decompress,
    is_v2,
    parameters,
)
from connectors.mention import Gap, Malformed, Mention, Page, Retraction
from connectors.pieces import Recent
from connectors.watchdog import IdleWatchdog
from connectors.zstd import ZstdDict

log = logging.getLogger(__name__)

REWIND_US: Final = 5_000_000
REWIND_ELSEWHERE_US: Final = 15_000_000
# How far the clocks of two hosts may lie apart before a missing last event means a gap.
SKEW_US: Final = 2_000_000
_BEGUN: Final = "since:"
# Over a message that is too large: this far at first, then twice as far each time.
FIRST_STEP_US: Final = 100_000
SILENCE_S: Final = 5.0
PING_S: Final = 20.0
RECENT_TEXTS: Final = 20_000

Wanted = Callable[[Mention], bool]


@dataclass(slots=True)
class _Position:
    """Where one connection stands: the newest event read, and whether this connection read any yet.

    `begun_us` is when we began to listen: where to resume while no event was read at all.
    """

    last_us: int | None
    begun_us: int | None
    elsewhere: bool
    fresh: bool = True

    @classmethod
    def read(cls, cursor: str | None, *, elsewhere: bool) -> _Position:
        begun = (cursor or "").startswith(_BEGUN)
        digits = (cursor or "").removeprefix(_BEGUN)
        time_us = int(digits) if digits.isdigit() else None
        return cls(None if begun else time_us, time_us if begun else None, elsewhere)

    @property
    def cursor(self) -> str | None:
        if self.last_us is not None:
            return str(self.last_us)
        return None if self.begun_us is None else f"{_BEGUN}{self.begun_us}"


class Bluesky:
    """One subscription, moved from host to host as they fail."""

    platform = PLATFORM
    advice: ClassVar[Mapping[int, str]] = {
        400: "the host does not accept the subscription: look at `collections`",
        404: "there is no Jetstream at this address: it ends in /subscribe, or in "
        "/xrpc/network.bsky.jetstream.subscribeEvents",
    }

    def __init__(
        self, section: config.Bluesky, *, clock: Clock, wanted: Wanted | None = None, name: str = PLATFORM
    ) -> None:
        self.name = name
        self._section = section
        self._clock = clock
        self._wanted = wanted
        self._http: Http | None = None
        self._profiles: Profiles | None = None
        self._dictionaries = Dictionaries()
        self._watchdog = IdleWatchdog(section.idle)
        self._turn = 0
        self._last_host: str | None = None
        self._skip_us = 0
        self._seen: Duplicates[tuple[str, ...]] = Duplicates()
        self._texts: Recent[str, str] = Recent(RECENT_TEXTS)
        self._covered_until: datetime | None = None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def stream(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """One connection, to the first host that opens one; the next time it is another host's turn.

        The cursor is the `time_us` of the last event read, or `since:` when we began, before the first.
        """
        return self._seen.watch(cursor, self._some_host(cursor))

    async def _some_host(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        for left in reversed(range(len(self._section.endpoints))):
            endpoint = self._section.endpoints[self._turn % len(self._section.endpoints)]
            self._turn += 1
            at = _Position.read(cursor, elsewhere=endpoint != self._last_host)
            opened = False
            try:
                async with aclosing(self._pages(endpoint, at)) as pages:
                    async for page in pages:
                        opened = True
                        yield page
            except ConnectorError as error:
                if opened or not left:
                    raise
                log.info("%s: %s; trying the next host", self.name, error)

    async def _pages(self, endpoint: str, at: _Position) -> AsyncGenerator[Page, None]:
        loop = asyncio.get_running_loop()
        http = self._client()
        dictionary = await self._dictionaries.of(endpoint, http) if self._section.compress else None
        opening = http.websocket(
            endpoint,
            params=self._params(endpoint, at, dictionary),
            max_bytes=MAX_FRAME_BYTES + 4096,
            heartbeat_s=PING_S,
            protocols=(SUBPROTOCOL,) if is_v2(endpoint) else (),
        )
        try:
            async with opening as socket:
                self._watchdog.connected(loop.time())
                if at.last_us is None and at.begun_us is None:
                    at.begun_us = int(self._clock.now().timestamp() * 1_000_000)
                yield Page(cursor=at.cursor)
                async for frames in batches(lambda: _receive(socket, dictionary), silence_s=SILENCE_S):
                    if frames:
                        self._watchdog.event(loop.time())
                    elif self._watchdog.barks(loop.time()):
                        raise Unreachable(f"{_host(endpoint)}: nothing for a while, though still open")
                    page, problem = self._page(frames, at)
                    if not at.fresh:
                        self._last_host = endpoint
                    yield await self._named(page)
                    if problem is not None:
                        raise problem
        except Oversize:
            # The server sends it again to whoever resumes before it: step over it, further each time.
            self._skip_us = self._skip_us * 2 if at.fresh and self._skip_us else FIRST_STEP_US
            raise
        except Refused as error:
            if error.status == 400 and dictionary and await self._dictionaries.renewed(endpoint, http):
                raise ServerTrouble(f"{_host(endpoint)} has a new dictionary") from None
            raise

    def _client(self) -> Http:
        if self._http is None:
            named = [*self._section.endpoints, *([self._section.api] if self._section.api else [])]
            self._http = Http(Reach.to(named), self._clock)
            if self._section.api is not None:
                self._profiles = Profiles(self._section.api, self._http, self._clock)
        return self._http

    def _params(self, endpoint: str, at: _Position, dictionary: ZstdDict | None) -> list[tuple[str, str]]:
        known_us, cursor_us = at.last_us or at.begun_us, None
        if known_us is not None:
            # Another host may have stamped the same event a little earlier or later.
            rewind_us = REWIND_ELSEWHERE_US if at.elsewhere else REWIND_US
            cursor_us = max(1, known_us + (self._skip_us or -rewind_us))
        return parameters(
            endpoint, collections=self._section.collections, cursor_us=cursor_us, dictionary=dictionary
        )

    def _page(self, frames: list[bytes | str], at: _Position) -> tuple[Page, ConnectorError | None]:
        """A page from a batch of frames, none of them in silence; `at` moves on."""
        problem: ConnectorError | None = None
        now = self._clock.now()
        found: list[Mention | Retraction | Gap] = []
        malformed: list[Malformed] = []
        for frame in frames:
            try:
                event = parse(frame, now=now)
            except Unreadable as error:
                raw = frame.encode("utf-8", "surrogatepass") if isinstance(frame, str) else frame
                if self._seen.first_time(("malformed", blake2b(raw).hexdigest())):
                    malformed.append(Malformed(reason=str(error), raw=raw, position=f"after {at.last_us}"))
                continue
            if not isinstance(event, Event):
                problem = event or problem
                continue
            if at.fresh:
                found += self._missed(at, event.time_us)
                at.fresh, self._skip_us = False, 0
            at.last_us = max(at.last_us or 0, event.time_us)
            if self._profiles is not None and event.handle is not None:
                self._profiles.learn(*event.handle)
            if event.item is not None and self._seen.first_time(event.key):
                found.append(self._remembered(event.item))
        until = now if not frames or at.last_us is None else _when(at.last_us)
        page = Page(
            items=tuple(found),
            malformed=tuple(malformed),
            cursor=at.cursor,
            covers=self._covers(until, [item.counted_at for item in found if isinstance(item, Mention)]),
        )
        return page, problem

    def _missed(self, at: _Position, first_us: int) -> list[Gap]:
        """An inclusive cursor gives the last event again: where it does not, something was lost."""
        tolerated_us = SKEW_US if at.elsewhere and not self._skip_us else 0
        if at.last_us is None or first_us <= at.last_us + tolerated_us:
            return []
        return [self._gap(at.last_us, first_us)]

    def _covers(self, until: datetime, counted: list[datetime]) -> tuple[datetime, datetime]:
        start = self._covered_until or until
        until = max([until, *counted])
        start = min([start, until, *counted])
        self._covered_until = until
        return start, until

    def _gap(self, from_us: int, until_us: int) -> Gap:
        reason = (
            f"lost: a message larger than {MAX_FRAME_BYTES:,} bytes was stepped over"
            if self._skip_us
            else "lost: the server's memory does not reach back to where we were"
        )
        return Gap(
            connector=self.name,
            platform=PLATFORM,
            from_at=_when(from_us),
            # Up to the first event that was heard again, and not less than a millisecond.
            until_at=max(_when(until_us), _when(from_us) + timedelta(milliseconds=1)),
            reason=reason,
        )

    def _remembered(self, item: Mention | Retraction) -> Mention | Retraction:
        if isinstance(item, Retraction):
            if item.native_id is not None:
                self._texts.drop(item.native_id)
            return item
        if item.kind == "repost":
            return replace(item, text=self._texts.get(item.repost_of or "") or "")
        self._texts.put(item.native_id, item.text)
        return item

    async def _named(self, page: Page) -> Page:
        """Handles and follower counts for what the watches want, as far as they can be had now."""
        if self._profiles is None:
            return page
        wanted = {
            item.author_id
            for item in page.items
            if isinstance(item, Mention) and item.author_id and (self._wanted is None or self._wanted(item))
        }
        known = await self._profiles.look_up(wanted)
        named = [
            replace(
                item,
                author_handle=known[item.author_id].handle,
                author_followers=known[item.author_id].followers,
            )
            if isinstance(item, Mention) and item.author_id in known
            else item
            for item in page.items
        ]
        return replace(page, items=tuple(named), measurements=self._profiles.measurements)


def _when(time_us: int) -> datetime:
    return datetime.fromtimestamp(time_us // 1000 / 1000, UTC)


def _host(endpoint: str) -> str:
    return urlsplit(endpoint).netloc


async def _receive(socket: aiohttp.ClientWebSocketResponse, dictionary: ZstdDict | None) -> bytes | str:
    """The next frame, decompressed.

    Raises:
        ConnectorError: closed, with what the close code says to do; or `Oversize`.
    """
    message = await socket.receive()
    match message.type:
        case aiohttp.WSMsgType.TEXT | aiohttp.WSMsgType.BINARY:
            data: bytes | str = message.data
            return data if dictionary is None or isinstance(data, str) else decompress(data, dictionary)
        case aiohttp.WSMsgType.ERROR:
            if isinstance(message.data, aiohttp.WebSocketError) and message.data.code == 1009:
                raise Oversize(f"a frame of more than {MAX_FRAME_BYTES:,} bytes")
            raise Unreachable(f"the WebSocket broke ({type(message.data).__name__})")
        case _:
            raise _closed(socket.close_code, str(message.extra or ""))


def _closed(code: int | None, reason: str) -> ConnectorError:
    reason = "".join(character for character in reason if character.isprintable())[:120]
    if code in {1007, 1008}:
        return Refused(f"the server closed with {code}: {reason or 'it does not accept our subscription'}")
    return Unreachable(f"the server closed with {code}" + (f": {reason}" if reason else ""))
