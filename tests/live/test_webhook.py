"""`vigie ingest webhook`: a signed post is accepted once the broker has it, and not before."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from connectors.mention import Mention, Tick
from connectors.webhook import sign
from streams.codec import Record, decode
from streams.settings import Settings
from streams.snapshots import TopicReader
from streams.topics import Topic
from tests.generated import WATCHES, lines, watches_file
from tests.live.kafka_broker import Broker
from tests.live.workers import environment, until

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

SECRET = SecretStr("only-for-tests")
SECTION = "connectors:\n  webhook: {path: /ingest, secret_env: HOOK_SECRET}\n"


@contextmanager
def running(
    settings: Settings, folder: Path, *arguments: str, section: str
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`vigie ingest` with these connectors, and its log."""
    log = folder / "ingest.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "streams.cli", "ingest", *arguments],
            env=environment(settings, watches_file(folder, WATCHES + section), folder / "store")
            | {"HOOK_SECRET": SECRET.get_secret_value()},
            stdout=out, stderr=out, cwd=Path(__file__).parents[2],
        )  # fmt: skip
    try:
        yield process, log
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)


@contextmanager
def ingesting(settings: Settings, folder: Path) -> Iterator[str]:
    """The address of a running `vigie ingest webhook`."""
    with running(settings, folder, "webhook", "--port", "0", section=SECTION) as (process, log):
        until(lambda: "/SOURCE" in log.read_text() or process.poll() is not None, 90, "the webhook listens")
        assert process.poll() is None, log.read_text()
        yield re.findall(r"webhook: (\S+)/SOURCE", log.read_text())[-1]


def post(address: str, body: bytes, *, key: str, secret: SecretStr = SECRET, within_s: float = 60) -> int:
    """The status of the answer; 0 where none came in time."""
    at = str(int(time.time()))
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        f"{address}/townhall",
        data=body,
        headers={"X-Timestamp": at, "X-Signature-256": sign(secret, at, body), "Idempotency-Key": key},
    )
    try:
        with urllib.request.urlopen(request, timeout=within_s) as answer:  # noqa: S310
            assert orjson.loads(answer.read())["rejected"] == []
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    except TimeoutError:
        return 0


def published(settings: Settings) -> list[Record]:
    async def read() -> list[Record]:
        reader = TopicReader(settings)
        return [
            decode(line, now=datetime.now(UTC))
            for part in range(settings.partitions)
            async for message in reader.messages(Topic.MENTIONS, part)
            for line in (message.value or b"").split(b"\n")
            if line
        ]

    return asyncio.run(read())


def ids(settings: Settings) -> set[str]:
    return {record.id for record in published(settings) if isinstance(record, Mention)}


def ticked(settings: Settings) -> list[Tick]:
    return [record for record in published(settings) if isinstance(record, Tick)]


def ndjson(posts: list[dict[str, Any]]) -> bytes:
    return b"\n".join(map(orjson.dumps, posts))


def test_accepted_means_that_the_broker_has_it(broker: Broker, ready: Settings, tmp_path: Path) -> None:
    posts = [{**line, "author_id": "somebody"} for line, _ in zip(lines(7), range(6), strict=False)]
    with ingesting(ready, tmp_path) as address:
        assert post(address, ndjson(posts[:3]), key="a", secret=SecretStr("another")) == 401
        assert post(address, ndjson(posts[:3]), key="a") == 202
        assert ids(ready) == {f"{each['platform']}:{each['native_id']}" for each in posts[:3]}
        assert not any(b"somebody" in bytes(str(record), "utf-8") for record in published(ready))
        if broker.ours:
            with broker.frozen():
                assert post(address, ndjson(posts[3:]), key="b", within_s=2) == 0
            until(lambda: post(address, ndjson(posts[3:]), key="b") == 202, 60, "accepted after all")
            assert len(ids(ready)) == 6
    # Who called once is spoken for by the next process too: it would hold all decisions back.
    before = len(ticked(ready))
    with ingesting(ready, tmp_path):
        until(lambda: len(ticked(ready)) > before, 60, "a tick without a call")
    assert {tick.source for tick in ticked(ready)} == {"webhook:townhall"}
    # And by one whose file has no webhook any more.
    before = len(ticked(ready))
    (tmp_path / "inbox").mkdir()
    files = "connectors:\n  files: {folder: inbox}\n"
    with running(ready, tmp_path, "--all", section=files) as (process, log):
        until(
            lambda: (
                any(tick.source == "webhook:townhall" for tick in ticked(ready)[before:])
                or process.poll() is not None
            ),
            90,
            "a tick without a webhook",
        )
        assert process.poll() is None, log.read_text()
