"""Reading Mastodon's events."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors import config
from connectors.aliases import Aliases
from connectors.errors import Unreadable
from connectors.mastodon import Heard, Instance, parse, rewound
from connectors.mention import Mention, Retraction
from connectors.sse import Event
from tests.connectors.broken import INPUTS, broken_json
from tests.servers.mastodon_server import TOKEN, MastodonServer
from tests.servers.timewarp import WarpClock, run_warped

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

STATUS: dict[str, Any] = {
    "id": "116158578904712620",
    "uri": "https://far.example/users/u/statuses/1",
    "url": "https://far.example/@u/1",
    "created_at": "2026-03-02T08:30:00.000Z",
    "edited_at": None,
    "account": {
        "acct": "u@far.example",
        "url": "https://far.example/@u",
        "note": "<p>Bonjour</p>",
        "noindex": False,
        "indexable": True,
        "followers_count": 12,
    },
    "content": "<p>Le pont</p>",
    "spoiler_text": "Attention",
    "visibility": "public",
    "language": "fr",
    "in_reply_to_id": None,
    "reblog": None,
    "quote": None,
    "poll": {"options": [{"title": "oui"}]},
    "media_attachments": [{"url": "https://far.example/m.jpg"}],
    "favourites_count": 1,
    "reblogs_count": 2,
    "replies_count": 3,
}


def heard(name: str = "update", *, require_indexable: bool = False, **changes: Any) -> Heard:
    event = Event(name, json.dumps(STATUS | changes))
    found = parse(event, host="near.example", now=NOW, require_indexable=require_indexable)
    assert found is not None
    return found


def mention(**changes: Any) -> Mention:
    found = heard(**changes).mention
    assert found is not None
    return found


def test_a_status() -> None:
    found = mention()
    assert found.native_id == STATUS["uri"]
    assert found.text == "Attention\nLe pont\noui"
    assert (found.author_handle, found.author_id) == ("u@far.example", "https://far.example/@u")
    assert (found.kind, found.lang, found.author_followers) == ("post", "fr", 12)


def test_an_account_of_this_server_gets_its_host() -> None:
    assert mention(account=STATUS["account"] | {"acct": "u"}).author_handle == "u@near.example"


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct", None, "new"])
def test_only_public_posts_are_heard(visibility: str | None) -> None:
    assert heard(visibility=visibility).mention is None


@pytest.mark.parametrize(
    ("account", "require_indexable"),
    [
        ({"noindex": True}, False),
        ({"note": "<p>merci <a>#<span>NoBot</span></a></p>"}, False),
        ({"indexable": False}, True),
        ({"indexable": None}, True),
    ],
)
def test_nobody_is_heard_who_asked_not_to_be(account: dict[str, Any], require_indexable: bool) -> None:
    assert heard(account=STATUS["account"] | account, require_indexable=require_indexable).mention is None
    boost = heard(
        reblog=STATUS | {"account": STATUS["account"] | account}, require_indexable=require_indexable
    )
    assert boost.mention is None


def test_who_writes_about_robots_is_heard() -> None:
    assert heard(account=STATUS["account"] | {"note": "nobot, #nobotany"}).mention is not None


def test_kinds() -> None:
    assert mention(in_reply_to_id="7").kind == "reply"
    boosted = STATUS | {"uri": "https://other.example/9", "content": "<p>Autre</p>"}
    boost = mention(reblog=boosted)
    assert (boost.kind, boost.repost_of) == ("repost", "https://other.example/9")
    assert "Autre" in boost.text
    for quote in ({"state": "accepted", "quoted_status": boosted}, boosted):
        assert mention(quote=quote).repost_of == "https://other.example/9"


def test_an_edit_and_a_deletion() -> None:
    edit = heard("status.update", edited_at="2026-03-02T08:40:00.000Z")
    assert edit.edit
    assert edit.mention is not None
    assert edit.mention.version_ms > 0
    assert parse(Event("delete", "1089"), host="h", now=NOW) == Heard(deleted="1089")
    assert parse(Event("filters_changed", ""), host="h", now=NOW) is None


@pytest.mark.parametrize(
    "change",
    [{"id": None}, {"uri": ""}, {"content": 5}, {"created_at": "1999-01-01T00:00:00Z"}, {"edited_at": 3}],
)
def test_what_cannot_be_read_is_unreadable(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        heard(**change)


@given(
    st.sampled_from(["update", "status.update", "delete", "x"]),
    broken_json(STATUS | {"reblog": STATUS, "quote": STATUS}),
)
@settings(max_examples=INPUTS, deadline=None)
def test_parse_raises_nothing_but_unreadable(name: str, raw: bytes) -> None:
    try:
        parse(Event(name, raw.decode("utf-8", "replace")), host="h", now=NOW)
    except Unreadable:
        return


def test_ids_that_tell_their_time_are_rewound_and_others_are_not() -> None:
    now_id = int(NOW.timestamp() * 1000) << 16
    assert int(rewound(str(now_id))) >> 16 == int(NOW.timestamp() * 1000) - 300_000
    for other in ("1089", "01HRXYZ", "9x8"):
        assert rewound(other) == other


def test_a_deletion_after_a_restart_still_finds_the_post(tmp_path: Path) -> None:
    async def body(clock: WarpClock) -> None:
        async with MastodonServer(clock).serve() as server:
            section = config.MastodonInstance(url=server.base, token_env="MASTODON_TOKEN")

            def instance() -> Instance:
                return Instance(section, SecretStr(TOKEN), clock=clock, aliases=Aliases(tmp_path / "aliases"))

            first, status, cursor = instance(), None, None
            async for page in first.stream(None):
                if status is None:
                    status = server.post()
                if page.items:
                    cursor = page.cursor
                    break
            await first.close()
            assert status is not None
            second, gone = instance(), False
            async for page in second.stream(cursor):
                if not gone:
                    gone = True
                    await asyncio.sleep(1)
                    server.delete(status)
                found = [item for item in page.items if isinstance(item, Retraction)]
                if found:
                    assert found[0].native_id == server.uri(status)
                    break
            await second.close()

    run_warped(body)
