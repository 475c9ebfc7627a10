"""Reading Jetstream frames."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.bluesky_event import Event, parse
from connectors.errors import Unreadable
from connectors.mention import Mention, Retraction
from tests.connectors.broken import INPUTS, broken_json
from tests.servers.jetstream import enveloped

NOW = datetime(2026, 5, 25, 15, 0, tzinfo=UTC)


def frame(**changes: Any) -> dict[str, Any]:
    record = {
        "$type": "app.bsky.feed.post",
        "createdAt": "2026-05-25T14:23:28.757Z",
        "langs": ["fr-FR"],
        "text": "bonjour",
    }
    commit = {
        "rev": "3m",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": "3k",
        "record": record | changes.pop("record", {}),
        "cid": "bafy",
    }
    return {
        "did": "did:plc:aaaa",
        "time_us": 1779719009157119,
        "kind": "commit",
        "commit": commit | changes.pop("commit", {}),
    } | changes


def read(value: object) -> Event:
    event = parse(json.dumps(value), now=NOW)
    assert isinstance(event, Event)
    return event


def mention(**changes: Any) -> Mention:
    item = read(frame(**changes)).item
    assert isinstance(item, Mention)
    return item


def test_a_post_counts_where_the_server_saw_it() -> None:
    found = mention()
    assert found.native_id == "at://did:plc:aaaa/app.bsky.feed.post/3k"
    assert found.url == "https://bsky.app/profile/did:plc:aaaa/post/3k"
    assert found.created_at == datetime(2026, 5, 25, 14, 23, 28, 757000, tzinfo=UTC)
    assert found.counted_at == datetime(2026, 5, 25, 14, 23, 29, 157000, tzinfo=UTC)
    assert (found.kind, found.lang, found.author_id) == ("post", "fr", "did:plc:aaaa")


def test_replies_quotes_and_both() -> None:
    other = {"cid": "bafy", "uri": "at://did:plc:bbbb/app.bsky.feed.post/3m"}
    reply = {"reply": {"parent": other, "root": other}}
    quote = {"embed": {"$type": "app.bsky.embed.record", "record": other}}
    deep = {"embed": {"$type": "app.bsky.embed.recordWithMedia", "record": quote["embed"], "media": {}}}
    assert (mention(record=reply).kind, mention(record=reply).parent_id) == ("reply", other["uri"])
    assert (mention(record=quote).kind, mention(record=quote).repost_of) == ("quote", other["uri"])
    assert (mention(record=deep).kind, mention(record=deep).repost_of) == ("quote", other["uri"])
    both = mention(record=reply | quote)
    assert (both.kind, both.parent_id, both.repost_of) == ("reply", other["uri"], other["uri"])


def test_a_shortened_link_is_written_out_by_its_bytes_not_its_characters() -> None:
    text = "été 🚒 example.org/lo… fin"
    begin = len("été 🚒 ".encode())
    end = begin + len("example.org/lo…".encode())
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/long"}
    facet = {"index": {"byteStart": begin, "byteEnd": end}, "features": [link]}
    assert mention(record={"text": text, "facets": [facet]}).text == "été 🚒 https://example.org/long fin"


@pytest.mark.parametrize(
    ("start", "end"), [(1, 2), (-1, 4), (0, 999), (4, 2), (None, 3), ("0", 3), (True, 5), (0, 10**30)]
)
def test_a_facet_with_wrong_offsets_leaves_the_text_alone(start: Any, end: Any) -> None:
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/long"}
    facet = {"index": {"byteStart": start, "byteEnd": end}, "features": [link]}
    assert mention(record={"text": "été", "facets": [facet, None, 3]}).text == "été"


def test_a_card_and_hashtags_outside_the_text_are_read_too() -> None:
    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://example.org/a", "title": "t"}}
    assert mention(record={"embed": card, "tags": ["crue"]}).text == "bonjour\nhttps://example.org/a #crue"


def test_a_repost_names_its_original() -> None:
    uri = "at://did:plc:bbbb/app.bsky.feed.post/3m"
    record = {
        "$type": "app.bsky.feed.repost", "createdAt": "2026-05-25T14:23:28Z", "subject": {"uri": uri},
    }  # fmt: skip
    found = mention(commit={"collection": "app.bsky.feed.repost", "record": record})
    assert (found.kind, found.repost_of, found.text) == ("repost", uri, "")


def test_deletions() -> None:
    post = read(frame(commit={"operation": "delete"})).item
    assert post == Retraction(
        platform="bluesky", native_id="at://did:plc:aaaa/app.bsky.feed.post/3k", observed_at=NOW
    )
    account = {"active": False, "status": "deleted", "did": "did:plc:aaaa", "seq": 1}
    whole = read(frame(kind="account", account=account)).item
    assert whole == Retraction(platform="bluesky", author_id="did:plc:aaaa", observed_at=NOW)
    for status in ("deactivated", "suspended"):
        away = frame(kind="account", account=account | {"status": status})
        assert read(away).item is None


def test_an_edit_is_a_newer_state_of_the_same_post() -> None:
    assert mention(commit={"operation": "update"}).version_ms > mention().version_ms == 0


def test_what_is_not_for_us_is_passed_over() -> None:
    assert read(frame(commit={"collection": "app.bsky.feed.like"})).item is None
    assert read(frame(kind="something-new")).item is None
    identity = {"did": "did:plc:aaaa", "handle": "a.example.org", "seq": 1}
    assert read(frame(kind="identity", identity=identity)).handle == (
        "did:plc:aaaa",
        "a.example.org",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"did": None}, "did"),
        ({"time_us": "1"}, "time_us"),
        ({"time_us": 17}, "time_us lies before 2000"),
        ({"time_us": 2**53 - 1}, "time_us lies more than a day after"),
        ({"kind": 5}, "kind"),
        ({"record": {"text": 5}}, "record.text"),
        ({"record": {"createdAt": "yesterday"}}, "record.createdAt is no time"),
        ({"record": {"createdAt": "1970-01-01T00:00:00Z"}}, "before 2000"),
        ({"record": {"createdAt": "2099-01-01T00:00:00Z"}}, "more than a day after"),
        ({"commit": {"rkey": ""}}, "commit.rkey"),
        ({"commit": {"record": []}}, "commit.record"),
    ],
)
def test_what_cannot_be_read_says_why(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        parse(json.dumps(frame(**change)), now=NOW)


OTHER = {"cid": "b", "uri": "at://did:plc:b/app.bsky.feed.post/3"}
FULL = frame(
    record={
        "reply": {"parent": OTHER, "root": OTHER},
        "embed": {"record": OTHER, "media": {"images": [{"image": {"ref": {"$link": "b"}}}]}},
        "facets": [{"index": {"byteStart": 0, "byteEnd": 3}, "features": [{"uri": "https://e.org"}]}],
        "tags": ["a"],
        "subject": OTHER,
    },
    account={"active": False, "status": "deleted", "seq": 1},
    identity={"handle": "a.b"},
)


FRAMES = [FULL | {"kind": kind} for kind in ("commit", "account", "identity")]
FRAMES += [json.loads(enveloped(json.dumps(one), 7)) for one in FRAMES]
FRAMES += [{"$type": "error", "error": "ConsumerTooSlow", "message": "behind"}]


@given(st.sampled_from(FRAMES).flatmap(broken_json))
@settings(max_examples=INPUTS, deadline=None)
def test_parse_raises_nothing_but_unreadable(raw: bytes) -> None:
    try:
        event = parse(raw, now=NOW)
    except Unreadable:
        return
    if isinstance(event, Event) and isinstance(event.item, Mention):
        assert event.item.native_id.startswith("at://did:")
        assert event.item.counted_at.tzinfo is UTC
