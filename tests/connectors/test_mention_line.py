"""The mention line: what is read, and the sentence for each way it can be wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mention import Mention, Retraction
from connectors.mention_line import MAX_TEXT_CHARS, LineError, parse_mention_line

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LINE = {"platform": "x", "native_id": "1", "text": "salut", "created_at": "2026-05-01T08:00:00+02:00"}


def read(**changes: Any) -> Mention:
    record = parse_mention_line({**LINE, **changes}, now=NOW)
    assert isinstance(record, Mention)
    return record


def test_the_four_required_keys_are_enough() -> None:
    mention = read()
    assert mention.id == "x:1"
    assert (
        mention.created_at == mention.counted_at == mention.observed_at == datetime(2026, 5, 1, 6, tzinfo=UTC)
    )
    assert (mention.kind, mention.lang, mention.edited_at, mention.version_ms) == ("post", None, None, 0)


def test_null_counts_as_absent_and_unknown_keys_are_ignored() -> None:
    assert read(lang=None, kind=None, media=None, engagement=None, shoe_size=44) == read()


def test_whole_numbers_serve_as_ids_and_languages_lose_their_region() -> None:
    mention = read(native_id=12, author_id=7, lang="fr-CA")
    assert (mention.native_id, mention.author_id, mention.lang) == ("12", "7", "fr")


def test_times_are_cut_to_what_the_store_keeps() -> None:
    assert read(created_at="2026-05-01T08:00:00.123999Z").created_at.microsecond == 123_000


def test_nul_in_a_text_is_kept() -> None:
    assert read(text="a\x00b").text == "a\x00b"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"platform": None}, "platform is missing"),
        ({"platform": "a:b"}, "platform is 'a:b'"),
        ({"native_id": None}, "native_id is missing"),
        ({"native_id": ""}, "native_id is ''"),
        ({"native_id": True}, "native_id is True"),
        ({"native_id": 1.5}, "native_id is 1.5"),
        ({"native_id": "x" * 2000}, "native_id has 2,000 characters"),
        ({"text": None}, "text is missing"),
        ({"text": ["a"]}, "text is ['a']"),
        ({"text": "x" * (MAX_TEXT_CHARS + 1)}, "text has 100,001 characters"),
        ({"created_at": None}, "created_at is missing"),
        ({"created_at": 5}, "created_at is 5"),
        ({"created_at": "yesterday"}, "created_at is 'yesterday'"),
        ({"created_at": "2026-05-01T08:00:00"}, "has no time zone"),
        ({"created_at": "2026-05-01"}, "has no time zone"),
        ({"created_at": "0001-01-01T00:00:00Z"}, "before 2000"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "outside the years"),
        ({"created_at": "9999-12-31T23:59:59Z"}, "more than a day after"),
        ({"created_at": "2026-06-03T00:00:00Z"}, "more than a day after"),
        ({"edited_at": "never"}, "edited_at is 'never'"),
        ({"kind": "toot"}, "kind is 'toot'"),
        ({"kind": ["post"]}, "kind is ['post']"),
        ({"lang": "français"}, "lang is 'français'"),
        ({"author_followers": -1}, "author_followers is -1"),
        ({"author_followers": "12"}, "author_followers is '12'"),
        ({"author_verified": 1}, "author_verified is 1"),
        ({"engagement": 3}, "engagement is 3"),
        ({"engagement": {"likes": "many"}}, "likes is 'many'"),
        ({"media": [1]}, "media is [1]"),
        ({"type": "poem"}, "type is 'poem'"),
        ({"type": "retraction", "author_id": "7"}, "either native_id"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(LineError) as caught:
        parse_mention_line({**LINE, **changes}, now=NOW)
    assert said in str(caught.value)


def test_a_retraction_names_a_post_or_an_account() -> None:
    post = parse_mention_line({"type": "retraction", "platform": "x", "native_id": "1"}, now=NOW)
    account = parse_mention_line({"type": "retraction", "platform": "x", "author_id": 7}, now=NOW)
    assert isinstance(post, Retraction)
    assert post.mention_id == "x:1"
    assert isinstance(account, Retraction)
    assert (account.mention_id, account.author_id) == (None, "7")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from([*LINE, "kind", "lang", "media", "engagement", "type", "edited_at"]), ANYTHING
    )
)
def test_nothing_but_a_record_or_the_documented_error(changes: dict[str, Any]) -> None:
    try:
        record = parse_mention_line({**LINE, **changes}, now=NOW)
    except LineError:
        return
    assert isinstance(record, Mention | Retraction)
