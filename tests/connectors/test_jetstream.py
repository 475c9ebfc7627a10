"""The second version of Jetstream: its envelope, its words, its dictionary."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import config
from connectors.bluesky import Bluesky
from connectors.bluesky_event import Event, parse
from connectors.cursor import MemoryCursors
from connectors.errors import ConnectorError, Oversize, Refused, ServerTrouble, Unreachable, Unreadable
from connectors.jetstream import decompress
from connectors.listen import run
from connectors.mention import Mention, Retraction
from connectors.zstd import ZstdDict, compress
from tests.connectors.broken import INPUTS
from tests.servers.jetstream import JetstreamHost, Log, enveloped, trained
from tests.servers.sink import Sink
from tests.servers.timewarp import StillClock, WarpClock, run_warped

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STREAM = "network.bsky.jetstream.subscribeEvents"
DICTIONARY = trained()


def message(kind: str, **payload: Any) -> dict[str, Any]:
    at = {"seq": 12345, "did": "did:plc:aaaa", "time": "2026-03-02T08:00:02.329308Z"}
    return {"$type": "message", "payload": {"$type": f"{STREAM}#{kind}", **at, **payload}}


COMMIT = message(
    "commit",
    rev="3l",
    operation="create",
    collection="app.bsky.feed.post",
    rkey="3k",
    cid="bafy",
    record={
        "$type": "app.bsky.feed.post",
        "text": "crue",
        "createdAt": "2026-03-02T08:00:00Z",
        "langs": ["fr"],
    },
)
ACCOUNT = {
    "active": False,
    "did": "did:plc:aaaa",
    "seq": 9,
    "status": "deleted",
    "time": "2026-03-02T08:00:00Z",
}


def read(value: object) -> Event:
    event = parse(json.dumps(value), now=NOW)
    assert isinstance(event, Event)
    return event


def test_an_event_is_the_same_in_both_versions() -> None:
    log = Log(StillClock())
    for _ in range(50):
        log.post()
        log.repost()
    log.delete()
    log.account()
    log.identity()
    log.like()
    for seq, entry in enumerate(log.entries, 1):
        assert parse(enveloped(entry.frame, seq), now=NOW) == parse(entry.frame, now=NOW)


def test_the_time_is_when_the_host_saw_it() -> None:
    assert read(COMMIT).time_us == 1_772_438_402_329_308
    seen = COMMIT["payload"] | {"witnessedAt": "2026-03-02T08:00:05.000001Z"}
    assert read(COMMIT | {"payload": seen}).time_us == 1_772_438_405_000_001
    assert isinstance(read(COMMIT).item, Mention)


def test_a_deleted_account_and_a_new_handle() -> None:
    assert isinstance(read(message("account", account=ACCOUNT)).item, Retraction)
    identity = {"did": "did:plc:aaaa", "handle": "a.example", "seq": 1, "time": "2026-03-02T08:00:00Z"}
    assert read(message("identity", identity=identity)).handle == ("did:plc:aaaa", "a.example")
    assert read(message("sync", sync={"rev": "3l"})).item is None


def test_what_the_stream_says_about_itself() -> None:
    advice = message("info", name="OutdatedCursor", message="from 7 on")
    assert parse(json.dumps(advice), now=NOW) is None
    end = parse(json.dumps({"$type": "error", "error": "ConsumerTooSlow", "message": "behind"}), now=NOW)
    assert isinstance(end, Unreachable)
    assert "ConsumerTooSlow: behind" in str(end)


@pytest.mark.parametrize(
    "frame",
    [
        {"$type": "message"},
        {"$type": "message", "payload": {"$type": "elsewhere#commit"}},
        COMMIT | {"$type": "news"},
        COMMIT | {"payload": COMMIT["payload"] | {"time": "soon"}},
        COMMIT | {"payload": COMMIT["payload"] | {"did": 5}},
    ],
)
def test_what_cannot_be_read_is_said(frame: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        parse(json.dumps(frame), now=NOW)


def test_frames_are_decompressed_within_bounds() -> None:
    raw = json.dumps(COMMIT).encode()
    packed = compress(raw, zstd_dict=DICTIONARY)
    assert len(packed) < len(raw) / 2
    assert decompress(packed, DICTIONARY) == raw
    for broken in (b"", packed[:-3], b"x" + packed, raw):
        assert decompress(broken, DICTIONARY) == broken
    with pytest.raises(Oversize):
        decompress(compress(b"x" * 5_000_000, zstd_dict=DICTIONARY), DICTIONARY)


@st.composite
def broken_frames(draw: st.DrawFn) -> bytes:
    """A compressed event in which bytes became others, or were cut off."""
    packed = bytearray(compress(json.dumps(COMMIT).encode(), zstd_dict=DICTIONARY))
    for at in draw(st.lists(st.integers(0, len(packed) - 1), max_size=4)):
        packed[at] = draw(st.integers(0, 255))
    return bytes(packed[: draw(st.integers(0, len(packed)))])


@given(broken_frames() | st.binary(max_size=200))
@settings(max_examples=INPUTS, deadline=None)
def test_a_broken_frame_is_read_or_unreadable(frame: bytes) -> None:
    try:
        read = parse(decompress(frame, DICTIONARY), now=NOW)
    except (Oversize, Unreadable):
        return
    assert read is None or isinstance(read, Event | ConnectorError)


@asynccontextmanager
async def listening(clock: WarpClock, host: JetstreamHost, sink: Sink) -> AsyncIterator[None]:
    connector = Bluesky(config.Bluesky(endpoints=(host.url,)), clock=clock)
    task = asyncio.ensure_future(run(connector, MemoryCursors(), sink.deliver, clock=clock))
    try:
        await clock.sleep(5)
        yield
        await clock.sleep(60)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await connector.close()


def heard(dictionary: ZstdDict | None, trouble: str = "") -> tuple[Log, JetstreamHost, Sink]:
    async def body(clock: WarpClock) -> tuple[Log, JetstreamHost, Sink]:
        log, sink = Log(clock), Sink()
        host = JetstreamHost(log, two=True, dictionary=dictionary)
        async with host.serve(), listening(clock, host, sink):
            log.post()
            await clock.sleep(5)
            match trouble:
                case "retrained":
                    host.dictionary = another()
                    await host.hang_up(1001)
                case "too slow":
                    await host.end_with_error()
                case "forgotten":
                    host.refusals = [(503, {})] * 3
                    await host.hang_up(None)
                    await clock.sleep(10)
                    host.lookback_us = 2_000_000
            await clock.sleep(30)
            log.post()
        return log, host, sink

    return run_warped(body)


def another() -> ZstdDict:
    """What a host has after it trained anew: the same, under another number."""
    raw = bytearray(DICTIONARY.dict_content)
    raw[4] ^= 1
    return ZstdDict(bytes(raw))


@pytest.mark.parametrize("dictionary", [None, DICTIONARY])
def test_a_host_with_and_without_a_dictionary(dictionary: ZstdDict | None) -> None:
    log, host, sink = heard(dictionary)
    assert set(sink.mentions) == set(log.posts)
    asked = host.requests[0]
    assert asked["kinds"] == ["commit", "identity", "account"]
    assert "app.bsky.feed.post" in asked["collections"]
    assert asked.get("zstdDictionary") == (None if dictionary is None else [str(dictionary.dict_id)])


@pytest.mark.parametrize("trouble", ["retrained", "too slow"])
def test_a_stream_that_ends_goes_on(trouble: str) -> None:
    log, host, sink = heard(DICTIONARY, trouble)
    assert set(sink.mentions) == set(log.posts)
    assert not [gap for gap in sink.gaps if gap.reason.startswith("lost")]
    assert host.requests[-1]["zstdDictionary"] == [str((host.dictionary or DICTIONARY).dict_id)]
    assert int(host.requests[-1]["cursor"][0]) > 10**15, "a time, which every host understands"


def test_a_clamped_cursor_is_a_gap_here_too() -> None:
    log, _, sink = heard(None, "forgotten")
    assert set(sink.mentions) == set(log.posts)
    assert [gap for gap in sink.gaps if "memory does not reach back" in gap.reason]


def test_compression_can_be_left_out() -> None:
    async def body(clock: WarpClock) -> dict[str, list[str]]:
        async with JetstreamHost(Log(clock), two=True, dictionary=DICTIONARY).serve() as host:
            connector = Bluesky(config.Bluesky(endpoints=(host.url,), compress=False), clock=clock)
            async with aclosing(connector.stream(None)) as pages:
                await anext(pages)
            await connector.close()
            return host.requests[0]

    assert "zstdDictionary" not in run_warped(body)


def test_a_refusal_for_another_reason_is_told_as_one() -> None:
    async def body(clock: WarpClock) -> list[ConnectorError]:
        host = JetstreamHost(Log(clock), two=True, dictionary=DICTIONARY)
        errors: list[ConnectorError] = []
        async with host.serve():
            host.refusals = [(400, {})]
            connector = Bluesky(config.Bluesky(endpoints=(host.url,)), clock=clock)
            try:
                async with aclosing(connector.stream(None)) as pages:
                    await anext(pages)
            except ConnectorError as error:
                errors.append(error)
            await connector.close()
        return errors

    (error,) = run_warped(body)
    assert isinstance(error, Refused)
    assert not isinstance(error, ServerTrouble)
