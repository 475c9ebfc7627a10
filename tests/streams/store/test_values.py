"""Parameters in, typed rows out; a property over what parameters survive the trip through ClickHouse."""

from __future__ import annotations

import doctest
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.store import values
from streams.store.base import Store
from streams.store.open import open_store


def test_doctests() -> None:
    assert doctest.testmod(values).failed == 0
    assert doctest.testmod(values).attempted > 0


def test_a_moment_is_written_in_utc() -> None:
    paris = timezone(timedelta(hours=2))
    assert values.moment(datetime(2026, 7, 1, 2, 0, 0, 123_999, tzinfo=paris)) == "2026-07-01 00:00:00.123"
    with pytest.raises(ValueError, match="no time zone"):
        values.moment(datetime(2026, 7, 1))  # noqa: DTZ001 - the mistake itself


def test_what_is_no_parameter() -> None:
    with pytest.raises(TypeError, match="dict"):
        values.parameter({})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(f"chdb://{tmp_path_factory.mktemp('store')}/s")
    yield store
    store.close()


# Lone surrogates are no text: no JSON reader lets them in.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@settings(max_examples=60, deadline=None)
@given(text=TEXT, texts=st.lists(TEXT, max_size=4), number=st.integers(-(2**63), 2**63 - 1))
def test_parameters_arrive_as_they_were(store: Store, text: str, texts: list[str], number: int) -> None:
    sql = "SELECT {a:String}, {b:Array(String)}, {c:Int64}, {d:Nullable(String)}"
    params = {"a": text, "b": texts, "c": number, "d": None}
    assert store.query(sql, params) == [(text, texts, number, None)]


def test_types_come_back(store: Store) -> None:
    sql = """SELECT
        toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC'), toDateTime('2026-01-02 03:04:05', 'UTC'),
        toDate('2026-01-02'), true, [toDateTime64(0, 3, 'UTC')], CAST(NULL AS Nullable(DateTime64(3, 'UTC'))),
        toUInt64(18446744073709551615), inf, [[1.5]], CAST('a' AS LowCardinality(Nullable(String)))"""
    assert store.query(sql) == [
        (
            datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            date(2026, 1, 2),
            True,
            [datetime(1970, 1, 1, tzinfo=UTC)],
            None,
            2**64 - 1,
            math.inf,
            [[1.5]],
            "a",
        )
    ]


def test_bytes_that_are_no_text_are_shown_and_do_not_break_the_row(store: Store) -> None:
    assert store.query("SELECT unhex('61FF62'), 1") == [("a\ufffdb", 1)]
