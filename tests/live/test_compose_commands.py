"""The services that are ours as plain processes, from docker-compose.yml's own commands and environment.

Beside a real broker: the simulated valley arrives, and a scrape shows every metric that is named elsewhere.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dashboards.boards import BOARDS
from streams.settings import PREFIX
from streams.store.open import open_store
from tests.deploy.compose_file import ROOT, compose
from tests.live.kafka_broker import Broker

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.timeout(300)]

SERVICES = compose()["services"]
ENOUGH_MENTIONS = 2_000


class Machine:
    """Stands in for what compose gives: names of hosts, mounted folders, ports."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.store = f"chdb://{folder / 'store'}"
        self.metrics_port = _three_free_ports()
        self._folder = folder
        self._replaced = {
            "kafka:9092": broker.address,
            "0.0.0.0": "127.0.0.1",  # noqa: S104 - that is what is replaced
            "/etc/vigie/watches": str(ROOT / "deploy" / "watches"),
        }

    def environment(self, service: str) -> dict[str, str]:
        given: dict[str, str] = dict(SERVICES[service]["environment"])
        for name, value in given.items():
            for there, here in self._replaced.items():
                given[name] = given[name].replace(there, here)
            assert value
        given["VIGIE_STORE"] = self.store
        given["VIGIE_STATE_DIR"] = str(self._folder / f"state-{service}")
        given["VIGIE_METRICS_PORT"] = str(self.metrics_port)
        given["VIGIE_TOPIC_PREFIX"] = given["VIGIE_GROUP"] = f"compose-{os.getpid()}"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        return inherited | given

    def start(self, service: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{service}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "streams.cli", *SERVICES[service]["command"]],
                env=self.environment(service),
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    def once(self, service: str) -> None:
        assert self.start(service).wait(timeout=90) == 0, self.log(service)

    @contextmanager
    def up(self, service: str) -> Iterator[subprocess.Popen[bytes]]:
        process = self.start(service)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)

    def log(self, service: str) -> str:
        return (self._folder / f"{service}.log").read_text(encoding="utf-8", errors="replace")[-4_000:]

    def scrape(self, offset: int) -> str:
        """What Prometheus would read; empty while nobody answers."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.metrics_port + offset}/metrics", timeout=5
            ) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, OSError):
            return ""


def _three_free_ports() -> int:
    """The first of three in a row that are free now."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
        try:
            for offset in range(3):
                with socket.socket() as each:
                    each.bind(("127.0.0.1", port + offset))
        except OSError:
            continue
        return port


def value(scrape: str, series: str) -> float:
    found = re.search(rf"^{re.escape(series)} (\S+)$", scrape, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_the_valley_arrives_with_nothing_edited(broker: Broker, tmp_path: Path) -> None:
    machine = Machine(broker, tmp_path)
    machine.once("migrate")
    machine.once("topics")
    with machine.up("worker") as worker, machine.up("ingest") as ingest:
        ends = time.monotonic() + 200
        while value(machine.scrape(1), 'vigie_stored_rows_total{kind="mentions"}') < ENOUGH_MENTIONS:
            assert worker.poll() is None, machine.log("worker")
            assert ingest.poll() is None, machine.log("ingest")
            assert time.monotonic() < ends, machine.log("worker") + machine.log("ingest")
            time.sleep(0.2)
        scrapes = [machine.scrape(offset) for offset in range(3)]
    assert all(scrapes), "main, persist and ingest each serve their metrics, where Prometheus looks"
    assert value(scrapes[2], "vigie_published_total") >= ENOUGH_MENTIONS
    shown = set(re.findall(r"^# TYPE (vigie_\w+) ", "\n".join(scrapes), re.MULTILINE))
    asked = {
        re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bvigie_\w+", _rules() + _panels())
    }
    assert asked <= shown, "a panel or a rule names what no process shows"
    store = open_store(machine.store, create=False)
    try:
        ((stored, watches),) = store.query("SELECT count(), uniq(arrayJoin(watches)) FROM mentions")
    finally:
        store.close()
    assert stored >= ENOUGH_MENTIONS
    assert watches == 6


def _rules() -> str:
    rules = (ROOT / "deploy" / "prometheus" / "rules.yml").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^ +expr: .*(?:\n {10,}.*)*", rules, re.MULTILINE))


def _panels() -> str:
    return "\n".join(metric.promql for board in BOARDS for panel in board.panels for metric in panel.metrics)
