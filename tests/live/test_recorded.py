"""`vigie ingest recorded` and `vigie worker` give what `vigie replay` gives; poison is parked and mended."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from kafka import KafkaProducer

from streams.settings import Settings
from streams.topics import Topic, name_of
from tests.generated import lines, watches_file, write
from tests.live.workers import Workers, assert_same, drained, environment, until, views

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]


def command(environ: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "streams.cli", *arguments],
        env=environ, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ran(environ: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    process = command(environ, *arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_recorded_files_through_kafka_are_as_replayed(ready: Settings, tmp_path: Path) -> None:
    ready = ready.model_copy(update={"batch_mentions": 200})
    posts = list(lines(3, hours=40, crisis_at_h=30))
    broken: list[dict[str, Any]] = [{"platform": "x", "native_id": "1"}, {"text": "no platform"}]
    file = write(tmp_path / "posts.jsonl", [*posts[:500], *broken, *posts[480:]])
    environ = environment(ready, watches_file(tmp_path), tmp_path / "store")

    # Cut off twice, at moments that the broker decides; the third run does the rest.
    cursors = Path(ready.state_dir) / "cursors"
    for at_least in (1, 2):
        process = command(environ, "ingest", "recorded", str(file))
        until(functools.partial(reached, cursors, at_least * 200), 60, "a cursor")
        process.kill()
        process.communicate()
    code, _, said = ran(environ, "ingest", "recorded", str(file))
    assert code == 0, said
    code, _, said = ran(environ, "ingest", "recorded", str(file))
    assert code == 0
    assert said.startswith("0 mentions and 0 retractions published"), said

    workers = Workers.start(ready, tmp_path / "watches.yaml", tmp_path / "store", tmp_path / "log")
    try:
        workers.ready("persist")
        drained(ready)
        assert workers.stop() == 0
    finally:
        workers.end()
    code, _, said = ran(environ, "replay", str(file), "--store", f"chdb://{tmp_path / 'one'}")
    assert code == 0, said
    theirs = views(tmp_path / "one")
    assert theirs["incidents"], "the input holds a crisis, and nobody saw it"
    assert len(theirs["dead_letters"]) == 2
    assert_same(views(tmp_path / "store"), theirs)


def reached(cursors: Path, lines_done: int) -> bool:
    """Whether the only cursor speaks of so many lines."""
    files = list(cursors.glob("*.cursor"))
    return bool(files) and int(orjson.loads(files[0].read_bytes())["lines"]) >= lines_done


def test_poison_on_every_topic_is_parked_and_can_be_tried_again(ready: Settings, tmp_path: Path) -> None:
    environ = environment(ready, watches_file(tmp_path), tmp_path / "store")
    producer = KafkaProducer(bootstrap_servers=ready.kafka, acks="all")
    good = orjson.dumps(next(lines(5)))
    # One that a person could mend: the platform is missing.
    mendable = orjson.dumps({**next(lines(6)), "text": "la crue arrive", "platform": None})
    for topic in set(Topic) - {Topic.DETECTOR_STATE}:
        for value in (b"\xff not json", b'{"type":"tally","watch":1}', None):
            producer.send(name_of(topic, ready), key=b"any", value=value, partition=0)
    producer.send(name_of(Topic.MENTIONS, ready), value=good + b"\n\n" + mendable + b"\n{", partition=0)
    columns = {"ids": ["x:1"], "counted_ms": [1], "versions_ms": [], "flags": [], "authors": []}
    ragged = {"type": "tally", "watch": "flood", **columns, "langs": [], "signatures": [], "urgent": []}
    for watch in ("flood", "school"):
        for part in range(ready.tally_partitions):
            line = orjson.dumps({**ragged, "watch": watch})
            producer.send(name_of(Topic.TALLIES, ready), value=line, partition=part)
    producer.close()
    workers = Workers.start(ready, tmp_path / "watches.yaml", tmp_path / "store", tmp_path / "log")
    try:
        workers.ready("persist")
        drained(ready)
        code, listed, said = ran(environ, "deadletters", "list", "--json")
        assert code == 0, said
        letters = [orjson.loads(line) for line in listed.splitlines()]
        # Three bad values on each of five topics, two bad lines beside a good one, and every ragged
        # tally; what is bad on dead-letters itself goes straight to the store.
        parked = 5 * 3 + 2 + 2 * ready.tally_partitions
        assert len(letters) == parked, [(each["origin"], each["reason"]) for each in letters]
        mended = next(each["id"] for each in letters if "platform is missing" in each["reason"])
        assert ran(environ, "deadletters", "retry", mended)[0] == 1
        code, out, said = ran(environ, "deadletters", "retry", mended, "--set", "platform=x")
        assert (code, "published x:6-1" in out) == (0, True), said
        drained(ready)
        assert workers.stop() == 0
    finally:
        workers.end()
    seen = views(tmp_path / "store")
    assert [row["id"] for row in seen["mentions"]] == ["x:6-1"]
    assert seen["mentions"][0]["late"] is True
    origins = [str(row["origin"]) for row in seen["dead_letters"]]
    assert {origin.removeprefix(ready.topic_prefix) for origin in origins} == set(Topic) - {
        Topic.DETECTOR_STATE
    }
    assert len(origins) == parked + 3


def test_the_second_signal_stops_at_once(ready: Settings, tmp_path: Path) -> None:
    workers = Workers.start(ready, watches_file(tmp_path), tmp_path / "store", tmp_path / "log")
    try:
        workers.ready("main")
        workers.ready("persist")
        child = workers.children()["main"]
        # A worker that does not finish by itself any more.
        os.kill(child, signal.SIGSTOP)
        workers.signal(signal.SIGTERM)
        until(lambda: "once more stops at once" in workers.log.read_text(), 10, "the first signal heard")
        began = time.monotonic()
        workers.signal(signal.SIGTERM)
        assert workers.wait() == 130
        assert time.monotonic() - began < 5
        assert not Path(f"/proc/{child}").exists()
    finally:
        workers.end()
