"""Reading feeds, and what the fetch does with an answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import ConnectorError, Refused, Unreadable
from connectors.mention import Gap, Mention
from connectors.rss import Entry, Feed, parse
from tests.connectors.broken import INPUTS, broken_json
from tests.servers.feeds import Publisher
from tests.servers.timewarp import WarpClock, run_warped

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
URL = "https://example.org/feed.xml?key=hush"


def rss(item: str, head: str = "") -> bytes:
    return f'<rss version="2.0"><channel><title>t</title>{head}<item>{item}</item></channel></rss>'.encode()


def only(body: bytes) -> Entry:
    entries, malformed = parse(body, url=URL, now=NOW)
    assert not malformed
    (entry,) = entries
    return entry


def test_an_item_of_rss() -> None:
    entry = only(
        rss(
            "<title>Crue</title><link>https://example.org/1</link><guid>urn:1</guid><author>Rédaction</author>"
            "<pubDate>Mon, 02 Mar 2026 09:30:00 +0100</pubDate>"
            "<description>&lt;p&gt;Le pont&lt;/p&gt;</description>",
            "<language>fr-FR</language>",
        )
    )
    assert entry.dated
    mention = entry.mention
    assert (mention.native_id, mention.kind, mention.lang) == ("urn:1", "article", "fr")
    assert mention.text == "Crue\nLe pont"
    assert mention.created_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert mention.author_id == "Rédaction"


@pytest.mark.parametrize(
    ("item", "starts"),
    [
        ('<title>a</title><guid isPermaLink="false">7</guid>', "https://example.org/feed.xml#7"),
        ("<title>a</title><link>https://example.org/1</link>", "sha256:"),
        ("<title>a</title>", "sha256:"),
        (f"<title>a</title><guid>{'u' * 2_000}</guid>", "sha256:"),
    ],
)
def test_an_id_that_no_other_feed_has(item: str, starts: str) -> None:
    assert only(rss(item)).mention.native_id.startswith(starts)
    assert only(rss(item)).mention.native_id == only(rss(item)).mention.native_id


@pytest.mark.parametrize(
    "date", ["", "<pubDate>soon</pubDate>", "<pubDate>Fri, 02 Mar 2096 09:30:00 GMT</pubDate>"]
)
def test_a_date_that_cannot_be_is_the_moment_of_reading(date: str) -> None:
    entry = only(rss(f"<title>a</title>{date}"))
    assert not entry.dated
    assert entry.mention.created_at == NOW


def test_entities_are_refused_in_any_encoding() -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha">]><rss><channel><title>&x;</title></channel></rss>'
    )
    for body in (bomb.encode(), bomb.encode("utf-16"), bomb.lower().encode()):
        with pytest.raises(Unreadable, match="entities"):
            parse(body, url=URL, now=NOW)


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"<html><body>Sorry</body></html>", b'{"a": 1}', b"{", b"\x00\xff"]
)
def test_what_is_no_feed_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(body, url=URL, now=NOW)


def test_a_feed_with_a_broken_end_gives_the_entries_before_it() -> None:
    whole = rss("<title>a</title><guid>urn:1</guid>")
    entries, _ = parse(whole.replace(b"</channel></rss>", b"<item><title>b</ti"), url=URL, now=NOW)
    assert entries[0].mention.native_id == "urn:1"


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "t",
    "language": "fr",
    "authors": [{"name": "n"}],
    "items": [
        {
            "id": "urn:1",
            "url": "https://example.org/1",
            "title": "a",
            "content_html": "<p>b</p>",
            "summary": "s",
            "date_published": "2026-03-02T08:00:00Z",
            "date_modified": "2026-03-02T08:30:00Z",
            "authors": [{"name": "n"}],
            "attachments": [{"url": "https://example.org/a.jpg"}],
        }
    ],
}


def test_a_json_feed() -> None:
    entry = only(json.dumps(JSON_FEED).encode())
    assert entry.mention.text == "a\nb"
    assert entry.updated_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert entry.mention.media == ("https://example.org/a.jpg",)


@st.composite
def broken_feeds(draw: st.DrawFn) -> bytes:
    """A feed whose items hold anything, then cut, or with bytes changed; or a broken JSON Feed."""
    if draw(st.booleans()):
        return draw(broken_json(JSON_FEED))
    names = "title link guid pubDate description dc:creator enclosure content:encoded updated id entry item"
    tags = st.sampled_from([*names.split(), "summary", "author", "xml:base", "media:content", "source"])
    values = st.one_of(
        st.text(max_size=30).map(escape),
        st.text(max_size=30),
        st.sampled_from(
            ["<![CDATA[<p>x]]>", "&nbsp;", "<![x", "<!--", "Mon, 99 Foo", "2026-03-02", "http://[", "]]>"]
        ),
    )
    parts = draw(st.lists(st.tuples(tags, values), max_size=8))
    inside = "".join(f"<{tag}>{value}</{tag}>" for tag, value in parts)
    body = rss(inside, draw(values))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.binary(max_size=4)) + body[at + draw(st.integers(0, 8)) :]
    return body[: draw(st.integers(len(body) // 2, len(body)))]


@given(broken_feeds())
@settings(max_examples=INPUTS, deadline=None)
def test_parse_raises_nothing_but_unreadable(body: bytes) -> None:
    try:
        entries, _ = parse(body, url=URL, now=NOW)
    except Unreadable:
        return
    for entry in entries:
        assert entry.mention.native_id
        assert entry.mention.created_at <= NOW + timedelta(days=1)


def test_a_feed_that_is_gone_is_a_gap_and_left_alone_for_a_day() -> None:
    async def body(clock: WarpClock) -> None:
        async with Publisher(clock, "rss", failures=[(410, {})]).serve() as publisher:
            feed = Feed(publisher.url, every_s=60, allow_private=True, clock=clock)
            page = await feed.fetch(None)
            assert isinstance(page.items[0], Gap)
            assert page.next_after_s >= 86_400
            assert page.covers is None
            await feed.close()

    run_warped(body)


@pytest.mark.parametrize("allow_private", [False, True])
def test_private_addresses_are_for_those_who_said_so(allow_private: bool) -> None:
    async def body(clock: WarpClock) -> None:
        async with Publisher(clock, "rss").serve() as publisher:
            publisher.publish()
            for url in (publisher.url, publisher.url.replace("127.0.0.1", "localhost")):
                feed = Feed(url, every_s=60, allow_private=allow_private, clock=clock)
                if allow_private:
                    assert any(isinstance(item, Mention) for item in (await feed.fetch(None)).items)
                else:
                    with pytest.raises(Refused, match="private address"):
                        await feed.fetch(None)
                await feed.close()
            assert publisher.requests == (2 if allow_private else 0)

    run_warped(body)


def test_the_first_answer_counts_where_it_was_published_and_later_ones_since_the_last_poll() -> None:
    async def body(clock: WarpClock) -> None:
        async with Publisher(clock, "atom").serve() as publisher:
            early = publisher.publish()
            await clock.sleep(3_600)
            feed = Feed(publisher.url, every_s=60, allow_private=True, clock=clock)
            first = await feed.fetch(None)
            assert isinstance(first.items[0], Mention)
            assert abs(first.items[0].counted_at - early.at) < timedelta(seconds=1)
            late = publisher.publish()
            late.at -= timedelta(hours=1)
            second = await feed.fetch(first.cursor)
            assert first.covers is not None
            assert isinstance(second.items[0], Mention)
            assert second.items[0].counted_at == first.covers[1]
            # The same cursor again gives the same again, for whoever did not store it.
            again = await feed.fetch(first.cursor)
            assert [item.native_id for item in again.items if isinstance(item, Mention)] == [
                item.native_id for item in second.items if isinstance(item, Mention)
            ]
            await feed.close()

    run_warped(body)


def test_the_key_in_an_address_is_never_shown() -> None:
    async def body(clock: WarpClock) -> None:
        feed = Feed("http://127.0.0.1:9/feed?key=hush", every_s=60, allow_private=True, clock=clock)
        with pytest.raises(ConnectorError) as failure:
            await feed.fetch(None)
        assert "hush" not in f"{failure.value} {feed.name} {feed!r}"
        await feed.close()

    run_warped(body)
