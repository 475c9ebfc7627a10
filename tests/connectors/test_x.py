"""Reading X's lines, and making rules from queries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from connectors.errors import ConnectorError, RateLimited, Unreachable, Unreadable
from connectors.mention import Mention
from connectors.x_post import parse
from connectors.x_rules import Rule, Translation, translate, translate_all
from connectors.x_sync import Change, compare_rules
from models.query import parse as query
from tests.connectors.broken import INPUTS, broken_json

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

FULL: dict[str, Any] = {
    "data": {
        "id": "20",
        "text": "RT @a: le pont &amp; l'école https://t.co/x",
        "author_id": "17",
        "created_at": "2026-03-02T08:30:00.000Z",
        "lang": "fr",
        "edit_history_tweet_ids": ["20"],
        "referenced_tweets": [{"type": "retweeted", "id": "9"}],
        "entities": {"urls": [{"url": "https://t.co/x", "expanded_url": "https://example.org/a"}]},
        "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3},
        "note_tweet": {"text": "long"},
    },
    "includes": {
        "users": [{"id": "17", "username": "a", "verified": True, "public_metrics": {"followers_count": 5}}],
        "tweets": [{"id": "9", "text": "le pont entier"}],
    },
    "matching_rules": [{"id": "1", "tag": "vigie:crue"}],
    "errors": [{"title": "t", "detail": "d"}],
    "connection_issue": "TooManyConnections",
}


def post(**data: Any) -> Mention:
    plain = {
        key: value for key, value in FULL["data"].items() if key not in {"referenced_tweets", "note_tweet"}
    }
    found = parse(json.dumps(FULL | {"data": plain | data}).encode(), now=NOW)
    assert isinstance(found, Mention)
    return found


def test_a_post_with_its_author() -> None:
    found = post()
    assert found.text == "RT @a: le pont & l'école https://example.org/a"
    assert (found.author_id, found.author_handle, found.author_followers) == ("17", "a", 5)
    assert (found.kind, found.lang, found.author_verified) == ("post", "fr", True)
    assert found.url == "https://x.com/a/status/20"


@pytest.mark.parametrize(
    ("type_", "kind", "parent", "of"),
    [("replied_to", "reply", "9", None), ("quoted", "quote", None, "9"), ("retweeted", "repost", None, "9")],
)
def test_kinds(type_: str, kind: str, parent: str | None, of: str | None) -> None:
    found = post(referenced_tweets=[{"type": type_, "id": "9"}])
    assert (found.kind, found.parent_id, found.repost_of) == (kind, parent, of)


def test_a_repost_has_the_whole_text_of_its_original_and_a_long_post_its_own() -> None:
    assert post(referenced_tweets=[{"type": "retweeted", "id": "9"}]).text == "le pont entier"
    assert post(note_tweet={"text": "tout le texte"}).text == "tout le texte"


def test_an_edit_replaces_the_first_version() -> None:
    found = post(id="21", edit_history_tweet_ids=["20", "21"])
    assert found.native_id == "20"
    assert found.version_ms > 0


def test_both_forms_of_dates_and_no_language() -> None:
    found = post(created_at="Mon Mar 02 08:30:00 +0000 2026", lang="zxx")
    assert found.created_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert found.lang is None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ({"errors": [{"title": "operational-disconnect", "detail": "upstream"}]}, Unreachable),
        ({"title": "ConnectionException", "connection_issue": "TooManyConnections"}, RateLimited),
        ({"title": "UsageCapExceeded", "detail": "monthly"}, RateLimited),
    ],
)
def test_what_the_stream_says_about_itself(line: dict[str, Any], kind: type[ConnectorError]) -> None:
    assert isinstance(parse(json.dumps(line).encode(), now=NOW), kind)


@given(broken_json(FULL))
@settings(max_examples=INPUTS, deadline=None)
def test_parse_raises_nothing_but_unreadable(raw: bytes) -> None:
    try:
        found = parse(raw, now=NOW)
    except Unreadable:
        return
    assert isinstance(found, Mention | ConnectorError)


def rules(text: str, max_chars: int = 1_024) -> Translation:
    return translate("w", query(text), max_chars=max_chars)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("crue", "crue"),
        ("crue pont", "crue pont"),
        ("crue OR pont", "crue OR pont"),
        ("(a1 b1) OR c1", "(a1 b1) OR c1"),
        ("(a1 OR b1) c1", "(a1 OR b1) c1"),
        ("crue AND NOT exercice", "crue -exercice"),
        ("crue AND NOT (foot OR rugby)", "crue -foot -rugby"),
        ('"rupture de digue" lang:fr', '"rupture de digue" lang:fr'),
        ("étang", "etang OR étang"),
        ("#crue OR @prefet", "#crue OR @prefet"),
        ("author:x:@prefet OR author:mastodon:@a@b", "from:prefet"),
        ("domain:example.org", 'url:"example.org"'),
        ("crue platform:x", "crue"),
    ],
)
def test_queries_as_rules(text: str, value: str) -> None:
    assert rules(text).rules == (Rule(value, "vigie:w"),)


@pytest.mark.parametrize("text", ["crue platform:mastodon", "lang:fr", "lang:fr OR (crue AND NOT pont)"])
def test_what_x_cannot_be_asked_makes_no_rule(text: str) -> None:
    assert rules(text).rules == ()


def test_what_is_filtered_here_and_what_is_not_heard_is_said() -> None:
    assert rules("crue NEAR/5 pont").here == ("crue NEAR/5 pont",)
    assert rules("crue AND NOT pon*").here == ("NOT pon*",)
    (endings,) = rules("crue*").unheard
    assert "other endings than s, e" in endings.said("en")
    assert "d'autres terminaisons que s, e" in endings.said("fr")
    assert rules("lang:fr").unheard


def test_a_long_query_becomes_several_rules_that_each_fit() -> None:
    words = [f"mot{number}" for number in range(300)]
    found = rules(f"({' OR '.join(words)}) AND (a1 OR b1) AND NOT exercice", max_chars=512)
    assert len(found.rules) > 4
    assert all(len(rule.value) <= 512 for rule in found.rules)
    asked = {word.strip("()") for rule in found.rules for word in rule.value.split()}
    assert asked >= set(words)
    assert all("-exercice" in rule.value and "a1" in rule.value for rule in found.rules)


def test_more_rules_than_x_allows_are_left_out_and_said() -> None:
    found = translate_all({"a": query("crue"), "b": query("pont")}, max_chars=100, max_rules=1)
    assert len(found["a"].rules) == 1
    assert found["b"].rules == ()
    assert "rules more than X allows" in found["b"].unheard[0].said("en")


def test_only_our_rules_are_ever_deleted() -> None:
    there = [
        {"id": "1", "value": "crue", "tag": "vigie:w"},
        {"id": "2", "value": "old", "tag": "vigie:w"},
        {"id": "3", "value": "cats", "tag": "mine"},
        {"id": "4", "value": "dogs"},
    ]
    wanted = [Rule("crue", "vigie:w"), Rule("pont", "vigie:w")]
    assert compare_rules(wanted, there) == Change((Rule("pont", "vigie:w"),), ("2",))
