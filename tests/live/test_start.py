"""What a worker says that cannot start: a sentence and the documented exit code, within 15 seconds."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from streams import topics
from streams.cli import vigie
from streams.errors import VigieError
from streams.settings import Settings
from streams.store.base import Store
from streams.store.open import open_store
from tests.generated import watches_file
from tests.live.kafka_broker import Broker, free_port
from tests.live.workers import environment
from tests.streams.store.old_server import OldServer, served

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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OldServer]:
    yield from served(tmp_path_factory.mktemp("clickhouse"))


def test_a_wrong_password_of_the_store(ready: Settings, server: OldServer, tmp_path: Path) -> None:
    url = f"clickhouse://vigie:hunter2@127.0.0.1:{server.port}/default"
    ended = started(ready, tmp_path, "--only", "persist", store=url)
    assert_ends(ended, 3, "refuses this user")
    assert "hunter2" not in ended[1]


def test_a_server_that_is_too_old(ready: Settings, server: OldServer, tmp_path: Path) -> None:
    assert_ends(started(ready, tmp_path, "--only", "persist", store=server.url), 3, "or newer")


def test_a_store_of_a_newer_vigie(ready: Settings, tmp_path: Path) -> None:
    store = open_store(f"chdb://{tmp_path / 'store'}")
    store.migrate()
    store.query("INSERT INTO schema_migrations (name, checksum) VALUES ('migrations/9999_later', 'x')")
    store.close()
    assert_ends(started(ready, tmp_path, "--only", "persist"), 3, "a newer Vigie")


@pytest.fixture
def modern(tmp_path: Path) -> Iterator[tuple[str, Store]]:
    """A database of its own on the server of `VIGIE_TEST_CLICKHOUSE`."""
    named = os.environ.get("VIGIE_TEST_CLICKHOUSE")
    if named is None:
        pytest.skip(
            "no modern ClickHouse server: set VIGIE_TEST_CLICKHOUSE=clickhouse://user:password@host/db"
        )
    base, _, options = named.partition("?")
    url = f"{base.rpartition('/')[0]}/vigie_start_{os.getpid()}{'?' + options if options else ''}"
    store = open_store(url)
    try:
        yield url, store
    finally:
        store.query(f"DROP DATABASE vigie_start_{os.getpid()}")
        store.close()


def test_an_older_schema(ready: Settings, modern: tuple[str, Store], tmp_path: Path) -> None:
    ended = started(ready, tmp_path, "--only", "persist", store=modern[0])
    assert_ends(ended, 3, "vigie migrate --store")


def test_a_user_that_may_only_read(ready: Settings, modern: tuple[str, Store], tmp_path: Path) -> None:
    url, store = modern
    store.migrate()
    reader = f"reader_{os.getpid()}"
    store.query(f"CREATE USER {reader} IDENTIFIED WITH plaintext_password BY 'r'")
    try:
        store.query(f"GRANT SELECT ON *.* TO {reader}")
        host = url.partition("@")[2]
        ended = started(ready, tmp_path, "--only", "persist", store=f"clickhouse://{reader}:r@{host}")
        assert_ends(ended, 3, "refuses this user")
    finally:
        store.query(f"DROP USER {reader}")


@pytest.mark.parametrize(
    "command",
    [
        ("topics", "check"),
        ("topics", "create"),
        ("lag",),
        ("health",),
        ("ingest", "recorded", "posts.jsonl"),
        ("deadletters", "retry", "1"),
    ],
    ids=" ".join,
)
def test_every_command_says_that_the_broker_is_dead(
    settings: Settings, tmp_path: Path, command: tuple[str, ...]
) -> None:
    dead = settings.model_copy(update={"kafka": f"127.0.0.1:{free_port()}"})
    (tmp_path / "posts.jsonl").write_text("", encoding="utf-8")
    open_store(f"chdb://{tmp_path / 'store'}").close()
    said = CliRunner().invoke(
        vigie, list(command), env=environment(dead, watches_file(tmp_path), tmp_path / "store")
    )
    spoken = f"{said.output} {said.exception}"
    assert f"no broker answers at {dead.kafka}" in spoken
    assert isinstance(said.exception, VigieError)
    assert said.exception.exit_code == 3


def test_topics_check_names_what_is_missing(settings: Settings, tmp_path: Path) -> None:
    environ = environment(settings, watches_file(tmp_path), tmp_path / "store")
    missing = CliRunner().invoke(vigie, ["topics", "check"], env=environ)
    assert isinstance(missing.exception, VigieError)
    assert missing.exception.exit_code == 3
    assert all(topics.name_of(topic, settings) in str(missing.exception) for topic in topics.Topic)
    assert CliRunner().invoke(vigie, ["topics", "create"], env=environ).exit_code == 0
    assert CliRunner().invoke(vigie, ["topics", "check"], env=environ).exit_code == 0


def test_a_wrong_watches_file(ready: Settings, tmp_path: Path) -> None:
    watches = tmp_path / "wrong.yaml"
    watches.write_text("version: 1\nwatches: [{name: Ü}]\n", encoding="utf-8")
    assert_ends(started(ready, tmp_path, "--watches", str(watches)), 2, "line 2: watches[1].name")
