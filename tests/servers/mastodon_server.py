"""A Mastodon server on loopback: its public timeline over SSE and REST, which misbehaves as told."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from tests.servers.lines import Lines
from tests.servers.timewarp import BEGIN, WarpClock

TOKEN = "a-token-that-nobody-may-see"
WORDS = ["digue", "rivière", "pont", "école", "alerte", "water", "school", "naïf", "水害", "🚒"]


@dataclass
class Status:
    id: int
    at: datetime
    words: str
    edited: datetime | None = None
    visibility: str = "public"
    noindex: bool = False
    note: str = "<p>Bonjour</p>"
    reply_to: str | None = None
    remote: bool = False
    arrived: datetime = BEGIN


@dataclass
class MastodonServer:
    """`shown` are the statuses that exist and that anybody may hear; `failures` go to new streams."""

    clock: WarpClock
    statuses: list[Status] = field(default_factory=list)
    deleted_at: dict[str, datetime] = field(default_factory=dict)
    edited_at: dict[str, datetime] = field(default_factory=dict)
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    rest_refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    shows_timeline: bool = True
    budget: int = 300
    reset_at: datetime = BEGIN
    streams: int = 0
    reads: list[dict[str, str]] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(5))
    base: str = ""
    _open: Lines = field(init=False)

    def __post_init__(self) -> None:
        self._open = Lines(b":thump\n", 15, self.rng)

    def uri(self, status: Status) -> str:
        return f"https://{'far.example' if status.remote else 'near.example'}/users/u/statuses/{status.id}"

    def shown(self) -> dict[str, Status]:
        return {
            self.uri(status): status
            for status in self.statuses
            if status.visibility == "public" and not status.noindex and "nobot" not in status.note
        }

    def post(self, **changes: object) -> Status:
        at = self.clock.now()
        status = Status(0, at, " ".join(self.rng.choices(WORDS, k=6)))
        for name, value in changes.items():
            setattr(status, name, value)
        status.arrived = at
        if status.remote:
            # Federated late: created, and numbered, some seconds ago.
            status.at = at - timedelta(seconds=self.rng.randrange(0, 120))
        status.id = (int(status.at.timestamp() * 1000) << 16) + self.rng.randrange(65_536)
        self.statuses.append(status)
        self.send("update", self.entity(status))
        return status

    def edit(self, status: Status) -> None:
        status.words += " modifié"
        status.edited = self.clock.now()
        self.edited_at[self.uri(status)] = status.edited
        self.send("status.update", self.entity(status))

    def delete(self, status: Status) -> None:
        self.statuses.remove(status)
        self.deleted_at[self.uri(status)] = self.clock.now()
        self.send("delete", str(status.id))

    def entity(self, status: Status) -> dict[str, object]:
        account = {
            "id": "17", "username": "u", "acct": "u@far.example" if status.remote else "u",
            "display_name": "U", "bot": False, "group": False, "locked": False,
            "created_at": "2020-01-01T00:00:00.000Z",
            "note": status.note, "url": "https://near.example/@u", "followers_count": 12,
            "following_count": 3, "statuses_count": 9, "last_status_at": "2026-03-01",
            "indexable": False, "noindex": status.noindex,
            "fields": [{"name": "site", "value": "<a href='https://u.example'>u</a>", "verified_at": None}],
        }  # fmt: skip
        content = (
            f"<p>{status.words} &amp; <a href='https://near.example/tags/crue' class='mention hashtag'>"
            "#<span>crue</span></a><br/><a href='https://example.org/a/b?c=d'><span class='invisible'>https://"
            "</span><span class='ellipsis'>example.org/a/</span><span class='invisible'>b?c=d</span></a></p>"
        )
        return {
            "id": str(status.id), "uri": self.uri(status), "url": None if status.remote else self.uri(status),
            "created_at": iso(status.at), "edited_at": None if status.edited is None else iso(status.edited),
            "account": account, "content": content, "spoiler_text": "", "sensitive": False,
            "visibility": status.visibility, "language": "fr", "in_reply_to_id": status.reply_to,
            "in_reply_to_account_id": None, "reblog": None, "replies_count": 0, "reblogs_count": 1,
            "favourites_count": 2, "quotes_count": 0, "tags": [{"name": "crue", "url": "https://x"}],
            "mentions": [{"id": "1", "username": "v", "url": "https://x/@v", "acct": "v"}],
            "media_attachments": [{"id": "1", "type": "image", "url": "https://near.example/m.jpg"}],
            "poll": {"id": "1", "options": [{"title": "oui"}, {"title": "non"}]}, "card": None, "quote": None,
        }  # fmt: skip

    def boost(self, status: Status) -> dict[str, object]:
        """A status that repeats another, which it holds as a whole."""
        again = Status(status.id + 1, self.clock.now(), "")
        return self.entity(again) | {"content": "", "reblog": self.entity(status)}

    def send(self, event: str, payload: object, *, pretty: bool = False) -> None:
        data = (
            payload
            if isinstance(payload, str)
            else json.dumps(payload, ensure_ascii=False, indent=pretty or None)
        )
        lines = "".join(f"data: {line}\n" for line in data.split("\n"))
        self.send_raw(f"event: {event}\n{lines}\n".encode())

    def send_raw(self, raw: bytes) -> None:
        self._open.send(raw)

    def stall(self) -> None:
        self._open.stall()

    def hang_up(self, *, rudely: bool) -> None:
        self._open.hang_up(rudely=rudely)

    @property
    def connected(self) -> int:
        return len(self._open)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[MastodonServer]:
        app = web.Application()
        app.router.add_get("/api/v2/instance", self._instance)
        app.router.add_get("/api/v1/streaming/{stream:.+}", self._stream)
        app.router.add_get("/api/v1/timelines/public", self._timeline)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self.hang_up(rudely=True)
            await runner.cleanup()

    async def _instance(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"configuration": {"urls": {"streaming": self.base.replace("http", "ws", 1)}}}
        )

    def _refuses(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": "The access token is invalid"}, status=401)
        return None

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self.streams += 1
        if (refused := self._refuses(request)) is not None:
            return refused
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return web.json_response({"error": "not now"}, status=status, headers=headers)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await self._open.write(request, response, lambda: [b":)\n"])
        return response

    async def _timeline(self, request: web.Request) -> web.StreamResponse:
        self.reads.append(dict(request.query))
        if (refused := self._refuses(request)) is not None:
            return refused
        if self.clock.now() >= self.reset_at:
            self.budget, self.reset_at = max(self.budget, 300), self.clock.now() + timedelta(seconds=300)
        self.budget -= 1
        headers = {
            "X-RateLimit-Limit": "300", "X-RateLimit-Remaining": str(max(0, self.budget)),
            "X-RateLimit-Reset": iso(self.reset_at),
        }  # fmt: skip
        if self.rest_refusals:
            status, more = self.rest_refusals.pop(0)
            return web.json_response({"error": "not now"}, status=status, headers=headers | more)
        if not self.shows_timeline:
            return web.json_response([], headers=headers)
        limit = min(40, int(request.query.get("limit", "20")))
        held = sorted(
            (status for status in self.statuses if status.visibility == "public"), key=lambda s: s.id
        )
        if "min_id" in request.query:
            # Forward from there: the oldest page above, newest first within.
            held = [status for status in held if status.id > int(request.query["min_id"])][:limit]
        else:
            held = held[-limit:]
        return web.json_response([self.entity(status) for status in reversed(held)], headers=headers)


def iso(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
