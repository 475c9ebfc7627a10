"""Nothing leaves a batch body: failures everywhere, and the same views as one process gives."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from streams import topics
from streams.publish import KafkaPublisher
from streams.settings import Settings
from streams.supervise import Spec, Supervisor
from streams.topics import Topic
from tests.generated import watches_file
from tests.live import pages
from tests.live.test_kills import one_process, pseudonymiser_of
from tests.live.workers import assert_same, behind, environment, views

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]


async def drained_under_supervision(settings: Settings, environ: dict[str, str], seed: int) -> int:
    """Run the applications until everything is committed; their exit code."""
    specs = [
        Spec(app, [sys.executable, "-W", "ignore", "-m", "tests.live.faulty_worker", app, str(seed)], environ)
        for app in ("main", "persist")
    ]
    supervising = asyncio.create_task(Supervisor(specs).run())
    calm = 0
    async with asyncio.timeout(300):
        while calm < 3:
            await asyncio.sleep(0.5)
            assert not supervising.done(), "the workers ended"
            calm = calm + 1 if await asyncio.to_thread(behind, settings) == 0 else 0
    os.kill(os.getpid(), signal.SIGTERM)
    return await supervising


@pytest.mark.slow
def test_failures_at_every_point_change_nothing(
    ready: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("VIGIE_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
    print(f"seed {seed} (VIGIE_TEST_SEED={seed} plays it again)")
    ready = ready.model_copy(update={"checkpoint_s": 1.0, "commit_s": 0.5})
    given = pages.pages(seed, hours=30, an_hour=60, crisis_an_hour=600)
    watches = watches_file(tmp_path)
    batches = pages.through_the_edge(given, pseudonymiser_of(ready), ready.lateness_s)
    publisher = KafkaPublisher(ready, partitions=topics.counts(ready)[Topic.MENTIONS])
    for batch in batches:
        publisher.publish(batch)
    publisher.close()
    monkeypatch.chdir(Path(__file__).parents[2])
    environ = environment(ready, watches, tmp_path / "store")
    assert asyncio.run(drained_under_supervision(ready, environ, seed)) == 0
    one_process(batches, ready, watches, tmp_path / "one")
    theirs = views(tmp_path / "one")
    assert theirs["incidents"], "the input holds a crisis, and nobody saw it"
    assert_same(views(tmp_path / "store"), theirs)
