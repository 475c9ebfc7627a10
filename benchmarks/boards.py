"""How long each panel takes over 90 days of a million mentions: `python -m benchmarks.boards [--mentions N]`.

Every panel, annotation and variable of every board, as Grafana would send it, on the embedded store, cold for
the query and warm for the disk. The store is made anew in a temporary folder (minutes), or once with --keep.

Beside the seconds on the clock stand those of the processor, over all threads: what other work on the machine
does not change much.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.posts import TOPICS
from connectors.mention import Engagement, Gap, Mention
from dashboards.boards import BOARDS
from dashboards.define import Board, read
from dashboards.macros import Shown, expand
from streams.records import Enriched, Expectation, Reason, WatchHit
from streams.store.base import Store
from streams.store.open import open_store

DAYS: Final = 90
END: Final = datetime(2026, 6, 1, tzinfo=UTC)
START: Final = END - timedelta(days=DAYS)
WATCHES: Final = tuple(f"watch-{number}" for number in range(10))
PLATFORMS: Final = ("x", "bluesky", "mastodon", "rss", "facebook")
LIMIT_S: Final = 1.0
BATCH: Final = 20_000
INTERVAL_S: Final = 3600
"""What Grafana chooses for 90 days on a wide screen."""


def _mentions(count: int) -> Iterator[Enriched]:
    """Invented rows in the order of time; texts repeat, accounts and narratives are heavy-tailed."""
    draw = random.Random("boards")
    blank = Enriched(
        mention=Mention(
            platform="x", native_id="0", text="", created_at=START, observed_at=START, counted_at=START
        ),
        lang="fr", sentiment="neutral", sentiment_score=0.0, sentiment_unsure=False,
        misinformation=False, misinformation_score=0.0, misinformation_reasons=(),
        signature=(), narrative="", hashtags=(), domains=(), hits=(), models="bench",
    )  # fmt: skip
    for number in range(count):
        at = START + timedelta(days=DAYS) * (number / count)
        watch = WATCHES[min(int(draw.paretovariate(1.2)) - 1, len(WATCHES) - 1)]
        flagged = draw.random() < 0.02
        topic = TOPICS[number % len(TOPICS)]
        repost = draw.random() < 0.4
        yield replace(
            blank,
            mention=replace(
                blank.mention,
                platform=PLATFORMS[number % len(PLATFORMS)],
                native_id=f"{number:08x}",
                kind="repost" if repost else "post",
                text=f"{topic}: ce que l'on voit ce matin dans le quartier, {number % 50_000}",
                url=f"https://example.org/{number}",
                created_at=at,
                observed_at=at,
                counted_at=at,
                author_id=f"~{int(draw.paretovariate(0.8)) % 200_000:032x}",
                engagement=Engagement(likes=int(draw.paretovariate(1.0)) - 1),
            ),
            lang="fr" if draw.random() < 0.7 else "en",
            sentiment=draw.choice(("negative", "neutral", "positive")),
            misinformation=flagged,
            misinformation_reasons=(Reason(kind="phrase", value=topic),) if flagged else (),
            narrative=f"n{int(draw.paretovariate(0.9)) % 30_000}",
            hashtags=(topic,),
            domains=("example.org",),
            hits=(WatchHit(watch=watch, misinformation=flagged),),
        )


def fill(store: Store, count: int) -> None:
    batch: list[Enriched] = []
    for row in _mentions(count):
        batch.append(row)
        if len(batch) == BATCH:
            store.insert_mentions(batch, {})
            batch = []
    store.insert_mentions(batch, {})
    hours = [START + timedelta(hours=hour) for hour in range(DAYS * 24)]
    store.insert_expectations(
        [
            Expectation(watch=watch, hour=hour, expected=40.0, limit=90.0)
            for watch in WATCHES
            for hour in hours
        ]
    )
    store.insert_gaps(
        [Gap(connector="x", platform="x", from_at=START, until_at=START + timedelta(hours=1), reason="bench")]
    )


def _statements() -> Iterator[tuple[Board, str, str]]:
    for board in BOARDS:
        for panel in board.panels:
            if panel.sql is not None:
                yield board, f"{board.key}/{panel.key}", panel.query()
        for annotation in board.annotations:
            yield board, f"{board.key}: {annotation.sql}", read(annotation.sql)
        for variable in board.variables:
            if variable.sql is not None:
                yield board, f"{board.key}: ${variable.name}", read(variable.sql)


def measure(store: Store, shown: Shown, times: int) -> list[tuple[float, float, str, int]]:
    """(median seconds, median processor seconds, statement, rows), the slowest first."""
    taken = []
    for board, name, sql in _statements():
        several = any(each.several for each in board.variables if each.name == "watch")
        variables: dict[str, str | Sequence[str]] = {
            "watch": WATCHES if several else WATCHES[0],
            "platform": PLATFORMS,
            "lang": ("fr", "en"),
            "words": "",
        }
        asked = expand(sql, shown, variables)
        spans, work, rows = [], [], 0
        for _ in range(times):
            began, worked = time.perf_counter(), time.process_time()
            rows = len(store.query(asked))
            spans.append(time.perf_counter() - began)
            work.append(time.process_time() - worked)
        taken.append((median(spans), median(work), name, rows))
    return sorted(taken, reverse=True)


def main(argv: Sequence[str] | None = None) -> int:
    """1 where a panel takes longer than a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="a folder for the store; used again if it is there")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary) / "store"
        there = folder.exists()
        store = open_store(f"chdb://{folder}")
        try:
            store.migrate()
            began = time.perf_counter()
            if not there:
                fill(store, chosen.mentions)
                took_s = time.perf_counter() - began
                print(f"{chosen.mentions:,} mentions over {DAYS} days written in {took_s:.0f} s")
            taken = measure(store, Shown(START, END, INTERVAL_S), chosen.times)
        finally:
            store.close()
    for seconds, worked, name, rows in taken:
        print(
            f"{'SLOW' if seconds > LIMIT_S else '    '} {seconds * 1000:7.0f} ms {worked * 1000:7.0f} ms CPU "
            f"{rows:6,} rows  {name}"
        )
    slow = sum(1 for seconds, *_ in taken if seconds > LIMIT_S)
    print(
        f"{len(taken)} statements, half of them within {median(each[0] for each in taken) * 1000:.0f} ms and "
        f"{median(each[1] for each in taken) * 1000:.0f} ms CPU, {slow} above {LIMIT_S:.0f} s"
    )
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
