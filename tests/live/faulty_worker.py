"""A worker in which everything fails now and then: run as `python -m tests.live.faulty_worker APP SEED`.

Each call into a part may fail before it did anything, or after it did all of it and nobody heard: an
acknowledgement lost, a write that timed out, a process that broke between two sends.
"""

from __future__ import annotations

import functools
import random
import sys
from collections.abc import Callable
from typing import Any

from aiokafka.errors import RequestTimedOutError

from streams import configured, outlet
from streams.detect_stage import DetectStage
from streams.enrich import Enricher
from streams.snapshots import Snapshots
from streams.store.errors import StoreUnavailable
from streams.store.sqlstore import SqlStore
from streams.supervise import restarts_so_far
from streams.worker import run_application


class InjectedError(RuntimeError):
    """An error that no code knows."""


def failing(
    owner: type, name: str, share: float, error: Callable[[], Exception], chance: random.Random
) -> None:
    """Make a method fail: half of the times before, half of them after its work."""
    sound = getattr(owner, name)

    @functools.wraps(sound)
    def unsound(*args: Any, **kwargs: Any) -> Any:
        roll = chance.random()
        if roll < share / 2:
            raise error()
        result = sound(*args, **kwargs)
        if roll < share:
            raise error()
        return result

    setattr(owner, name, unsound)


def failing_async(
    owner: type, name: str, share: float, error: Callable[[], Exception], chance: random.Random
) -> None:
    sound = getattr(owner, name)

    @functools.wraps(sound)
    async def unsound(*args: Any, **kwargs: Any) -> Any:
        roll = chance.random()
        if roll < share / 2:
            raise error()
        result = await sound(*args, **kwargs)
        if roll < share:
            raise error()
        return result

    setattr(owner, name, unsound)


def returning_errors(chance: random.Random) -> None:
    """The producer's attempts report their failures as values."""
    lost: BaseException = RequestTimedOutError()
    sound = outlet.KafkaOutlet._attempt

    async def unsound(self: outlet.KafkaOutlet, sends: Any) -> BaseException | None:
        roll = chance.random()
        if roll < 0.03:
            return lost
        failed: BaseException | None = await sound(self, sends)
        return lost if roll < 0.06 else failed

    setattr(outlet.KafkaOutlet, "_attempt", unsound)  # noqa: B010 - a method, for good


def main(app: str, seed: int) -> None:
    # Other dice after each restart: the same ones would fail at the same point, again and again.
    chance = random.Random(f"{seed} {restarts_so_far()}")
    returning_errors(chance)
    failing(Enricher, "enrich", 0.02, lambda: InjectedError("enrich"), chance)
    failing_async(Snapshots, "save", 0.2, lambda: InjectedError("a snapshot"), chance)
    failing_async(DetectStage, "_publish", 0.002, lambda: InjectedError("incidents"), chance)
    for name in (
        "insert_mentions",
        "insert_traces",
        "retract",
        "insert_gaps",
        "insert_incidents",
        "insert_dead_letters",
    ):
        failing(SqlStore, name, 0.1, lambda: StoreUnavailable("injected"), chance)
    failing(SqlStore, "known", 0.01, lambda: InjectedError("the store's reader"), chance)
    run_application(app, configured.settings_of())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
