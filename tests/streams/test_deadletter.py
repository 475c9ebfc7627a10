"""What can never succeed is found, and the rest is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mention import Malformed, Mention
from streams.deadletter import Message, read, sift

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LINE = b'{"platform":"x","native_id":"1","text":"t","created_at":"2026-03-01T00:00:00Z"}'


def doubled(items: Sequence[int]) -> Sequence[int]:
    if any(item < 0 for item in items):
        raise ValueError("negative")
    return [item * 2 for item in items]


@given(st.lists(st.integers(-3, 50)))
def test_the_faulty_items_are_found_and_all_others_are_done(items: list[int]) -> None:
    done, failed = sift(items, doubled)
    assert [(item, result) for item, result in done] == [(item, item * 2) for item in items if item >= 0]
    assert [item for item, _ in failed] == [item for item in items if item < 0]


def test_what_is_not_the_items_own_fault_is_raised_at_once() -> None:
    tried: list[int] = []

    def away(items: Sequence[int]) -> Sequence[int]:
        tried.append(len(items))
        raise ConnectionError

    with pytest.raises(ConnectionError):
        sift([1, 2, 3, 4], away, give_up=lambda error: isinstance(error, ConnectionError))
    assert tried == [4]


def test_every_line_has_its_place() -> None:
    message = Message("mentions", 2, 17, LINE + b"\n \nnot json\n" + LINE)
    found = list(read(message, now=NOW))
    assert [type(record) for _, record in found] == [Mention, Malformed, Mention]
    assert [origin.position for origin, _ in found] == [
        f"partition 2 offset 17 line {number}" for number in (1, 3, 4)
    ]
    assert found[1][0].raw == b"not json"


def test_a_message_without_a_value_is_malformed() -> None:
    [(origin, record)] = read(Message("mentions", 0, 1, None), now=NOW)
    assert isinstance(record, Malformed)
    assert (record.reason, origin.raw) == ("the message has no value", b"")
