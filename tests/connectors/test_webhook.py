"""The inbound webhook, called over real HTTP as senders do, well and badly."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.cursor import MemoryCursors
from connectors.mention import Mention, Retraction
from connectors.webhook import MAX_BODY_BYTES, Accept, Accepted, Unwelcome, parse_lines, webhook_app
from streams.callers import MAX_SOURCES, WEBHOOK, Callers
from streams.pseudonym import Pseudonymiser
from tests.connectors.broken import INPUTS, broken_json
from tests.servers.timewarp import BEGIN, WarpClock, run_warped

SECRET = "a-secret-that-nobody-may-see"
NOW = BEGIN + timedelta(hours=1)


@dataclass
class Store:
    """Where accepted lines go; `broken` makes it fail, `slow_s` makes it slow."""

    clock: WarpClock
    held: dict[str, Mention | Retraction] = field(default_factory=dict)
    calls: int = 0
    broken: bool = False
    slow_s: float = 0

    async def accept(self, _: str, lines: list[Mention | Retraction]) -> Accepted:
        self.calls += 1
        if self.broken:
            raise ConnectionError("the store is down")
        await self.clock.sleep(self.slow_s)
        new = 0
        for line in lines:
            new += line.native_id not in self.held
            self.held[str(line.native_id)] = line
        return Accepted(new, len(lines) - new)


@dataclass
class Sender:
    """A sender that shares no code with us."""

    clock: WarpClock
    session: aiohttp.ClientSession
    url: str

    async def send(
        self,
        body: Any,
        *,
        secret: str = SECRET,
        skew_s: float = 0,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        timestamp = str(int(self.clock.now().timestamp() + skew_s))
        digest = hmac.new(secret.encode(), timestamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
        sent = {"X-Timestamp": timestamp, "X-Signature-256": f"sha256={digest}"}
        sent |= {"Idempotency-Key": key} if key else {}
        async with self.session.post(
            self.url, data=io.BytesIO(raw), headers=sent | dict(headers or {})
        ) as response:
            text = await response.text()
            return response.status, json.loads(text) if text.startswith("{") else {}, response.headers


@asynccontextmanager
async def serving(
    clock: WarpClock, *, requests_a_minute: int = 600, accept: Accept | None = None
) -> AsyncIterator[tuple[Store, Sender]]:
    """Lines go to the store, or to another `accept`."""
    store = Store(clock)
    app = webhook_app(
        accept or store.accept,
        SecretStr(SECRET),
        path="/in",
        requests_a_minute=requests_a_minute,
        clock=clock,
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield store, Sender(clock, session, f"http://127.0.0.1:{runner.addresses[0][1]}/in/mairie")
    finally:
        await runner.cleanup()


def line(number: int, at: datetime = BEGIN, **changes: Any) -> dict[str, Any]:
    return {
        "platform": "forum",
        "native_id": str(number),
        "text": f"le pont {number}",
        "created_at": at.isoformat(),
    } | changes


def test_one_line_many_lines_and_ndjson_are_taken() -> None:
    async def body(clock: WarpClock) -> None:
        async with serving(clock) as (store, sender):
            assert (await sender.send(line(1)))[:2] == (202, {"accepted": 1, "duplicates": 0, "rejected": []})
            assert (await sender.send({"mentions": [line(1), line(2)]}))[1]["duplicates"] == 1
            raw = b"\n".join(json.dumps(line(number)).encode() for number in (3, 4)) + b"\n"
            assert (await sender.send(raw))[1]["accepted"] == 2
            gone = {"type": "retraction", "platform": "forum", "native_id": "9"}
            assert (await sender.send(gone))[0] == 202
            assert set(store.held) == {"1", "2", "3", "4", "9"}
            held = store.held["1"]
            assert isinstance(held, Mention)
            assert held.created_at == BEGIN
            assert held.observed_at >= BEGIN

    run_warped(body)


def test_every_line_that_cannot_be_read_is_named_and_the_others_are_taken() -> None:
    async def body(clock: WarpClock) -> None:
        async with serving(clock) as (store, sender):
            lines = [line(1), line(2, text=5), 7, line(3), line(4, created_at="soon")]
            status, answer, _ = await sender.send({"mentions": lines})
            assert (status, answer["accepted"]) == (202, 2)
            assert [rejected["index"] for rejected in answer["rejected"]] == [1, 2, 4]
            assert "text" in answer["rejected"][0]["error"]
            assert set(store.held) == {"1", "3"}
            assert (await sender.send(line(2, text=5)))[0] == 400
            assert store.calls == 1

    run_warped(body)


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        ({"secret": "another"}, 401, "signature"),
        ({"skew_s": -301}, 401, "five minutes"),
        ({"skew_s": 301}, 401, "five minutes"),
        ({"headers": {"X-Timestamp": "soon"}}, 401, "signature"),
        ({"headers": {"X-Signature-256": "é"}}, 401, "signature"),
        ({"headers": {"Idempotency-Key": "k" * 201}}, 400, "Idempotency-Key"),
        ({"body": b"nonsense"}, 400, "not JSON"),
        ({"body": {"mentions": 5}}, 400, "list"),
        ({"body": {"mentions": []}}, 400, "no mention"),
        ({"body": {"mentions": [line(1)] * 501}}, 413, "500"),
        ({"body": b" " * (MAX_BODY_BYTES + 1)}, 413, "bytes"),
    ],
)
def test_what_is_refused_says_why_and_stores_nothing(
    request_: dict[str, Any], status: int, said: str
) -> None:
    async def body(clock: WarpClock) -> None:
        async with serving(clock) as (store, sender):
            got, answer, _ = await sender.send(request_.pop("body", line(1)), **request_)
            assert got == status
            assert said in answer["error"]
            assert SECRET not in str(answer)
            assert store.calls == 0

    run_warped(body)


def test_a_repeated_key_gets_the_first_answer_and_is_stored_once() -> None:
    async def body(clock: WarpClock) -> None:
        async with serving(clock) as (store, sender):
            first = await sender.send(line(1), key="a")
            again = await sender.send(line(1), key="a")
            assert first[:2] == again[:2]
            assert store.calls == 1
            assert (await sender.send(line(2), key="a"))[0] == 409
            store.slow_s = 5
            both = await asyncio.gather(sender.send(line(3), key="b"), sender.send(line(3), key="b"))
            assert sorted(status for status, _, _ in both) == [202, 409]

    run_warped(body)


def test_nothing_is_promised_before_it_is_stored() -> None:
    async def body(clock: WarpClock) -> None:
        async with serving(clock) as (store, sender):
            store.broken = True
            status, answer, headers = await sender.send(line(1), key="a")
            assert status == 503
            assert "Retry-After" in headers
            assert "store is down" not in str(answer), "what went wrong inside is not for outside"
            store.broken = False
            assert (await sender.send(line(1), key="a"))[1]["accepted"] == 1
            store.slow_s = 120
            assert (await sender.send(line(2)))[0] == 503

    run_warped(body)


def test_too_many_are_told_when_to_come_back() -> None:
    async def body(clock: WarpClock) -> None:
        async with serving(clock, requests_a_minute=3) as (_, sender):
            statuses = [(await sender.send(line(number)))[0] for number in range(4)]
            assert statuses == [202, 202, 202, 429]
            _, _, headers = await sender.send(line(9))
            await clock.sleep(int(headers["Retry-After"]))
            assert (await sender.send(line(9)))[0] == 202

    run_warped(body)


def test_an_hour_of_bad_luck_ends_with_exactly_what_was_sent() -> None:
    """A sender that repeats until it gets a 202, against everything that can go wrong between."""

    async def body(clock: WarpClock) -> tuple[Store, set[str], int]:
        rng, sent, failures = random.Random(4), set(), 0
        async with serving(clock, requests_a_minute=20) as (store, sender):
            for minute in range(60):
                lines = [line(minute * 10 + number, clock.now()) for number in range(10)]
                sent |= {one["native_id"] for one in lines}
                key = f"batch-{minute}"
                for attempt in range(8):
                    trouble = rng.choice(
                        ["bad secret", "old", "down", "slow", "cut", "garbage", "huge", "lost"]
                        + ["none"] * (4 + 4 * attempt)
                    )
                    failures += trouble != "none"
                    store.broken, store.slow_s = trouble == "down", 120.0 if trouble == "slow" else 0.0
                    if trouble == "cut":
                        with pytest.raises(aiohttp.ClientError):
                            await sender.session.post(
                                sender.url, data=_broken_off(), headers={"X-Timestamp": "1"}
                            )
                        continue
                    status, answer, _ = await sender.send(
                        {"garbage": b"\x00{", "huge": b" " * 2_000_000}.get(trouble, {"mentions": lines}),
                        secret="wrong" if trouble == "bad secret" else SECRET,
                        skew_s=-900 if trouble == "old" else 0,
                        key=None if trouble in {"garbage", "huge"} else key,
                    )
                    if status == 202 and trouble != "lost":
                        assert answer["accepted"] + answer["duplicates"] == 10
                        break
                    await clock.sleep(3)
                else:
                    raise AssertionError("eight times unlucky: choose another seed")
                await clock.sleep(45)
        return store, sent, failures

    store, sent, failures = run_warped(body)
    assert failures >= 10
    assert set(store.held) == sent


async def _broken_off() -> AsyncIterator[bytes]:
    yield b'{"mentions": ['
    raise aiohttp.ClientError("the sender fell over")


@given(
    st.one_of(broken_json({"mentions": [line(1), line(2)]}), broken_json(line(1)), st.binary(max_size=300))
)
@settings(max_examples=INPUTS, deadline=None)
def test_a_body_is_read_or_refused_and_nothing_else(raw: bytes) -> None:
    try:
        read, rejected = parse_lines(raw, now=NOW)
    except (ValueError, OverflowError):
        return
    places = sorted([index for index, _ in read] + [index for index, _ in rejected])
    assert places == list(range(len(places)))


@dataclass
class Called:
    """What `vigie up` and `vigie ingest` put behind the webhook: each source has its edge."""

    callers: Callers
    taken: list[Mention | Retraction] = field(default_factory=list)

    async def accept(self, source: str, lines: list[Mention | Retraction]) -> Accepted:
        self.taken += self.callers.batch(source, lines).mentions
        return Accepted(len(lines))


def test_a_secret_that_is_known_does_not_let_in_any_number_of_sources() -> None:
    cursors = MemoryCursors()

    async def body(clock: WarpClock) -> None:
        called = Called(Callers(Pseudonymiser(b"k" * 16), 120, cursors, clock.now))
        async with serving(clock, accept=called.accept) as (_, sender):
            base = sender.url.removesuffix("mairie")
            for number in range(MAX_SOURCES + 3):
                sender.url = f"{base}source-{number}"
                status, answer, headers = await sender.send(line(number))
                assert status == (202 if number < MAX_SOURCES else 403)
            assert "1,000 sources" in answer["error"]
            assert "Retry-After" not in headers, "to send it again does not help"
            sender.url = f"{base}source-7"
            assert (await sender.send(line(-1)))[0] == 202, "who is known goes on"
        assert len(called.taken) == MAX_SOURCES + 1
        assert len(called.callers.ticks()) == MAX_SOURCES

    run_warped(body)
    assert len(json.loads(cursors.load(WEBHOOK) or "[]")) == MAX_SOURCES
    # The names outlive the process, and so does the bound.
    again = Callers(Pseudonymiser(b"k" * 16), 120, cursors, lambda: NOW)
    with pytest.raises(Unwelcome):
        again.batch("one-more", [])


def test_a_clock_that_is_ahead_makes_nobody_late() -> None:
    """Its source's time would stand in the future, and decisions would be taken without what comes next."""
    bodies = [
        json.dumps(
            {"platform": "forum", "native_id": name, "text": "crue", "created_at": (NOW + ahead).isoformat()}
        ).encode()
        for name, ahead in (("early", timedelta(hours=5)), ("now", timedelta()))
    ]
    callers = Callers(Pseudonymiser(b"k" * 16), 120, MemoryCursors(), lambda: NOW)
    early, later = (
        callers.batch("townhall", [line for _, line in parse_lines(body, now=NOW)[0]]).mentions[0]
        for body in bodies
    )
    assert early.created_at == NOW + timedelta(hours=5)
    assert early.counted_at == NOW
    assert not later.late
    (tick,) = callers.ticks()
    assert tick.at < NOW
