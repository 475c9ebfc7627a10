"""Every key of the platforms' documented shapes occurs in what the test servers make up.

The lists are the platforms' documentation in short: a dotted path a key, lists passed through.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

import pytest
from aiohttp import ClientSession

from tests.servers.feeds import Publisher
from tests.servers.jetstream import JetstreamHost, Log, enveloped
from tests.servers.mastodon_server import TOKEN, MastodonServer
from tests.servers.timewarp import StillClock, WarpClock, run_warped
from tests.servers.x_server import BEARER, XServer

REF = ("cid", "uri")
BLOB = ("$type", "ref.$link", "mimeType", "size")


def below(path: str, keys: Iterable[str]) -> set[str]:
    return {f"{path}.{key}" for key in keys}


POST = below(
    "commit.record", ["$type", "createdAt", "langs", "text", "tags", "labels", "reply", "facets", "embed"]
)
POST |= below("commit.record.reply.parent", REF) | below("commit.record.reply.root", REF)
POST |= below("commit.record.facets", ["index.byteStart", "index.byteEnd"])
POST |= below("commit.record.facets.features", ["$type", "did", "uri", "tag"])
POST |= below("commit.record.embed", ["$type", "images.alt", "record.cid", "record.uri", "record.record.uri"])
POST |= below("commit.record.embed.images.image", BLOB) | below("commit.record.embed.video", BLOB)
POST |= below("commit.record.embed.external", ["uri", "title", "description", "thumb"])
POST |= below("commit.record.embed.media.images.image", BLOB)
COMMIT = below("commit", ["rev", "operation", "collection", "rkey", "record", "cid"])
PROFILE = below("commit.record", ["displayName", "description", *(f"avatar.{key}" for key in BLOB)])
REPOST = below("commit.record.subject", REF)
IDENTITY = below("identity", ["did", "handle", "seq", "time"])
ACCOUNT = below("account", ["active", "did", "seq", "status", "time"])
V1 = {"did", "time_us", "kind", "cursor"} | COMMIT | POST | PROFILE | REPOST | IDENTITY | ACCOUNT

V2 = {"$type", "payload.$type", "payload.seq", "payload.did", "payload.time", "payload.witnessedAt"}
V2 |= {"payload." + key.removeprefix("commit.") for key in COMMIT | POST | PROFILE | REPOST}
V2 |= {f"payload.{key}" for key in IDENTITY | ACCOUNT}

STATUS = {
    "id", "uri", "url", "created_at", "edited_at", "content", "spoiler_text", "sensitive", "visibility",
    "language", "in_reply_to_id", "in_reply_to_account_id", "reblog.id", "reblog.uri", "replies_count",
    "reblogs_count", "favourites_count", "quotes_count", "tags.name", "tags.url", "mentions.id",
    "mentions.username", "mentions.url", "mentions.acct", "media_attachments", "poll", "card", "quote",
}  # fmt: skip
STATUS |= below("account", [
    "id", "username", "acct", "display_name", "bot", "group", "locked", "created_at", "note", "url",
    "followers_count", "following_count", "statuses_count", "last_status_at", "indexable", "noindex",
    "fields.name", "fields.value",
])  # fmt: skip

TWEET = below("data", [
    "id", "text", "author_id", "created_at", "lang", "conversation_id", "edit_history_tweet_ids",
    "possibly_sensitive", "entities", "referenced_tweets.type", "referenced_tweets.id",
])  # fmt: skip
TWEET |= below("data.public_metrics", [
    "retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count",
])  # fmt: skip
TWEET |= below("includes.users", ["id", "name", "username", "created_at", "verified"])
TWEET |= below("includes.users.public_metrics", [
    "followers_count", "following_count", "tweet_count", "listed_count",
])  # fmt: skip
TWEET |= {"includes.tweets.id", "includes.tweets.text", "matching_rules.id", "matching_rules.tag"}


def keys(value: object, path: str = "") -> set[str]:
    """Every dotted path in a JSON value."""
    if isinstance(value, list):
        return set().union(*(keys(each, path) for each in value)) if value else set()
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for key, inner in value.items():
        here = f"{path}.{key}" if path else key
        found |= {here} | keys(inner, here)
    return found


def of(frames: Iterable[str | bytes]) -> set[str]:
    return set().union(*(keys(json.loads(frame)) for frame in frames))


def log() -> Log:
    made = Log(StillClock())
    for _ in range(60):
        made.post()
        made.repost()
        made.edit()
    made.like()
    made.delete()
    made.profile()
    made.identity()
    made.account()
    made.account(status=None)
    return made


def test_jetstream() -> None:
    frames = [entry.frame for entry in log().entries]
    assert not V1 - of(frames)
    operations = {json.loads(frame).get("commit", {}).get("operation") for frame in frames}
    assert operations >= {"create", "update", "delete"}


def test_jetstream_two() -> None:
    frames = [enveloped(entry.frame, seq) for seq, entry in enumerate(log().entries, 1)]
    assert not V2 - of(frames)


def test_what_jetstream_two_says_about_itself() -> None:
    async def body(clock: WarpClock) -> list[str]:
        said: list[str] = []
        host = JetstreamHost(Log(clock), two=True)
        async with host.serve(), ClientSession() as session:
            async with session.ws_connect(f"{host.url}?cursor=1000000000000001") as socket:
                said.append(await socket.receive_str())
                await asyncio.sleep(1)
                ending = asyncio.ensure_future(host.end_with_error())
                said.append(await socket.receive_str())
                await ending
            async with session.get(f"{host.url.replace('ws', 'http', 1)}?wantedDids=a") as refused:
                said.append(await refused.text())
        return said

    info, error, refusal = run_warped(body)
    assert of([info]) == {"$type", "payload", "payload.$type", "payload.name", "payload.message"}
    assert of([error]) == {"$type", "error", "message"}
    assert of([refusal]) == {"error", "message"}


def test_mastodon() -> None:
    server = MastodonServer(StillClock())
    statuses = [server.post(), server.post(remote=True)]
    server.edit(statuses[0])
    found = keys([server.entity(status) for status in statuses] + [server.boost(statuses[0])])
    assert not STATUS - found


def test_x() -> None:
    server = XServer(StillClock())
    assert not TWEET - keys([json.loads(server.post().line) for _ in range(40)])


@pytest.mark.parametrize(
    ("form", "pieces"),
    [
        ("rss", ["<guid", "<title>", "<link>", "<description>", "<pubDate>", "<language>", "<ttl>",
                 "<sy:updatePeriod>", 'rel="hub"', "<dc:creator>", "<enclosure", "<atom:updated>"]),
        ("atom", ["<id>", "<title>", "<link", "<published>", "<updated>", "<author>", "<summary>", "<content",
                  "xml:lang"]),
        ("json", ['"id"', '"url"', '"title"', '"content_html"', '"date_published"', '"date_modified"',
                  '"authors"', '"language"', '"attachments"', '"summary"', '"external_url"', '"tags"']),
    ],
)  # fmt: skip
def test_feeds(form: str, pieces: list[str]) -> None:
    publisher = Publisher(StillClock(), form)  # type: ignore[arg-type]
    publisher.publish()
    publisher.edit(publisher.publish())
    document = publisher.document().decode()
    assert [piece for piece in pieces if piece not in document] == []


def test_headers_that_tell_of_budgets() -> None:
    async def body(clock: WarpClock) -> list[set[str]]:
        async with (
            XServer(clock).serve() as x,
            MastodonServer(clock).serve() as mastodon,
            ClientSession() as ask,
        ):
            heads = []
            for url, token in (
                (f"{x.base}/2/tweets/search/stream/rules", BEARER),
                (f"{mastodon.base}/api/v1/timelines/public", TOKEN),
            ):
                async with ask.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
                    heads.append({name.lower() for name in answer.headers})
            return heads

    x, mastodon = run_warped(body)
    assert {"x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"} <= x
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= mastodon
