"""`vigie ingest` follows the watches file while it runs."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from connectors.mention import Mention
from streams.codec import decode
from streams.settings import Settings
from streams.snapshots import TopicReader
from streams.topics import Topic
from tests.generated import WATCHES, lines, watches_file
from tests.live.workers import environment, until

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

SECTION = "connectors:\n  files: {folder: FOLDER, every: 1}\n"


def ids(settings: Settings) -> set[str]:
    """Of the mentions that the broker has."""

    async def read() -> set[str]:
        reader = TopicReader(settings)
        records = [
            decode(line, now=datetime.now(UTC))
            for part in range(settings.partitions)
            async for message in reader.messages(Topic.MENTIONS, part)
            for line in (message.value or b"").split(b"\n")
            if line
        ]
        return {record.id for record in records if isinstance(record, Mention)}

    return asyncio.run(read())


def test_another_folder_after_sighup_and_the_old_one_where_the_file_is_wrong(
    ready: Settings, tmp_path: Path
) -> None:
    posts = [line for line, _ in zip(lines(7), range(6), strict=False)]
    for name, part in (("first", posts[:3]), ("second", posts[3:])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "posts.jsonl").write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in part))
    watches = watches_file(tmp_path, WATCHES + SECTION.replace("FOLDER", "first"))
    log = tmp_path / "ingest.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "streams.cli", "ingest", "--all"],
            env=environment(ready, watches, tmp_path / "store"),
            stdout=out, stderr=out, cwd=Path(__file__).parents[2],
        )  # fmt: skip
    try:
        until(lambda: len(ids(ready)) == 3 or process.poll() is not None, 90, "the first folder is read")
        watches.write_text(WATCHES + SECTION.replace("FOLDER", "[no path]"))
        process.send_signal(signal.SIGHUP)
        until(lambda: "the old watches stay in force" in log.read_text(), 30, "the wrong file is refused")
        watches.write_text(WATCHES + SECTION.replace("FOLDER", "second"))
        process.send_signal(signal.SIGHUP)
        until(lambda: "watches read again: configuration" in log.read_text(), 30, "the file is read again")
        until(lambda: len(ids(ready)) == 6, 60, "the second folder is read")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)
