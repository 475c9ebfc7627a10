"""Nothing is lost and nothing counted twice, whoever dies: the same views as one process gives."""

from __future__ import annotations

import functools
import os
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams import topics
from streams.announce import Silence
from streams.enrich import build_enricher
from streams.lag import lags
from streams.pipeline import Batch, Pipeline
from streams.pseudonym import Pseudonymiser
from streams.publish import KafkaPublisher
from streams.settings import Settings
from streams.store.open import open_store
from streams.store.owner import Owner
from streams.topics import Topic
from streams.watches_file import load_watches
from tests.generated import watches_file
from tests.live import pages
from tests.live.kafka_broker import Broker
from tests.live.workers import Workers, assert_same, behind, drained, until, views

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]


def pseudonymiser_of(settings: Settings) -> Pseudonymiser:
    assert settings.pseudonym_key is not None
    return Pseudonymiser(settings.pseudonym_key.get_secret_value().encode())


def one_process(batches: list[Batch], settings: Settings, watches: Path, store: Path) -> None:
    """The reference: the same batches through the pipeline in this process."""
    config = load_watches(watches)
    opened = open_store(f"chdb://{store}", create=True)
    try:
        opened.migrate()
        pipeline = Pipeline(
            config,
            opened,
            build_enricher(config, pseudonymiser_of(settings)),
            settings,
            Silence(config, opened, "a test"),
        )
        for batch in together(batches, 20):
            pipeline.feed(batch)
        pipeline.checkpoint()
    finally:
        opened.close()


def together(batches: list[Batch], size: int) -> list[Batch]:
    """Fewer, larger batches with the same content in the same order; a gap stands at the head of its own."""
    out: list[Batch] = []
    held: list[Batch] = []
    for batch in batches:
        if batch.gaps and held:
            out.append(merged(held))
            held = []
        held.append(batch)
        if len(held) >= size or batch.gaps:
            out.append(merged(held))
            held = []
    return [*out, merged(held)]


def merged(held: list[Batch]) -> Batch:
    return Batch(
        mentions=[item for batch in held for item in batch.mentions],
        retractions=[item for batch in held for item in batch.retractions],
        gaps=[item for batch in held for item in batch.gaps],
        malformed=[item for batch in held for item in batch.malformed],
        ticks=[item for batch in held for item in batch.ticks],
    )


def progress(settings: Settings) -> int:
    return sum(each.committed for each in lags(settings))


def further(settings: Settings, before: int) -> bool:
    return progress(settings) > before


def test_two_quiet_workers_see_what_one_process_sees(ready: Settings, tmp_path: Path) -> None:
    given = pages.pages(11, hours=30, an_hour=40, crisis_an_hour=400)
    watches = watches_file(tmp_path)
    batches = pages.through_the_edge(given, pseudonymiser_of(ready), ready.lateness_s)
    publisher = KafkaPublisher(ready, partitions=topics.counts(ready)[Topic.MENTIONS])
    first = Workers.start(ready, watches, tmp_path / "store", tmp_path / "first.log")
    second = Workers.start(ready, watches, tmp_path / "store", tmp_path / "second.log", "--only", "main")
    try:
        for batch in batches:
            publisher.publish(batch)
        publisher.close()
        first.ready("persist")
        drained(ready)
        assert (first.stop(), second.stop()) == (0, 0)
    finally:
        first.end()
        second.end()
    one_process(batches, ready, watches, tmp_path / "one")
    theirs = views(tmp_path / "one")
    assert theirs["incidents"], "the input holds a crisis, and nobody saw it"
    assert_same(views(tmp_path / "store"), theirs)


@pytest.mark.slow
# kafka-python leaves the sockets of connections that a stopping broker refused to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_fifty_thousand_mentions_through_kills_of_everything(
    broker: Broker, ready: Settings, tmp_path: Path
) -> None:
    if not broker.ours:
        pytest.skip("the broker of VIGIE_TEST_KAFKA is not ours to restart")
    seed = int(os.environ.get("VIGIE_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
    print(f"seed {seed} (VIGIE_TEST_SEED={seed} plays it again)")
    chance = random.Random(seed)
    ready = ready.model_copy(update={"checkpoint_s": 2.0, "commit_s": 0.5})
    given = pages.pages(seed, hours=72, an_hour=500, crisis_an_hour=5_000)
    print(
        given.mentions,
        "mentions:",
        {
            name: getattr(given, name)
            for name in ("repeats", "late", "edits", "retractions", "malformed", "gaps")
        },
    )
    assert given.mentions > 45_000
    watches = watches_file(tmp_path)
    store = tmp_path / "store"
    batches = pages.through_the_edge(given, pseudonymiser_of(ready), ready.lateness_s)
    publisher = KafkaPublisher(ready, partitions=topics.counts(ready)[Topic.MENTIONS])
    running = [Workers.start(ready, watches, store, tmp_path / "first.log")]
    try:
        running[0].ready("main")
        running[0].ready("persist")
        size = len(batches) // 36 + 1
        parts = [batches[start : start + size] for start in range(0, len(batches), size)]
        # A third is there at once, so that there is always something left to do when somebody dies.
        for _ in range(12):
            publish(publisher, parts.pop(0))
        kills = 0
        for victim in ("persist", "main") * 6:
            before = progress(ready)
            publish(publisher, parts.pop(0))
            until(functools.partial(further, ready, before), 120, "some progress between two kills")
            assert behind(ready) > 0, "there has to be something left to do"
            worker = chance.choice(running) if victim == "main" else running[0]
            until(functools.partial(worker.kill, victim), 60, f"{victim} up")
            kills += 1
            if kills == 4:
                joining = tmp_path / "second.log"
                running.append(Workers.start(ready, watches, store, joining, "--only", "main"))
                running[1].ready("main")
            if kills == 6:
                broker.stop()
                broker.resume()
            if kills == 8:
                held_back(running[0], store)
        print(kills, "kills")
        while parts:
            publish(publisher, parts.pop(0))
        publisher.close()
        drained(ready)
        assert [each.stop() for each in running] == [0] * len(running)
    finally:
        for each in running:
            each.end()
    one_process(batches, ready, watches, tmp_path / "one")
    theirs = views(tmp_path / "one")
    print({view: len(rows) for view, rows in theirs.items()})
    assert theirs["incidents"], "the input holds a crisis, and nobody saw it"
    assert_same(views(store), theirs)


def publish(publisher: KafkaPublisher, batches: list[Batch]) -> None:
    for batch in batches:
        publisher.publish(batch)


def held_back(worker: Workers, store: Path) -> None:
    """The store is in somebody else's hands for as long as persist takes to find out three times."""
    until(lambda: worker.kill("persist"), 60, "persist up")
    owner: list[Owner] = []

    def taken() -> bool:
        try:
            owner.append(Owner(store, datetime.now(UTC)))
        except Exception:
            return worker.kill("persist") and False
        return True

    until(taken, 60, "the store let go of")
    refused = worker.log.read_text().count("is in use by process")
    try:
        until(
            lambda: worker.log.read_text().count("is in use by process") >= refused + 2, 90, "persist refused"
        )
    finally:
        owner[0].release()
