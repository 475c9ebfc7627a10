"""A backtest of a long past: what it takes in time and memory, by the number of stored posts.

    python -m benchmarks.backtest [--posts N] [--days D] [--watches W]

Fills an embedded store of its own with posts that never were, then tries all three sensitivities on it. The
peak is of a process that does nothing but the backtest.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from connectors.mention import Mention
from models.spike import Sensitivity
from streams.backtest.case import sums
from streams.backtest.run import Plan, over_store
from streams.records import Enriched, WatchHit
from streams.store.open import open_store
from streams.watches import Watches

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
BATCH: Final = 20_000
MOODS: Final = ("negative", "neutral", "positive")


def posts(count: int, days: int, watches: int) -> Iterator[Enriched]:
    """Evenly spread, but for an hour in which a hundredth of them is said."""
    dice = random.Random(1)
    burst = count // 100
    times = sorted(
        [dice.uniform(0, days * 86_400) for _ in range(count - burst)]
        + [dice.uniform(0, 3_600) + days * 43_200 for _ in range(burst)]
    )
    for number, at_s in enumerate(times):
        at = START + timedelta(milliseconds=int(at_s * 1000))
        yield Enriched(
            mention=Mention(
                platform="x", native_id=str(number), text=f"post {number} of many",
                created_at=at, observed_at=at, counted_at=at, author_id=f"~{dice.randrange(60_000):032x}",
            ),
            lang="fr",
            sentiment=dice.choice(MOODS),
            sentiment_score=0.0,
            sentiment_unsure=False,
            misinformation=False,
            misinformation_score=0.0,
            misinformation_reasons=(),
            signature=tuple(dice.randrange(1 << 60) for _ in range(4)),
            narrative="",
            hashtags=(),
            domains=(),
            hits=(WatchHit(watch=f"watch-{number % watches}"),),
            models="",
        )  # fmt: skip


def fill(url: str, count: int, days: int, watches: int) -> None:
    store = open_store(url)
    store.migrate()
    rows = posts(count, days, watches)
    while batch := list(islice(rows, BATCH)):
        store.insert_mentions(batch, {})
    store.close()


def measure(url: str, days: int, watches: int) -> dict[str, Any]:
    names = [f"watch-{number}" for number in range(watches)]
    config = Watches.model_validate(
        {"version": 1, "watches": [{"name": name, "query": "post"} for name in names]}
    )
    store = open_store(url, create=False)
    began, cpu = time.monotonic(), time.process_time()
    plan = Plan(
        watches=config, names=names, rules=tuple(Sensitivity), since=lambda end: end - timedelta(days=days)
    )
    cases = over_store(store, plan)
    measured = {
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "counted": sum(int(each.mentions) for case in cases for each in case.counted),
        "opened": {
            str(tried.rule): sum(
                sums(each.found, case.in_force.found, case).opened
                for case in cases
                for each in case.tried
                if each.rule is tried.rule
            )
            for tried in cases[0].tried
        },
    }
    store.close()
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--watches", type=int, default=5)
    parser.add_argument("--measure", metavar="URL", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure is not None:
        print(json.dumps(measure(chosen.measure, chosen.days, chosen.watches)))
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"chdb://{folder}/store"
        fill(url, chosen.posts, chosen.days, chosen.watches)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.backtest", "--measure", url, "--days", str(chosen.days),
             "--watches", str(chosen.watches)],
            check=True, capture_output=True,
        )  # fmt: skip
        print(json.dumps({"posts": chosen.posts, "days": chosen.days, "watches": chosen.watches}))
        print(done.stdout.decode().strip())


if __name__ == "__main__":
    main()
