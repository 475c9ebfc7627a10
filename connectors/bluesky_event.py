"""One frame of Jetstream as it is read: a post, a repost, what was deleted, or whose name is new.

`counted_at` is the server's `time_us`; `createdAt` is what the author's client claims.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from connectors.errors import ConnectorError, Unreadable
from connectors.jetstream import unwrap
from connectors.mention import Kind, Mention, Retraction
from connectors.pieces import body_text, items, lang, load_object, moment, obj, plausible, required, word

PLATFORM: Final = "bluesky"
POST: Final = "app.bsky.feed.post"
REPOST: Final = "app.bsky.feed.repost"
# The account is gone for good; `deactivated` and `suspended` may come back.
_ERASED: Final = frozenset({"deleted", "takendown"})


@dataclass(frozen=True, slots=True)
class Event:
    """One frame. `key` is the same for the same event on every host; `handle` is an account's new name."""

    time_us: int
    key: tuple[str, ...]
    item: Mention | Retraction | None = None
    handle: tuple[str, str] | None = None


def parse(frame: bytes | str, *, now: datetime) -> Event | ConnectorError | None:
    """Read one frame: an event, whose `item` is None where it holds nothing for us; what the stream
    says about its own end; None for its advice.

    Raises:
        Unreadable: it is no Jetstream event, or a post or repost whose required parts are wrong.
    """
    event = unwrap(load_object(frame))
    if event is None or isinstance(event, ConnectorError):
        return event
    did = required(event.get("did"), "did")
    if not did.startswith("did:"):
        raise Unreadable("did is no DID")
    time_us = event.get("time_us")
    if not isinstance(time_us, int) or isinstance(time_us, bool) or not 0 < time_us < 2**53:
        raise Unreadable("time_us is missing or no time in microseconds")
    seen_at = plausible(datetime.fromtimestamp(time_us // 1000 / 1000, UTC), "time_us", now)
    match event.get("kind"):
        case "commit":
            return _commit(obj(event.get("commit")), did, time_us, seen_at, now)
        case "account":
            account = obj(event.get("account"))
            key = ("account", did, str(account.get("seq")))
            if account.get("active") is False and word(account.get("status")) in _ERASED:
                gone = Retraction(platform=PLATFORM, author_id=did, observed_at=now)
                return Event(time_us, key, gone)
            return Event(time_us, key)
        case "identity":
            identity = obj(event.get("identity"))
            handle = word(identity.get("handle"), 253)
            return Event(
                time_us,
                ("identity", did, str(identity.get("seq"))),
                handle=None if handle is None else (did, handle),
            )
        case str():
            return Event(time_us, ("other", did, str(time_us)))
        case _:
            raise Unreadable("kind is missing or no string")


def _commit(commit: dict[str, Any], did: str, time_us: int, seen_at: datetime, now: datetime) -> Event:
    collection = required(commit.get("collection"), "commit.collection")
    operation = required(commit.get("operation"), "commit.operation")
    rkey = required(commit.get("rkey"), "commit.rkey")
    uri = f"at://{did}/{collection}/{rkey}"
    key = (operation, uri, str(commit.get("rev")))
    if collection not in {POST, REPOST}:
        return Event(time_us, key)
    if operation == "delete":
        return Event(time_us, key, Retraction(platform=PLATFORM, native_id=uri, observed_at=now))
    if operation not in {"create", "update"}:
        return Event(time_us, key)
    record = commit.get("record")
    if not isinstance(record, dict):
        raise Unreadable("commit.record is missing or no object")
    # Gathered first and made once: this is the hot path of a firehose.
    parts: dict[str, Any] = {
        "platform": PLATFORM,
        "native_id": uri,
        "created_at": moment(record.get("createdAt"), "record.createdAt", now),
        "observed_at": now,
        "counted_at": seen_at,
        "author_id": did,
        "edited_at": seen_at if operation == "update" else None,
    }
    if collection == REPOST:
        subject = required(obj(record.get("subject")).get("uri"), "record.subject.uri")
        parts |= {"kind": "repost", "repost_of": subject, "text": ""}
    else:
        parts |= {"url": f"https://bsky.app/profile/{did}/post/{rkey}", **_post(record, did)}
    return Event(time_us, key, Mention(**parts))


def _post(record: dict[str, Any], did: str) -> dict[str, Any]:
    """What a post has and a repost has not."""
    embed = obj(record.get("embed"))
    media_embed = obj(embed.get("media")) or embed
    parent = word(obj(obj(record.get("reply")).get("parent")).get("uri"))
    quoted = word(_quoted(embed))
    kind: Kind = "reply" if parent else "quote" if quoted else "post"
    text = _with_links(body_text(record.get("text"), "record.text"), items(record.get("facets")))
    # What a reader sees beside the words: the card's address, and hashtags kept outside the text.
    card = word(obj(media_embed.get("external")).get("uri"), 8_192)
    tags = [f"#{tag}" for tag in items(record.get("tags"))[:8] if word(tag, 640)]
    extra = [piece for piece in ([card] if card else []) + tags if piece not in text]
    return {
        "text": "\n".join([text, " ".join(extra)]) if extra else text,
        "kind": kind,
        "lang": lang(next(iter(items(record.get("langs"))), None)),
        "parent_id": parent,
        "repost_of": quoted,
        "media": tuple(_pictures(media_embed, did)),
    }


def _quoted(embed: dict[str, Any]) -> object:
    """Of a quote the uri; `recordWithMedia` holds its record one level deeper."""
    record = obj(embed.get("record"))
    return record.get("uri") or obj(record.get("record")).get("uri")


def _pictures(embed: dict[str, Any], did: str) -> Iterable[str]:
    for image in items(embed.get("images"))[:4]:
        link = word(obj(obj(obj(image).get("image")).get("ref")).get("$link"))
        if link is not None:
            yield f"https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{link}@jpeg"


def _with_links(text: str, facets: list[Any]) -> str:
    """The text with shortened links written out. Facets count bytes of UTF-8, not characters."""
    if not facets:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    spans = []
    for facet in facets[:200]:
        index = obj(obj(facet).get("index"))
        start, end = index.get("byteStart"), index.get("byteEnd")
        for feature in items(obj(facet).get("features"))[:8]:
            uri = word(obj(feature).get("uri"), 8_192)
            if uri is not None and type(start) is int and type(end) is int and 0 <= start < end <= len(raw):
                spans.append((start, end, uri))
                break
    out, done = [], 0
    for start, end, uri in sorted(spans):
        if start < done:
            continue
        try:
            before, shown = raw[done:start].decode(), raw[start:end].decode()
        except UnicodeDecodeError:
            continue  # an offset inside a character: the facet is wrong, the text is not
        bare = shown.removesuffix("…").removesuffix("...").split("://")[-1]
        out += [before, uri if bare and bare in uri else f"{shown} {uri}"]
        done = end
    return "".join(out) + raw[done:].decode("utf-8", "surrogatepass")
