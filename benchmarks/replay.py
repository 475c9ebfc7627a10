"""The main job against a bare VADER loop over the same texts, and where its time goes.

    python -m benchmarks.replay [--posts 60000] [--sentiment fast|vader] [--json OUT]

Everything in one process and one run, on one file of invented posts: 20 watches, half the texts of a
watch, the embedded store on. The loop is one `SentimentIntensityAnalyzer` and `polarity_scores`, no more.
Speeds are compared twice. By CPU seconds of this process, ClickHouse's own threads counted: what a post
costs. By wall seconds: what a user waits; a replay keeps two cores busy and the loop one, and on a machine
that does other things as well the figure says little.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.posts import jsonl, records, watches_yaml
from benchmarks.soak import peak_mb
from connectors.mention import Mention
from connectors.recorded import read_file
from streams.announce import Silence
from streams.detect import Detection
from streams.edge import Edge
from streams.enrich import build_enricher
from streams.garbage import collected_rarely
from streams.persist import persist
from streams.pipeline import Pipeline
from streams.pseudonym import Pseudonymiser
from streams.records import Enriched
from streams.replay import batches, replay
from streams.settings import Settings
from streams.store.base import Store
from streams.store.open import open_store
from streams.tally import tally
from streams.watches_file import parse_watches

T = TypeVar("T")
KEY = b"a key for a benchmark, no other"


class Timed:
    """Rows of (name, CPU seconds, wall seconds)."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, float]] = []

    def run(self, name: str, work: Callable[[], T]) -> T:
        wall, cpu = time.perf_counter(), time.process_time()
        out = work()
        self.rows.append((name, time.process_time() - cpu, time.perf_counter() - wall))
        return out


def measure(
    posts: int, sentiment: str, folder: Path
) -> tuple[list[tuple[str, float, float]], dict[str, Any]]:
    path = folder / "posts.jsonl"
    path.write_bytes(b"".join(jsonl(records(posts))))
    watches = parse_watches(watches_yaml() + f"sentiment: {sentiment}\n")
    settings = Settings()
    pseudonymiser = Pseudonymiser(KEY)
    enricher = build_enricher(watches, pseudonymiser)
    timed = Timed()

    def made() -> Store:
        store = open_store(f"chdb://{folder / 'whole'}")
        store.migrate()
        return store

    def whole() -> Any:
        silence = Silence(watches, store, "a benchmark")
        counts = replay([str(path)], Pipeline(watches, store, enricher, settings, silence), pseudonymiser)
        store.close()
        return counts

    analyzer = SentimentIntensityAnalyzer()
    now = datetime.now(UTC)
    texts = [item.text for item in read_file(str(path), now=now) if isinstance(item, Mention)]
    enricher.enrich([item for item in read_file(str(path), now=now) if isinstance(item, Mention)][:2000])
    timed.run("bare VADER loop", lambda: [analyzer.polarity_scores(text) for text in texts])
    store = timed.run("once: ClickHouse, new store", made)
    counts = timed.run("replay, end to end", whole)
    items = timed.run("  read and validate", lambda: list(read_file(str(path), now=now)))
    edge = Edge("bench", pseudonymiser, settings.lateness_s)
    named = [("posts", item) for item in items]
    cut = timed.run("  edge", lambda: list(batches(named, edge, size=settings.batch_mentions)))
    enriched: Sequence[list[Enriched | None]] = timed.run(
        "  enrich", lambda: [enricher.enrich(batch.mentions) for batch in cut]
    )
    store = open_store(f"chdb://{folder / 'alone'}")
    store.migrate()
    settled = timed.run(
        "  persist",
        lambda: [persist(store, batch, (), decided_until_s=0, keep_unmatched=False) for batch in enriched],
    )
    store.close()
    detection = Detection(watches, models=enricher.models)

    def detect() -> int:
        opened = 0
        for batch, each in zip(cut, settled, strict=True):
            for tallied in tally(each.settled):
                detection.add(tallied)
            for tick in batch.ticks:
                detection.tick(tick)
            opened += len(detection.decide())
        return opened

    timed.run("  tally and detect", detect)
    # Once more: a machine that slows down in the middle would flatter or wrong us.
    timed.run("bare VADER loop, again", lambda: [analyzer.polarity_scores(text) for text in texts])
    return timed.rows, {"read": counts.read, "stored": counts.stored, "incidents": counts.incidents}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, default=60_000)
    parser.add_argument("--sentiment", default="fast", choices=["fast", "vader"])
    parser.add_argument("--json", type=Path, help="write the rows here too")
    arguments = parser.parse_args(argv)
    # As in a replay: the steps alone keep all that they make, and the collector would walk it over and over.
    with tempfile.TemporaryDirectory() as folder, collected_rarely():
        rows, facts = measure(arguments.posts, arguments.sentiment, Path(folder))
    loops = [row for row in rows if row[0].startswith("bare")]
    loop_cpu = sum(cpu for _, cpu, _ in loops) / len(loops)
    loop_wall = sum(wall for _, _, wall in loops) / len(loops)
    print(
        f"{arguments.posts:,} posts, 20 watches, {facts['stored']:,} stored, sentiment {arguments.sentiment}"
    )
    print(f"{'':28}{'CPU s':>8}{'wall s':>8}{'posts/CPU s':>13}{'posts/s':>10}{'speed / VADER loop':>22}")
    print(f"{'':67}{'by CPU':>11}{'by wall':>11}")
    for name, cpu, wall in rows:
        print(
            f"{name:28}{cpu:8.2f}{wall:8.2f}{arguments.posts / cpu:13,.0f}{arguments.posts / wall:10,.0f}"
            f"{loop_cpu / cpu:11.2f}{loop_wall / wall:11.2f}"
        )
    print(f"peak memory {peak_mb():,.0f} MB")
    if arguments.json:
        arguments.json.write_text(json.dumps({"rows": rows, **facts, "posts": arguments.posts}))


if __name__ == "__main__":
    main()
