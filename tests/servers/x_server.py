"""X on loopback: the filtered stream, its rules, its backfill and its search, which misbehave as told."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from tests.servers.lines import Lines
from tests.servers.timewarp import WarpClock

BEARER = "a-bearer-that-nobody-may-see"


@dataclass
class Post:
    id: str
    at: datetime
    line: str


@dataclass
class XServer:
    """`posts` by the id that ours should have. What is posted while nobody listens can only be backfilled."""

    clock: WarpClock
    posts: dict[str, Post] = field(default_factory=dict)
    edits: dict[str, str] = field(default_factory=dict)
    rules: dict[str, dict[str, str]] = field(default_factory=dict)
    refusals: list[tuple[int, dict[str, str], dict[str, object]]] = field(default_factory=list)
    rules_refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    search_refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """What each of the next searches is answered; 200 lets it through."""
    queries: list[dict[str, str]] = field(default_factory=list)
    searches: list[dict[str, str]] = field(default_factory=list)
    searches_left: int = 60
    search_takes_s: float = 0
    has_backfill: bool = True
    rng: random.Random = field(default_factory=lambda: random.Random(11))
    base: str = ""
    _lines: list[tuple[datetime, bytes]] = field(default_factory=list)
    _open: Lines = field(init=False)

    def __post_init__(self) -> None:
        self._open = Lines(b"\r\n", 20, self.rng)

    def post(self, *, old_form: bool = False) -> Post:
        at, id_ = self.clock.now(), str(1_890_000_000_000_000_000 + len(self._lines))
        post = Post(
            id_, at, json.dumps(self.payload(id_, at, [id_], "crue au pont &amp; à l'école", old_form))
        )
        self.posts[id_] = post
        self._send(post.line.encode())
        return post

    def edit(self, post: Post) -> None:
        id_ = str(1_890_000_000_000_000_000 + len(self._lines))
        self.edits[post.id] = "modifié"
        self._send(json.dumps(self.payload(id_, self.clock.now(), [post.id, id_], "modifié", False)).encode())

    def payload(
        self, id_: str, at: datetime, versions: list[str], text: str, old_form: bool
    ) -> dict[str, object]:
        when = f"{at:%a %b %d %H:%M:%S} +0000 {at:%Y}" if old_form else f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
        data: dict[str, object] = {
            "id": id_, "text": text + " https://t.co/x", "author_id": "17", "created_at": when, "lang": "fr",
            "conversation_id": id_, "edit_history_tweet_ids": versions, "possibly_sensitive": False,
            "entities": {"urls": [{"start": 1, "end": 2, "url": "https://t.co/x",
                                   "expanded_url": "https://example.org/a", "display_url": "example.org/a"}]},
            "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 0,
                               "bookmark_count": 0, "impression_count": 9},
        }  # fmt: skip
        kind = self.rng.choice([None, "replied_to", "quoted", "retweeted"])
        if kind is not None:
            data["referenced_tweets"] = [{"type": kind, "id": f"9{id_}"}]
        user = {
            "id": "17", "name": "X Dev", "username": "XDevelopers", "created_at": "2013-12-14T04:35:55.000Z",
            "verified": True, "public_metrics": {"followers_count": 5, "following_count": 1, "tweet_count": 1,
                                                 "listed_count": 1},
        }  # fmt: skip
        includes: dict[str, object] = {"users": [user]}
        if kind is not None:
            other = {"id": f"9{id_}", "text": data["text"], "entities": data["entities"]}
            includes["tweets"] = [other | {"edit_history_tweet_ids": [f"9{id_}"]}]
        return {
            "data": data,
            "includes": includes,
            "matching_rules": [{"id": "120897978112909812", "tag": "vigie:crue"}],
        }

    def _send(self, line: bytes) -> None:
        self._lines.append((self.clock.now(), line))
        self.send_raw(line + b"\r\n")

    def send_raw(self, raw: bytes) -> None:
        self._open.send(raw)

    def stall(self) -> None:
        self._open.stall()

    def hang_up(self, *, rudely: bool) -> None:
        self._open.hang_up(rudely=rudely)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[XServer]:
        app = web.Application()
        app.router.add_get("/2/tweets/search/stream/rules", self._get_rules)
        app.router.add_post("/2/tweets/search/stream/rules", self._post_rules)
        app.router.add_get("/2/tweets/search/stream", self._stream)
        app.router.add_get("/2/tweets/search/recent", self._recent)
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

    def _headers(self) -> dict[str, str]:
        reset = str(int((self.clock.now() + timedelta(minutes=15)).timestamp()))
        return {"x-rate-limit-limit": "50", "x-rate-limit-remaining": "40", "x-rate-limit-reset": reset}

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Bearer {BEARER}":
            return None
        problem = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
        return web.json_response(problem, status=401)

    async def _get_rules(self, request: web.Request) -> web.Response:
        if (refused := self._unauthorised(request)) is not None:
            return refused
        if self.rules_refusals:
            status, headers = self.rules_refusals.pop(0)
            return web.json_response({"title": "no"}, status=status, headers=headers)
        answer: dict[str, object] = {"meta": {"sent": "2026-03-02T08:00:00.000Z"}}
        if self.rules:
            answer["data"] = list(self.rules.values())
        return web.json_response(answer, headers=self._headers())

    async def _post_rules(self, request: web.Request) -> web.Response:
        if (refused := self._unauthorised(request)) is not None:
            return refused
        body = await request.json()
        errors = []
        for id_ in body.get("delete", {}).get("ids", []):
            del self.rules[id_]
        for rule in body.get("add", []):
            if "unacceptable" in rule["value"]:
                errors.append(
                    {"value": rule["value"], "title": "UnprocessableEntity", "details": ["Ambiguous use"]}
                )
                continue
            id_ = str(100 + len(self.rules) + self.rng.randrange(10**6))
            self.rules[id_] = {"id": id_, "value": rule["value"], "tag": rule["tag"]}
        answer: dict[str, object] = {"meta": {"summary": {}}}
        if errors:
            answer["errors"] = errors
        return web.json_response(answer, status=201 if "add" in body else 200)

    async def _recent(self, request: web.Request) -> web.Response:
        """Everything here matches; what differs is when, and how much of it goes into a page."""
        if (refused := self._unauthorised(request)) is not None:
            return refused
        query = dict(request.query)
        self.searches.append(query)
        await self.clock.sleep(self.search_takes_s)
        self.searches_left -= 1
        headers = self._headers() | {"x-rate-limit-remaining": str(self.searches_left)}
        if self.search_refusals:
            status, more = self.search_refusals.pop(0)
            if status != 200:
                return web.json_response({"title": "no"}, status=status, headers=headers | more)
        now = self.clock.now()
        start, end = (datetime.fromisoformat(query[key]) for key in ("start_time", "end_time"))
        if end > now - timedelta(seconds=10) or start < now - timedelta(days=7) or len(query["query"]) > 512:
            return web.json_response({"title": "Invalid Request"}, status=400, headers=headers)
        found = [line for at, line in reversed(self._lines) if start <= at < end]
        first, most = int(query.get("next_token", "0")), int(query["max_results"])
        shown = [json.loads(line) for line in found[first : first + most]]
        meta: dict[str, object] = {"result_count": len(shown)}
        answer: dict[str, object] = {"meta": meta}
        if shown:
            others = [tweet for one in shown for tweet in one["includes"].get("tweets", [])]
            includes = {"users": shown[0]["includes"]["users"], "tweets": others}
            answer |= {"data": [one["data"] for one in shown], "includes": includes}
            meta |= {"newest_id": shown[0]["data"]["id"], "oldest_id": shown[-1]["data"]["id"]}
        if first + most < len(found):
            meta["next_token"] = str(first + most)
        return web.json_response(answer, headers=headers)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if (refused := self._unauthorised(request)) is not None:
            return refused
        self.queries.append(dict(request.query))
        if self.refusals:
            status, headers, body = self.refusals.pop(0)
            return web.json_response(body, status=status, headers=headers)
        response = web.StreamResponse()
        minutes = int(request.query.get("backfill_minutes", "0")) if self.has_backfill else 0

        def begin() -> list[bytes]:
            since = self.clock.now() - timedelta(minutes=minutes)
            missed = [line for at, line in self._lines if minutes and at >= since]
            return [b"\r\n", *(line + b"\r\n" for line in missed)]

        await self._open.write(request, response, begin)
        return response
