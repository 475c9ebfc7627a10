"""What a worker says that cannot start: a sentence and the documented exit code, within 15 seconds."""

from __future__ import annotations

import functools
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from streams.settings import Settings
from tests.generated import watches_file
from tests.live.kafka_broker import Broker, free_port
from tests.live.workers import environment

pytestmark = pytest.mark.live

PROMISED_S = 15.0


def started(settings: Settings, folder: Path, *arguments: str, store: str = "") -> tuple[int, str, float]:
    """(exit code, what it said, seconds) of a worker that ends by itself."""
    environ = environment(settings, watches_file(folder), folder / "store")
    if store:
        environ["VIGIE_STORE"] = store
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "streams.cli", "worker", *arguments],
        env=environ, capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    return done.returncode, done.stderr, time.monotonic() - began


@functools.cache
def bare_start_s() -> float:
    """What it takes here and now to start Python and import everything: a loaded machine is no hang."""
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "streams.cli", "--version"], check=True, cwd=Path(__file__).parents[2]
    )
    return time.monotonic() - began


def assert_ends(ended: tuple[int, str, float], code: int, sentence: str) -> None:
    got, said, seconds = ended
    assert sentence in said
    assert "Traceback" not in said
    assert got == code
    assert seconds - bare_start_s() < PROMISED_S


def test_a_dead_broker(ready: Settings, tmp_path: Path) -> None:
    dead = ready.model_copy(update={"kafka": f"127.0.0.1:{free_port()}"})
    assert_ends(started(dead, tmp_path), 3, f"no broker answers at {dead.kafka}")


def test_a_missing_topic(settings: Settings, tmp_path: Path) -> None:
    assert_ends(started(settings, tmp_path), 3, "run vigie topics create")


def test_a_wrong_password(ready: Settings, broker: Broker, tmp_path: Path) -> None:
    if broker.sasl_address is None:
        pytest.skip("the broker of VIGIE_TEST_KAFKA has no listener with a password that we know")
    settings = ready.model_copy(
        update={
            "kafka": broker.sasl_address,
            "kafka_security": "sasl_plaintext",
            "kafka_mechanism": "PLAIN",
            "kafka_user": "vigie",
            "kafka_password": SecretStr("wrong"),
        }
    )
    assert_ends(started(settings, tmp_path), 3, "refuses user 'vigie' or its password")


def test_an_unreachable_store(ready: Settings, tmp_path: Path) -> None:
    url = f"clickhouse://vigie:secret@127.0.0.1:{free_port()}/vigie"
    ended = started(ready, tmp_path, "--only", "persist", store=url)
    assert_ends(ended, 3, "127.0.0.1")
    assert "secret" not in ended[1]


def test_a_wrong_watches_file(ready: Settings, tmp_path: Path) -> None:
    watches = tmp_path / "wrong.yaml"
    watches.write_text("version: 1\nwatches: [{name: Ü}]\n", encoding="utf-8")
    assert_ends(started(ready, tmp_path, "--watches", str(watches)), 2, "line 2: watches[1].name")
