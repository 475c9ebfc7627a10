from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from streams.notifiers.base import GiveUp, Retry
from streams.notifiers.http import LONGEST_ANSWER_BYTES, Poster, judge, retry_after_s
from tests.servers.hook import HookServer, Reply

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("Tue, 10 Mar 2026 13:01:30 GMT", 90.0),
        ("Tue, 10 Mar 2026 12:00:00 GMT", None),
        ("-5", None),
        ("soon", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


def test_what_a_server_says_is_shown_on_one_line_and_not_for_ever() -> None:
    outcome = judge(400, b"no\r\n\x1b[31m" + b"x" * 1_000 + b"\xff", None)
    assert isinstance(outcome, GiveUp)
    assert outcome.reason.startswith("400 no [31mxxx")
    assert len(outcome.reason) <= 300


def test_a_huge_answer_is_not_read_to_its_end() -> None:
    async def post(url: str) -> object:
        poster = Poster(2.0)
        try:
            return await poster.post(url, b"{}", {})
        finally:
            await poster.close()

    with HookServer(Reply(503, b"x" * (LONGEST_ANSWER_BYTES * 500))) as server:
        assert isinstance(asyncio.run(post(server.url)), Retry)
    assert isinstance(asyncio.run(post("http://[::bad")), GiveUp)
