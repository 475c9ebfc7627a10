"""A real Apache Kafka for the live tests: the one of `VIGIE_TEST_KAFKA`, or one started from its jars."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from streams import topics
from streams.settings import Settings
from tests.live.kafka_broker import Broker, NoKafkaError

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    named = os.environ.get("VIGIE_TEST_KAFKA")
    if named:
        yield Broker.named(named)
        return
    try:
        started = Broker.start(tmp_path_factory.mktemp("kafka"))
    except NoKafkaError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    yield started
    started.stop()


@pytest.fixture
def settings(broker: Broker, tmp_path: Path) -> Settings:
    """Settings of an installation of its own on the shared broker: nothing there yet."""
    own = f"t{os.getpid()}-{next(_NUMBERS)}"
    return Settings(
        kafka=broker.address,
        topic_prefix=f"{own}.",
        group=own,
        state_dir=str(tmp_path / "state"),
        metrics_port=0,
        pseudonym_key=SecretStr("only for tests, guards nobody"),
    )


@pytest.fixture
def ready(settings: Settings) -> Settings:
    """The same, with its topics."""
    topics.create(settings)
    return settings
