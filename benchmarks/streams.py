"""What the Kafka path costs: `python -m benchmarks.streams [--mentions N] [--out FILE]`.

One run, one broker on this machine, nothing else should run beside it. Printed are mentions a second
through the Faust path to an embedded store; the same texts through a bare loop of VADER; the same
messages through a plain kafka-python consumer and producer; CPU seconds and peak memory for 100,000
mentions; and at half of the load that was reached: from publication to stored, and from the tick that
closes a step to the incident on its topic.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from pydantic import SecretStr
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from connectors.mention import Mention
from connectors.mention_line import parse_mention_line
from streams import topics
from streams.broker import client_options
from streams.codec import decode_lines
from streams.edge import Edge
from streams.pipeline import Batch
from streams.pseudonym import Pseudonymiser
from streams.publish import KafkaPublisher
from streams.records import Decision, Incident
from streams.settings import Settings
from streams.store.open import open_store
from streams.topics import Topic, name_of
from tests.generated import NOW, lines, watches_file
from tests.live.kafka_broker import Broker
from tests.live.workers import Workers, drained

KEY: Final = b"a benchmark guards nobody"
LATENCY_S: Final = 40.0
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    cpu_s: float
    peak_mb: float


def mentions_of(seed: int, count: int) -> list[Mention]:
    """Generated posts in order of time, a crisis in their last third."""
    hours = 48.0
    usual = count / (hours + 3 * 4)
    found: list[Mention] = []
    for line in lines(seed, hours=hours, an_hour=usual, crisis_at_h=32, crisis_an_hour=5 * usual):
        mention = parse_mention_line(line, now=NOW)
        assert isinstance(mention, Mention)
        found.append(mention)
    return found[:count]


def batches(mentions: Sequence[Mention], size: int) -> Iterator[Batch]:
    edge = Edge("bench", Pseudonymiser(KEY), 120)
    for start in range(0, len(mentions), size):
        admitted = [edge.admit(mention) for mention in mentions[start : start + size]]
        tick = edge.tick()
        yield Batch(
            mentions=[each for each in admitted if isinstance(each, Mention)],
            ticks=() if tick is None else (tick,),
        )


def vader(mentions: Sequence[Mention]) -> float:
    """Texts a second, one core, nothing around it."""
    analyzer = SentimentIntensityAnalyzer()
    sample = mentions[:20_000]
    began = time.perf_counter()
    for mention in sample:
        analyzer.polarity_scores(mention.text)
    return len(sample) / (time.perf_counter() - began)


def pass_through(settings: Settings, mentions: int) -> float:
    """Mentions a second through kafka-python alone: what is on `mentions`, read and written again."""
    name, target = name_of(Topic.MENTIONS, settings), name_of(Topic.ENRICHED, settings)
    options = client_options(settings)
    consumer = KafkaConsumer(**options, enable_auto_commit=False, auto_offset_reset="earliest")
    producer = KafkaProducer(**options, acks="all", linger_ms=5, batch_size=256 * 1024)
    parts = [TopicPartition(name, part) for part in range(settings.partitions)]
    consumer.assign(parts)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(parts)
    began = time.perf_counter()
    while any(consumer.position(part) < ends[part] for part in parts):
        for part, records in consumer.poll(timeout_ms=500).items():
            for record in records:
                producer.send(target, value=record.value, partition=part.partition)
    producer.flush()
    seconds = time.perf_counter() - began
    producer.close()
    consumer.close()
    return mentions / seconds


def cost_of(pid: int) -> Cost:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert peak is not None
    return Cost((int(fields[11]) + int(fields[12])) / TICKS_PER_S, int(peak[1]) / 1024)


def through_faust(
    settings: Settings, folder: Path, mentions: Sequence[Mention]
) -> tuple[float, dict[str, Cost]]:
    """(mentions a second from the first publication to everything stored, cost by application)."""
    folder.mkdir()
    workers = Workers.start(settings, watches_file(folder), folder / "store", folder / "log")
    try:
        workers.ready("main")
        workers.ready("persist")
        warm(settings)
        before = {name: cost_of(pid) for name, pid in workers.children().items()}
        began = time.perf_counter()
        publisher = KafkaPublisher(settings, partitions=settings.partitions)
        for batch in batches(mentions, 4_000):
            publisher.publish(batch)
        publisher.close()
        drained(settings, 900)
        seconds = time.perf_counter() - began
        after = {name: cost_of(pid) for name, pid in workers.children().items()}
        workers.stop()
    finally:
        workers.end()
    costs = {name: Cost(after[name].cpu_s - before[name].cpu_s, after[name].peak_mb) for name in after}
    return len(mentions) / seconds, costs


def warm(settings: Settings) -> None:
    """One post through everything, so that joining the groups is not part of the measure."""
    edge = Edge("warm", Pseudonymiser(KEY), 120)
    post = parse_mention_line(next(lines(99)), now=NOW)
    publisher = KafkaPublisher(settings, partitions=settings.partitions)
    publisher.publish(
        Batch(mentions=[replace(item) for item in [edge.admit(post)] if isinstance(item, Mention)])
    )
    publisher.close()
    drained(settings, 120)


def latency(
    settings: Settings, folder: Path, mentions: Sequence[Mention], rate: float
) -> dict[str, list[float]]:
    """Seconds from publication to stored, and from a step's closing tick to its incidents and decisions."""
    folder.mkdir()
    workers = Workers.start(settings, watches_file(folder), folder / "store", folder / "log")
    closed_at: list[tuple[datetime, float]] = []
    try:
        workers.ready("main")
        workers.ready("persist")
        warm(settings)
        publisher = KafkaPublisher(settings, partitions=settings.partitions)
        size = max(20, int(rate / 10))
        began = time.time()
        sent = 0
        for batch in batches(mentions[: int(rate * LATENCY_S)], size):
            ahead_s = began + sent / rate - time.time()
            if ahead_s > 0:
                time.sleep(ahead_s)
            now = datetime.now(UTC)
            stamped = [replace(mention, observed_at=now) for mention in batch.mentions]
            publisher.publish(replace(batch, mentions=stamped))
            closed_at += [(tick.at, time.time()) for tick in batch.ticks]
            sent += size
        publisher.close()
        drained(settings, 300)
        workers.stop()
    finally:
        workers.end()
    return {"stored": stored_after(folder / "store"), "decided": decided_after(settings, closed_at)}


def stored_after(store: Path) -> list[float]:
    opened = open_store(f"chdb://{store}", create=False)
    try:
        rows = opened.query(
            "SELECT dateDiff('millisecond', observed_at, stored_at) FROM mentions_raw WHERE observed_at > "
            "toDateTime64({since:String}, 3, 'UTC')",
            {"since": (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")},
        )
    finally:
        opened.close()
    return [row[0] / 1000 for row in rows]


def decided_after(settings: Settings, closed_at: Sequence[tuple[datetime, float]]) -> list[float]:
    consumer = KafkaConsumer(**client_options(settings), enable_auto_commit=False)
    parts = [TopicPartition(name_of(Topic.INCIDENTS, settings), 0)]
    consumer.assign(parts)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(parts)
    took: list[float] = []
    while any(consumer.position(part) < ends[part] for part in parts):
        for records in consumer.poll(timeout_ms=500).values():
            for message in records:
                for record in decode_lines(message.value, now=NOW):
                    match record:
                        case Incident(updated_at=at) | Decision(at=at):
                            closing = next((wall for tick, wall in closed_at if tick >= at), None)
                            if closing is not None:
                                took.append(max(0.0, message.timestamp / 1000 - closing))
    consumer.close()
    return took


def quantiles(values: Sequence[float]) -> dict[str, float]:
    if len(values) < 2:
        return {"samples": len(values)}
    cuts = statistics.quantiles(values, n=100)
    return {
        "samples": len(values),
        "median_s": round(cuts[49], 3),
        "p95_s": round(cuts[94], 3),
        "p99_s": round(cuts[98], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=100_000)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "kafka").mkdir()
        broker = Broker.start(folder / "kafka")
        try:
            result = measured(broker, folder, chosen.mentions)
        finally:
            broker.stop()
    text = orjson.dumps(result, option=orjson.OPT_INDENT_2).decode()
    print(text)
    if chosen.out is not None:
        chosen.out.write_text(text + "\n")


def measured(broker: Broker, folder: Path, count: int) -> dict[str, object]:
    mentions = mentions_of(1, count)
    settings = Settings(
        kafka=broker.address,
        topic_prefix="a.",
        group="a",
        metrics_port=0,
        pseudonym_key=SecretStr(KEY.decode()),
    )
    topics.create(settings)
    bare = vader(mentions)
    rate, costs = through_faust(settings, folder / "rate", mentions)
    plain = pass_through(settings, len(mentions))
    bare_after = vader(mentions)
    again = settings.model_copy(update={"topic_prefix": "b.", "group": "b"})
    topics.create(again)
    took = latency(again, folder / "latency", mentions_of(2, count), rate / 2)
    cpu_s = sum(cost.cpu_s for cost in costs.values())
    vader_core = (bare + bare_after) / 2
    return {
        "mentions": len(mentions),
        "bare_vader_per_s": round(vader_core),
        "pass_through_per_s": round(plain),
        "faust_per_s": round(rate),
        "faust_per_cpu_s": round(len(mentions) / cpu_s),
        "share_of_vader_per_core": round(len(mentions) / cpu_s / vader_core, 3),
        "cpu_s_per_100000": {
            name: round(cost.cpu_s * 1e5 / len(mentions), 1) for name, cost in costs.items()
        },
        "peak_mb": {name: round(cost.peak_mb) for name, cost in costs.items()},
        "load_per_s": round(rate / 2),
        "published_to_stored": quantiles(took["stored"]),
        "closed_to_incident": quantiles(took["decided"]),
    }


if __name__ == "__main__":
    main()
