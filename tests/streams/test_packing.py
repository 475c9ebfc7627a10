"""Records into Kafka values."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.mention import Gap, Tick
from streams.codec import encode
from streams.packing import Limits, Mark, in_part, latest, letter, packed, too_large

AT = datetime(2026, 3, 1, tzinfo=UTC)


def tick(source: str, minutes: int, part: int = 0) -> Tick:
    return Tick(source=source, at=AT + timedelta(minutes=minutes), begun_at=AT, part=part, parts=2)


def gap(source: str) -> Gap:
    return Gap(connector=source, platform="x", from_at=AT, until_at=AT, reason="a test")


@given(st.lists(st.binary(min_size=1, max_size=60).filter(lambda line: b"\n" not in line)))
def test_every_line_travels_once_and_in_order(lines: list[bytes]) -> None:
    limits = Limits(lines=3, message_bytes=80)
    values = list(packed(lines, limits))
    assert [line for value in values for line in value.split(b"\n")] == lines
    assert all(value.count(b"\n") < limits.lines for value in values)
    assert all(len(value) <= limits.message_bytes for value in values)


def test_a_line_beyond_the_limit_is_known_beforehand() -> None:
    limits = Limits(lines=3, message_bytes=10)
    assert too_large(b"x" * 10, limits) is None
    assert too_large(b"x" * 11, limits) == "the record has 11 bytes: a message holds at most 10"


def test_only_a_tick_that_the_very_next_mark_outdates_is_left_out() -> None:
    a1, a2, a3, b1 = tick("a", 1), tick("a", 2), tick("a", 3), tick("b", 1)
    other_part = tick("a", 4, part=1)
    marks: list[Mark] = [a1, a2, b1, a3, gap("a"), a3, other_part]
    assert latest(marks) == [a2, b1, a3, gap("a"), a3, other_part]
    assert latest([]) == []


def test_a_mark_says_which_partition_it_travels_through() -> None:
    for mark in (tick("a", 1), gap("a")):
        there = in_part(mark, 3, 7)
        assert (there.part, there.parts) == (3, 7)


def test_of_bytes_that_do_not_fit_the_beginning_is_kept() -> None:
    raw = bytes(range(256)) * 4_000
    dead = letter("wrong", raw, at=AT, origin="here", position="line 1", message_bytes=100_000)
    assert len(encode(dead)) <= 100_000
    assert raw.startswith(dead.raw)
    assert dead.reason == f"wrong (its first {len(dead.raw):,} of 1,024,000 bytes are kept)"
    small = letter("wrong", b"\xff", at=AT, origin="here", position="line 1", message_bytes=100_000)
    assert (small.reason, small.raw) == ("wrong", b"\xff")
    assert base64.b64encode(b"\xff") in encode(small)
