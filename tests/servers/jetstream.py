"""A Jetstream host on loopback, which speaks `/subscribe` or `subscribeEvents` and misbehaves as told.

Payloads hold every key of the documented shapes, invented from a seed. Several hosts can stand on one
log: then each stamps `time_us` with its own skew.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from aiohttp import WSCloseCode, web

from connectors.zstd import ZstdDict, compress, train_dict
from tests.servers.timewarp import StillClock, WarpClock

V2 = "/xrpc/network.bsky.jetstream.subscribeEvents"
TID = "234567abcdefghijklmnopqrstuvwxyz"
WORDS = [
    "digue",
    "rivière",
    "pont",
    "école",
    "mairie",
    "alerte",
    "water",
    "school",
    "naïf",
    "été",
    "水害",
    "🚒",
]


@dataclass
class Entry:
    time_us: int
    collection: str | None
    frame: str


@dataclass
class Log:
    """What happened on the network; `posts` are the ids a listener should end up with."""

    clock: WarpClock
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    entries: list[Entry] = field(default_factory=list)
    posts: dict[str, str] = field(default_factory=dict)
    served_at: dict[str, datetime] = field(default_factory=dict)
    gone_at: dict[str, datetime] = field(default_factory=dict)
    edited_at: dict[str, datetime] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def _append(self, collection: str | None, event: dict[str, object]) -> int:
        time_us = max(
            int(self.clock.now().timestamp() * 1e6), self.entries[-1].time_us + 1 if self.entries else 0
        )
        event = {"did": event.pop("did"), "time_us": time_us, **event}
        if self.rng.random() < 0.5:
            event["cursor"] = 9_000_000 + len(self.entries)
        self.entries.append(Entry(time_us, collection, json.dumps(event, ensure_ascii=False)))
        self.wake()
        return time_us

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def tid(self) -> str:
        return "3m" + "".join(self.rng.choices(TID, k=11))

    def did(self) -> str:
        return f"did:plc:{self.rng.choice('abcdefgh') * 4}"

    def commit(self, did: str, operation: str, collection: str, rkey: str, record: object = None) -> int:
        commit: dict[str, object] = {
            "rev": self.tid(), "operation": operation, "collection": collection, "rkey": rkey,
        }  # fmt: skip
        if record is not None:
            commit |= {"record": record, "cid": "bafyrei" + self.tid()}
        return self._append(collection, {"did": did, "kind": "commit", "commit": commit})

    def post(self, *, padding: int = 0) -> str:
        did, rkey = self.did(), self.tid()
        uri = f"at://{did}/app.bsky.feed.post/{rkey}"
        at_us = self.commit(did, "create", "app.bsky.feed.post", rkey, self.record(padding))
        self.posts[uri], self.served_at[uri] = did, moment(at_us)
        return uri

    def repost(self) -> str:
        did, rkey = self.did(), self.tid()
        subject = {"cid": "bafyreisubject", "uri": self.rng.choice(list(self.posts))}
        record = {"$type": "app.bsky.feed.repost", "createdAt": self.iso(), "subject": subject}
        at_us = self.commit(did, "create", "app.bsky.feed.repost", rkey, record)
        uri = f"at://{did}/app.bsky.feed.repost/{rkey}"
        self.posts[uri], self.served_at[uri] = did, moment(at_us)
        return uri

    def edit(self) -> None:
        """A post is written anew under its key, which is rare."""
        uri = self.rng.choice([uri for uri in self.posts if "app.bsky.feed.post" in uri])
        _, _, did, collection, rkey = uri.split("/")
        self.edited_at[uri] = moment(self.commit(did, "update", collection, rkey, self.record()))

    def profile(self) -> None:
        blob = {"$type": "blob", "ref": {"$link": "bafkreipic"}, "mimeType": "image/jpeg", "size": 720303}
        record = {"$type": "app.bsky.actor.profile", "displayName": "U", "description": "d", "avatar": blob}
        self.commit(self.did(), "update", "app.bsky.actor.profile", "self", record)

    def like(self) -> None:
        subject = {"cid": "bafyreisubject", "uri": "at://did:plc:aaaa/app.bsky.feed.post/3x"}
        record = {"$type": "app.bsky.feed.like", "createdAt": self.iso(), "subject": subject}
        self.commit(self.did(), "create", "app.bsky.feed.like", self.tid(), record)

    def delete(self) -> None:
        uri = self.rng.choice(list(self.posts))
        _, _, did, collection, rkey = uri.split("/")
        self.gone_at[uri] = moment(self.commit(did, "delete", collection, rkey))
        del self.posts[uri]

    def account(self, *, status: str | None = "deleted") -> None:
        did = self.did()
        body: dict[str, object] = {"active": status is None, "did": did, "seq": self.rng.randrange(10**10)}
        body["time"] = self.iso()
        if status is not None:
            body["status"] = status
        at_us = self._append(None, {"did": did, "kind": "account", "account": body})
        if status == "deleted":
            self.gone_at |= {uri: moment(at_us) for uri, owner in self.posts.items() if owner == did}
            self.posts = {uri: owner for uri, owner in self.posts.items() if owner != did}

    def identity(self) -> None:
        did = self.did()
        body = {"did": did, "handle": f"{did[-4:]}.example.org", "seq": 1, "time": self.iso()}
        self._append(None, {"did": did, "kind": "identity", "identity": body})

    def garbage(self, which: int) -> None:
        time_us = self.entries[-1].time_us + 1
        frames = ["{", "[1]", '{"did": 1}', "\x00\x01", '{"did": "did:plc:aaaa", "time_us": "soon"}']
        self.entries.append(Entry(time_us, None, frames[which % len(frames)]))
        self.wake()

    def iso(self) -> str:
        return self.clock.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def record(self, padding: int = 0) -> dict[str, object]:
        rng = self.rng
        text = " ".join(rng.choices(WORDS, k=rng.randrange(1, 12))) + "x" * padding
        record: dict[str, object] = {
            "$type": "app.bsky.feed.post", "createdAt": self.iso(), "langs": ["fr"], "text": text,
        }  # fmt: skip
        ref = {"cid": "bafyreiparent", "uri": "at://did:plc:bbbb/app.bsky.feed.post/3mmoj"}
        blob = {"$type": "blob", "ref": {"$link": "bafkreipic"}, "mimeType": "image/jpeg", "size": 720303}
        if rng.random() < 0.3:
            record["reply"] = {"parent": ref, "root": ref}
        if rng.random() < 0.3:
            record["tags"], record["labels"] = ["meteo"], {"$type": "com.atproto.label.defs#selfLabels"}
        images = {"$type": "app.bsky.embed.images", "images": [{"alt": "a", "image": blob}]}
        quote = {"$type": "app.bsky.embed.record", "record": ref}
        record_embed = rng.choice(
            [
                None,
                images,
                {"$type": "app.bsky.embed.video", "video": blob},
                {
                    "$type": "app.bsky.embed.external",
                    "external": {
                        "uri": "https://example.org/a",
                        "title": "t",
                        "description": "d",
                        "thumb": blob,
                    },
                },
                quote,
                {"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": images},
            ]
        )
        if record_embed is not None:
            record["embed"] = record_embed
        if rng.random() < 0.5:
            begin = len((text + " ").encode())
            record["text"] = text + " example.org/lon…"
            end = len(str(record["text"]).encode())
            record["facets"] = [
                {
                    "index": {"byteStart": begin, "byteEnd": end},
                    "features": [
                        {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/long/path"}
                    ],
                },
                {
                    "index": {"byteStart": 0, "byteEnd": 1},
                    "features": [
                        {"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:bbbb"},
                        {"$type": "app.bsky.richtext.facet#tag", "tag": "crue"},
                    ],
                },
            ]
        return record


class JetstreamHost:
    """One host. The test turns its knobs; `hang_up` acts at once on whoever is connected."""

    def __init__(
        self, log: Log, *, skew_us: int = 0, two: bool = False, dictionary: ZstdDict | None = None
    ) -> None:
        self.log = log
        self.two = two
        self.dictionary = dictionary
        self.sent_bytes = 0
        self.skew_us = skew_us
        self.refusals: list[tuple[int, dict[str, str]]] = []
        self.lookback_us = 36 * 3600 * 1_000_000
        self.stalled = False
        self.repeats_at_cutover = 0
        self.obeys_max_size = True
        self.requests: list[dict[str, list[str]]] = []
        self.url = ""
        self._sockets: list[tuple[web.WebSocketResponse, web.Request]] = []

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[JetstreamHost]:
        app = web.Application()
        app.router.add_get(V2 if self.two else "/subscribe", self._subscribe)
        app.router.add_get("/xrpc/network.bsky.jetstream.getZstdDictionary", self._get_dictionary)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"ws://127.0.0.1:{runner.addresses[0][1]}{V2 if self.two else '/subscribe'}"
        try:
            yield self
        finally:
            await self.hang_up(None)
            await runner.cleanup()

    @property
    def connected(self) -> int:
        return len(self._sockets)

    async def hang_up(self, code: int | None, reason: str = "server shutting down") -> None:
        """Close with a code, or with None cut the line without a word (the client sees 1006)."""
        for socket, request in list(self._sockets):
            if code is None:
                if request.transport is not None:
                    request.transport.abort()
            else:
                await socket.close(code=code, message=reason.encode())

    async def _get_dictionary(self, _: web.Request) -> web.Response:
        if self.dictionary is None:
            return web.json_response({"error": "DictionaryNotFound", "message": "none"}, status=404)
        return web.Response(body=self.dictionary.dict_content, content_type="application/octet-stream")

    def _refused(self, query: dict[str, list[str]]) -> str | None:
        """Why a v2 host answers 400, as its lexicon says."""
        if {"wantedCollections", "wantedDids"} & query.keys():
            return "InvalidRequest"
        if not set(query.get("kinds", [])) <= {"commit", "identity", "account", "sync"}:
            return "InvalidRequest"
        asked = query.get("zstdDictionary")
        if asked and (self.dictionary is None or asked != [str(self.dictionary.dict_id)]):
            return "UnknownZstdDictionary"
        return None

    async def _subscribe(self, request: web.Request) -> web.StreamResponse:
        query = {name: request.query.getall(name) for name in request.query}
        self.requests.append(query)
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return web.Response(status=status, headers=headers, text="not now")
        if self.two and (why := self._refused(query)) is not None:
            return web.json_response({"error": why, "message": "no"}, status=400)
        wanted = set(query.get("collections" if self.two else "wantedCollections", []))
        if len(wanted) > 100 or any("." not in name for name in wanted):
            return web.Response(status=400, text="bad wantedCollections")
        socket = web.WebSocketResponse(protocols=("xrpc.v1.json",) if self.two else ())
        await socket.prepare(request)
        self._sockets.append((socket, request))
        reader = asyncio.ensure_future(self._read(socket))
        try:
            await self._send(socket, wanted, query)
        except (ConnectionError, RuntimeError):
            pass
        finally:
            self._sockets.remove((socket, request))
            reader.cancel()
        return socket

    async def _read(self, socket: web.WebSocketResponse) -> None:
        """Answers pings and takes options_update, by which a real host would change the filter."""
        async for message in socket:
            if self.two:
                await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"nothing is taken here")
                continue
            try:
                json.loads(message.data)
            except ValueError:
                await socket.close(code=WSCloseCode.INVALID_TEXT)
        self.log.wake()

    async def _send(
        self, socket: web.WebSocketResponse, wanted: set[str], query: dict[str, list[str]]
    ) -> None:
        entries = self.log.entries
        at = len(entries)
        if "cursor" in query:
            asked = int(query["cursor"][0])
            now_us = int(self.log.clock.now().timestamp() * 1e6)
            floor = now_us - self.lookback_us
            if self.two and asked < floor:
                info = {"$type": f"{V2[6:]}#info", "name": "OutdatedCursor", "message": f"from {floor} on"}
                await self._put(socket, json.dumps({"$type": "message", "payload": info}), query)
            asked = max(asked, floor)
            at = next((i for i, entry in enumerate(entries) if entry.time_us + self.skew_us >= asked), at)
        cap = int(query.get("maxMessageSizeBytes", ["0"])[0]) if self.obeys_max_size else 0
        replayed_until = len(entries)
        while not socket.closed:
            while at < len(entries) and not self.stalled and not socket.closed:
                entry, seq = entries[at], at + 1
                at += 1
                if entry.collection is not None and wanted and entry.collection not in wanted:
                    continue
                frame = self._stamped(entry)
                if self.two:
                    frame = enveloped(frame, seq)
                if cap and len(frame.encode()) > cap:
                    continue
                await self._put(socket, frame, query)
                if at == replayed_until and self.repeats_at_cutover:
                    # Cut-over from replay to live: the last ones once more.
                    at, self.repeats_at_cutover = max(0, at - self.repeats_at_cutover), 0
            await self.log.changed.wait()

    async def _put(self, socket: web.WebSocketResponse, frame: str, query: dict[str, list[str]]) -> None:
        if "zstdDictionary" in query and self.dictionary is not None:
            raw = compress(frame.encode(), zstd_dict=self.dictionary)
            self.sent_bytes += len(raw)
            await socket.send_bytes(raw)
            return
        self.sent_bytes += len(frame.encode())
        await socket.send_str(frame)

    async def end_with_error(self) -> None:
        """The terminal frame of v2, then the close."""
        error = {"$type": "error", "error": "ConsumerTooSlow", "message": "far behind the live tip"}
        for socket, _ in list(self._sockets):
            await socket.send_str(json.dumps(error))
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"ConsumerTooSlow")

    def _stamped(self, entry: Entry) -> str:
        if not self.skew_us or not entry.frame.startswith("{") or '"time_us"' not in entry.frame:
            return entry.frame
        return entry.frame.replace(
            f'"time_us": {entry.time_us}', f'"time_us": {entry.time_us + self.skew_us}'
        )


def enveloped(frame: str, seq: int) -> str:
    """An event of v1 as v2 sends it; what is no event goes as it is."""
    try:
        event = json.loads(frame)
        kind, when = event["kind"], moment(event["time_us"])
    except (ValueError, TypeError, KeyError):
        return frame
    time = when.isoformat(timespec="microseconds").replace("+00:00", "Z")
    payload = {
        "$type": f"{V2[6:]}#{kind}",
        "seq": seq,
        "did": event["did"],
        "time": time,
        "witnessedAt": time,
    }
    payload |= event["commit"] if kind == "commit" else {kind: event[kind]}
    return json.dumps({"$type": "message", "payload": payload}, ensure_ascii=False)


@cache
def trained() -> ZstdDict:
    """A dictionary such as a host makes, of invented events."""
    log = Log(StillClock())
    for _ in range(400):
        log.post()
        log.repost()
        log.account(status=None)
    samples = [enveloped(entry.frame, seq).encode() for seq, entry in enumerate(log.entries, 1)]
    return train_dict(samples, 32_000)


def moment(time_us: int) -> datetime:
    return datetime.fromtimestamp(time_us / 1e6, UTC)
