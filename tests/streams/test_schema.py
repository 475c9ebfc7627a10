"""The committed JSON Schema is the one of the record, and says what the reader does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mention import Mention
from connectors.mention_line import LineError, parse_mention_line
from streams.codec import encode
from streams.schema import REQUIRED, mention_line_schema, render
from tests.generated import NOW, lines
from tests.streams.test_codec import mentions

COMMITTED = Path(__file__).parents[2] / "docs" / "mention-line.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(mention_line_schema())
LINE: dict[str, Any] = {
    "platform": "x",
    "native_id": "1",
    "text": "la crue",
    "created_at": "2026-03-02T06:00:00Z",
}


def test_the_committed_schema_is_the_one_that_is_generated() -> None:
    assert COMMITTED.read_bytes() == render(), "run: python -m streams.schema > docs/mention-line.schema.json"
    jsonschema.Draft202012Validator.check_schema(orjson.loads(COMMITTED.read_bytes()))


def test_every_key_of_the_record_is_described() -> None:
    properties = mention_line_schema()["properties"]
    assert set(properties) == {*Mention.__slots__, "type"}
    assert all(value["description"] for value in properties.values())


def test_generated_lines_are_valid() -> None:
    for line in lines(3, hours=10):
        VALIDATOR.validate(line)


@given(mentions)
def test_what_our_own_codec_writes_is_valid(mention: Mention) -> None:
    VALIDATOR.validate(orjson.loads(encode(mention)))


@pytest.mark.parametrize("key", REQUIRED)
def test_what_is_required_is_required_by_the_reader_too(key: str) -> None:
    for line in ({**LINE, key: None}, {name: value for name, value in LINE.items() if name != key}):
        assert not VALIDATOR.is_valid(line)
        with pytest.raises(LineError, match=f"{key} is missing"):
            parse_mention_line(line, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"native_id": 12},
        {"author_id": 12, "parent_id": 3, "repost_of": "4"},
        {"author_followers": 5, "engagement": {"likes": 3, "reposts": None}},
        {"engagement": None, "lang": None, "media": None},
        {"media": ["https://example.org/a.jpg"]},
        {"unknown": {"of": "somebody"}},
        {"kind": "article", "type": "mention", "drill": True},
    ],
)
def test_both_take_it(changes: dict[str, Any]) -> None:
    VALIDATOR.validate(LINE | changes)
    assert isinstance(parse_mention_line(LINE | changes, now=NOW), Mention)


@pytest.mark.parametrize(
    "changes",
    [
        {"native_id": ""},
        {"native_id": 1.5},
        {"native_id": "a" * 1_025},
        {"platform": "two words"},
        {"platform": 5},
        {"text": 5},
        {"text": "a" * 100_001},
        {"created_at": 1_772_400_000},
        {"kind": "story"},
        {"author_followers": -1},
        {"author_followers": "many"},
        {"author_verified": "yes"},
        {"engagement": {"likes": "3"}},
        {"engagement": 3},
        {"media": [1]},
        {"url": "a" * 8_193},
        {"lang": 5},
        {"type": "story"},
    ],
)
def test_both_refuse_it(changes: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(LINE | changes)
    with pytest.raises(LineError):
        parse_mention_line(LINE | changes, now=NOW)


scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2**60), st.floats(allow_nan=False), st.text(max_size=5)
)


@given(st.sampled_from(sorted(set(Mention.__slots__) - {"schema_version"})), scalars)
def test_the_reader_takes_nothing_that_the_schema_refuses(key: str, value: Any) -> None:
    """But for two kindnesses: one address instead of a list of them, and an empty string for nothing."""
    line = LINE | {key: value}
    try:
        parse_mention_line(line, now=datetime(2026, 6, 1, tzinfo=UTC))
    except LineError:
        return
    kind = isinstance(value, str) and (key == "media" or value == "")
    is_valid: Callable[[Any], bool] = VALIDATOR.is_valid
    assert is_valid(line) or kind
