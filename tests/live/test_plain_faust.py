"""`faust -A streams.agents worker`: the main application as Faust's own command runs it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaProducer

from streams.lag import groups, lags
from streams.settings import Settings
from streams.topics import Topic, name_of
from tests.generated import watches_file
from tests.live.workers import environment, until

pytestmark = [pytest.mark.live, pytest.mark.timeout(200)]


def test_plain_faust_does_the_work_and_drains(ready: Settings, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as out:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "faust"), "-A", "streams.agents",
             "worker", "--without-web", "-l", "warn"],
            env=environment(ready, watches_file(tmp_path), tmp_path / "store") | {"PYTHONWARNINGS": "ignore"},
            stdout=out, stderr=out, cwd=Path(__file__).parents[2],
        )  # fmt: skip
    try:
        until(lambda: process.poll() is not None or members(ready) == 1, 90, "it has joined")
        assert process.poll() is None, (tmp_path / "log").read_text()
        producer = KafkaProducer(bootstrap_servers=ready.kafka, acks="all")
        producer.send(name_of(Topic.MENTIONS, ready), value=b"no mention", partition=0)
        producer.close()
        until(lambda: committed(ready) == 1, 60, "read and committed")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, (tmp_path / "log").read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)


def members(settings: Settings) -> int:
    return next(each.members for each in groups(settings) if each.name == settings.group)


def committed(settings: Settings) -> int:
    return sum(each.committed for each in lags(settings) if each.group == settings.group)
