"""The small parts that every connector stands on."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.aliases import Aliases
from connectors.backoff import delay_s
from connectors.batch import batches
from connectors.config import Connectors
from connectors.cursor import FileCursors
from connectors.errors import (
    ConnectorError,
    Oversize,
    RateLimited,
    Refused,
    SecretMissing,
    ServerTrouble,
    Unreachable,
    Unreadable,
)
from connectors.html_text import html_to_text
from connectors.lines import LineDecoder
from connectors.listen import listen
from connectors.mention import Gap, Page
from connectors.meter import Meter
from connectors.pieces import Recent, moment
from connectors.ratelimit import Budget, read_budget, retry_after_s
from connectors.secret import read_secret
from connectors.sse import Event, SseDecoder
from connectors.watchdog import IdleWatchdog
from tests.servers.timewarp import BEGIN, WarpClock, run_warped


@given(st.lists(st.integers(0, 60), max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
def test_server_sent_events_however_they_are_cut(cuts: list[int], end: str) -> None:
    raw = end.join(
        [
            "\ufeff:thump",
            "event: update",
            "data: été",
            "data:zwei",
            "",
            "data",
            "",
            "id: 7",
            "",
            "data: x",
            "",
            "",
        ]
    ).encode()
    decoder, events, at = SseDecoder(), [], 0
    for cut in [*sorted(cuts), len(raw) + 1]:
        events += decoder.feed(raw[at : max(at, cut)])
        at = max(at, cut)
    events += decoder.feed(b":")
    assert events == [Event("update", "été\nzwei"), Event("message", ""), Event("message", "x")]


def test_an_event_or_line_above_the_cap_is_refused() -> None:
    for feed in (SseDecoder(100).feed, LineDecoder(100).feed):
        with pytest.raises(Oversize):
            feed(b"data: " + b"x" * 200)
    with pytest.raises(Oversize):
        SseDecoder(100).feed(b"data: xxxxxxxxxxxxxxxxxxxxxxxx\n" * 20)


@given(st.lists(st.integers(0, 20), max_size=6))
def test_lines_however_they_are_cut(cuts: list[int]) -> None:
    raw, decoder, lines, at = b"{}\r\n\r\n[1]\n\n\xff\nrest", LineDecoder(50), [], 0
    for cut in [*sorted(cuts), len(raw)]:
        lines += decoder.feed(raw[at : max(at, cut)])
        at = max(at, cut)
    assert lines == [b"{}", b"[1]", b"\xff"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a &amp; b<br>c</p><p>d</p>", "a & b\nc\nd"),
        ("<a href='https://e.org/long'><span>https://</span><span>e.org/lo</span></a>", "https://e.org/long"),
        ("<a href='https://e.org'>ici</a>", "ici https://e.org"),
        ("<a class='mention hashtag' href='https://e.org'>#<span>crue</span></a>", "#crue"),
        ("<a href='javascript:x'>ici</a>", "ici"),
        ("<script>x</script>y<style>z</style>", "y"),
        ("a <b>b", "a b"),
        ("<![x <p>y", "<![x y"),
        ("plain < text", "plain < text"),
        ("<img alt='🚒'> <img>", "🚒"),
    ],
)
def test_html_as_people_read_it(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.text(st.sampled_from("<>/!-[]&;#abp \n\"'="), max_size=300))
def test_html_never_fails(html: str) -> None:
    html_to_text(html)


def test_budgets_in_each_platforms_form() -> None:
    unix = str(int((BEGIN + timedelta(seconds=90)).timestamp()))
    for headers in (
        {"x-rate-limit-limit": "50", "x-rate-limit-remaining": "0", "x-rate-limit-reset": unix},
        {
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": "2026-03-02T08:01:30.000Z",
        },
        {"ratelimit-limit": "3000;w=300", "ratelimit-remaining": "0.0", "ratelimit-reset": "90"},
    ):
        budget = read_budget(headers, BEGIN)
        assert budget is not None
        assert budget.wait_s(BEGIN) == pytest.approx(90)
        assert budget.wait_s(BEGIN + timedelta(minutes=5)) == 0
    assert Budget(10, 5, BEGIN + timedelta(hours=1)).wait_s(BEGIN) == 0
    assert Budget(10, 5, BEGIN + timedelta(days=99)).wait_s(BEGIN, reserve=5) == 86_400


@given(
    st.dictionaries(
        st.sampled_from(["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]),
        st.text(max_size=12),
    )
)
def test_nonsense_in_headers_is_no_budget_and_no_failure(headers: dict[str, str]) -> None:
    read_budget(headers, BEGIN)
    for value in headers.values():
        assert (retry_after_s({"Retry-After": value}, BEGIN) or 0) >= 0


def test_waits_grow_by_the_class_of_the_failure() -> None:
    for attempt in range(1, 30):
        assert delay_s(Unreachable("x"), attempt) <= 16.5
        assert min(320, 5 * 2 ** (attempt - 1)) <= delay_s(ServerTrouble("x"), attempt) <= 322
        assert 60 <= delay_s(RateLimited("x"), attempt) <= 905
        assert 30 <= delay_s(Refused("x"), attempt) <= 905
    assert 40 <= delay_s(RateLimited("x", retry_after_s=40), 5) <= 41
    assert delay_s(RateLimited("x", retry_after_s=1e9), 1) <= 6 * 3600 + 1


def test_the_watchdog_learns_patience_from_a_quiet_source() -> None:
    dog = IdleWatchdog(60)
    dog.connected(0)
    assert not dog.barks(59)
    assert dog.barks(60)
    dog.connected(61)
    assert not dog.barks(61 + 119)
    assert dog.barks(61 + 120)
    dog.event(200)
    assert dog.limit_s == 60
    assert dog.barks(260)
    assert dog.limit_s == 60, "who spoke on this connection is expected to go on"
    for _ in range(9):
        dog.connected(0)
        assert dog.barks(10_000)
    assert dog.limit_s == 600


def test_batches_give_what_came_then_the_failure_and_tell_silence() -> None:
    async def body(clock: WarpClock) -> None:
        moments = [1, 0, 0, 30, 0, None]

        async def receive() -> int:
            wait_s = moments[0]
            if wait_s is None:
                raise Unreachable("gone")
            await clock.sleep(wait_s)
            moments.pop(0)
            return len(moments)

        found: list[list[int]] = []

        async def collect() -> None:
            async for batch in batches(receive, silence_s=5, within_s=0.5):
                found.append(batch)
                if not batch:
                    # The wait begins anew after each silence: shorten it to come to an end.
                    moments[0] = 0

        with pytest.raises(Unreachable):
            await collect()
        assert [5, 4, 3] in found
        assert [] in found
        assert found[-1][-1] == 1

    run_warped(body)


def test_a_cursor_file_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    cursors = FileCursors(tmp_path / "state")
    assert cursors.load("rss:a/b") is None
    for name in ("rss:a/b", "rss:a_b", "rss:a?b"):
        cursors.save(name, f"cursor of {name} é")
    for name in ("rss:a/b", "rss:a_b", "rss:a?b"):
        assert FileCursors(tmp_path / "state").load(name) == f"cursor of {name} é"
    assert len(list((tmp_path / "state").iterdir())) == 3


def test_secrets_are_read_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(" hush\n")
    for secret in (
        read_secret("x", variable="V", file=None, environ={"V": "hush"}),
        read_secret("x", variable=None, file=file, environ={}),
    ):
        assert secret.get_secret_value() == "hush"
        assert "hush" not in f"{secret} {secret!r}"
    for variable, value, said in [
        ("V", None, "is not set"),
        ("V", " ", "is empty"),
        ("V", "a b", "white space"),
        ("V", "a\x00b", "white space"),
    ]:
        with pytest.raises(SecretMissing, match=said) as failure:
            read_secret("x", variable=variable, file=None, environ={} if value is None else {"V": value})
        assert "a b" not in str(failure.value)
    with pytest.raises(SecretMissing, match="cannot be read"):
        read_secret("x", variable=None, file=tmp_path / "none")


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"bluesky": {"endpoints": []}}, "at least 1"),
        ({"bluesky": {"endpoints": ["https://h"]}}, "wss://"),
        ({"bluesky": {"collections": ["app.bsky.fo*"]}}, "app.bsky.feed"),
        ({"mastodon": {"instances": [{"url": "https://h"}]}}, "token_env"),
        ({"mastodon": {"instances": [{"url": "https://h", "token": "hush"}]}}, "token_env"),
        (
            {"mastodon": {"instances": [{"url": "https://h", "token_env": "a", "token_file": "b"}]}},
            "capitals",
        ),
        ({"mastodon": {"instances": [{"url": "https://u:p@h", "token_env": "A"}]}}, "password"),
        ({"rss": {"feeds": ["file:///etc/passwd"]}}, "https://"),
        ({"rss": {"feeds": ["https://h:99999/"]}}, "https://"),
        ({"rss": {"feeds": ["https://h/"], "every": "often"}}, "5m"),
        ({"rss": {"feeds": ["https://h/"], "evry": "5m"}}, "Extra"),
        ({"x": {"bearer": "hush"}}, "bearer_env"),
        ({"x": {}}, "bearer_env"),
        ({"webhook": {"secret_env": "A", "path": "ingest"}}, "/ingest"),
        ({"files": {"folder": ""}}, "at least 1"),
    ],
)
def test_a_wrong_section_is_refused_with_a_sentence(section: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as failure:
        Connectors.model_validate(section)
    told = "; ".join(error["msg"] for error in failure.value.errors())
    assert said in told
    assert "hush" not in told


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-03-02T08:00:00.1239Z", datetime(2026, 3, 2, 8, 0, 0, 123000, tzinfo=UTC)),
        ("2026-03-02T09:00:00+01:00", BEGIN),
        ("Mon Mar 02 08:00:00 +0000 2026", BEGIN),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)
def test_moments(text: str, when: datetime) -> None:
    assert moment(text, "at", BEGIN) == when


@pytest.mark.parametrize(
    "value", [None, 5, "", "soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-04"]
)
def test_what_is_no_moment(value: object) -> None:
    with pytest.raises(Unreadable, match="at "):
        moment(value, "at", BEGIN)


def test_the_memory_of_recent_things_is_bounded() -> None:
    recent: Recent[int, str] = Recent(3)
    assert [recent.first_time(number, "") for number in (1, 2, 3, 1, 4, 2)] == [
        True,
        True,
        True,
        False,
        True,
        True,
    ]
    assert len(recent) == 3
    assert 3 not in recent


def test_aliases_outlive_the_process_and_forget_the_oldest(tmp_path: Path) -> None:
    first = Aliases(tmp_path / "a" / "aliases", most=3)
    first.remember((str(number), f"uri {number}") for number in range(5))
    first.remember([("4", "another")])
    first.close()
    second = Aliases(tmp_path / "a" / "aliases")
    assert [second.find(str(number)) for number in range(5)] == [None, None, "uri 2", "uri 3", "uri 4"]
    second.close()


class Broken:
    """A stream that fails as told, a step a connection: an error, or seconds of good pages before one."""

    name, platform = "broken", "test"
    advice: ClassVar[Mapping[int, str]] = {}

    def __init__(self, clock: WarpClock, steps: list[Exception | float]) -> None:
        self.clock, self.steps, self.connections = clock, steps, 0

    async def close(self) -> None:
        """Nothing to close."""

    async def stream(self, _: str | None) -> AsyncGenerator[Page, None]:
        self.connections += 1
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        yield Page(cursor=f"{self.connections}")
        await self.clock.sleep(step)


def test_a_fault_of_ours_is_retried_and_says_where_but_not_what() -> None:
    async def body(clock: WarpClock) -> None:
        broken = Broken(clock, [ValueError("a post's text"), 5.0, RuntimeError("x"), 5.0])
        pages = []
        async for page in listen(broken, None, clock=clock):
            pages.append(page)
            if broken.connections == 4:
                break
        assert [page.cursor for page in pages if page.cursor] == ["2", "4"]

    run_warped(body)


def test_a_long_outage_is_told_in_few_pieces_that_leave_nothing_out() -> None:
    async def body(clock: WarpClock) -> None:
        meter, gaps, began = Meter(), [], clock.now()
        broken = Broken(clock, [*[Refused("no", status=401)] * 200, 5.0])
        async for page in listen(broken, None, clock=clock, meter=meter):
            gaps += [item for item in page.items if isinstance(item, Gap)]
            if page.cursor is not None:
                break
        assert (clock.now() - began) > timedelta(days=1)
        assert gaps[0].until_at - began <= timedelta(seconds=60)
        assert all(a.until_at == b.from_at for a, b in itertools.pairwise(gaps))
        assert len(gaps) < 120
        numbers = meter.numbers(clock.now())
        assert numbers["gaps"] == len(gaps)
        assert numbers["reconnects"] == 200
        assert numbers["connected"] == 1

    run_warped(body)


def test_a_connection_that_breaks_at_once_is_not_hammered() -> None:
    async def body(clock: WarpClock) -> None:
        began = clock.now()
        broken = Broken(clock, [0.0] * 31)
        async for _ in listen(broken, None, clock=clock):
            if broken.connections == 30:
                break
        assert clock.now() - began > timedelta(seconds=150)

    run_warped(body)


def test_sleeping_jumps_and_sockets_do_not() -> None:
    async def body(clock: WarpClock) -> None:
        began = clock.now()
        await asyncio.gather(clock.sleep(3_600), asyncio.to_thread(sum, range(1_000_000)))
        assert timedelta(seconds=3_600) <= clock.now() - began < timedelta(seconds=3_700)

    run_warped(body)


def test_errors_carry_what_the_listener_needs() -> None:
    assert ConnectorError("x").retry_after_s is None
    assert Refused("x", status=401).status == 401
