"""A file of posts in, facts and incidents out: the main job, from recorded mention lines.

A later run over the same file, or the same run after a kill, changes nothing and goes on from where
the store stands.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from connectors.mention import Gap, Malformed, Mention, Retraction, Tick
from connectors.recorded import CHUNK_CHARS, Columns, Item, read_file
from streams.ahead import one_ahead
from streams.edge import Edge
from streams.garbage import collected_rarely
from streams.pipeline import Batch, Counts, Pipeline
from streams.pseudonym import Pseudonymiser
from streams.records import STEP_S

SOURCE: Final = "recorded"
LONGEST_SILENCE: Final = timedelta(days=14)
"""A recording that says nothing for longer did not listen: a gap, and not a calm of months. One wrong date
would otherwise be years of empty steps to decide."""


def replay(
    paths: Sequence[str],
    pipeline: Pipeline,
    pseudonymiser: Pseudonymiser,
    *,
    columns: Columns | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Counts:
    """Play files through the pipeline, merged by time; `progress` hears how many lines each batch had.

    Raises:
        FileError: a file cannot be read at all; what came before it is stored.
        StoreError: the store is at fault.
    """
    total = Counts()
    edge = Edge(SOURCE, pseudonymiser, pipeline.settings.lateness_s)
    now = pipeline.clock()
    lines = merged(paths, now=now, columns=columns)
    enriched = (
        (batch, pipeline.enrich(batch))
        for batch in batches(lines, edge, size=pipeline.settings.batch_mentions)
    )
    with collected_rarely():
        for batch, found in one_ahead(enriched) if _never_waits(paths) else enriched:
            total += pipeline.keep(batch, found)
            progress(len(batch.mentions) + len(batch.retractions) + len(batch.malformed))
        final = edge.final_tick(STEP_S)
        if final is not None:
            total += pipeline.feed(Batch(ticks=[final]))
        pipeline.checkpoint()
    return total


def _never_waits(paths: Sequence[str]) -> bool:
    """Whether all are files. A thread that waits for what somebody may still write cannot be interrupted."""
    return all(path != "-" and Path(path).is_file() for path in paths)


def merged(
    paths: Sequence[str], *, now: datetime, columns: Columns | None = None
) -> Iterator[tuple[str, Item]]:
    """(file name, item) of all files, in the order of time as far as each file is itself in order."""
    if len(paths) == 1:
        yield from _named(paths[0], now, columns)
        return
    streams = [_timed(index, path, now, columns) for index, path in enumerate(paths)]
    for _, _, name, item in heapq.merge(*streams, key=lambda entry: entry[:2]):
        yield name, item


def _named(path: str, now: datetime, columns: Columns | None) -> Iterator[tuple[str, Item]]:
    name = "standard input" if path == "-" else Path(path).name
    for item in read_file(path, now=now, columns=columns):
        yield name, item


def _timed(
    index: int, path: str, now: datetime, columns: Columns | None
) -> Iterator[tuple[datetime, int, str, Item]]:
    """Each item with the newest time its file has reached, so that a file's own order stays."""
    at = datetime.min.replace(tzinfo=UTC)
    for name, item in _named(path, now, columns):
        if isinstance(item, Mention):
            at = max(at, item.counted_at)
        yield at, index, name, item


def batches(lines: Iterable[tuple[str, Item]], edge: Edge, *, size: int) -> Iterator[Batch]:
    """Lines through the edge, `size` together, each batch with the tick that it allows."""
    mentions: list[Mention] = []
    retractions: list[Retraction] = []
    malformed: list[tuple[str, Malformed]] = []
    gaps: list[Gap] = []
    chars = 0

    def batch() -> Batch:
        tick: Tick | None = edge.tick()
        return Batch(
            mentions=tuple(mentions),
            retractions=tuple(retractions),
            gaps=tuple(gaps),
            malformed=tuple(malformed),
            ticks=() if tick is None else (tick,),
        )

    for name, item in lines:
        if isinstance(item, Malformed):
            malformed.append((name, item))
            chars += len(item.raw)
        else:
            gap = _silence(edge, item)
            if gap is not None:
                yield batch()
                mentions, retractions, malformed, gaps, chars = [], [], [], [gap], 0
            admitted = edge.admit(item)
            if isinstance(admitted, Mention):
                mentions.append(admitted)
                chars += len(admitted.text)
            else:
                retractions.append(admitted)
        if len(mentions) + len(retractions) + len(malformed) >= size or chars >= CHUNK_CHARS:
            yield batch()
            mentions, retractions, malformed, gaps, chars = [], [], [], [], 0
    if mentions or retractions or malformed:
        yield batch()


def _silence(edge: Edge, item: Mention | Retraction) -> Gap | None:
    """The gap between what was read last and `item`, in whole steps, where it is a long one."""
    if edge.watermark is None or not isinstance(item, Mention):
        return None
    # The step that was read last ends after its newest mention.
    if item.counted_at - edge.watermark < LONGEST_SILENCE:
        return None
    last = edge.final_tick(STEP_S)
    if last is None or item.counted_at - last.at < LONGEST_SILENCE:
        return None
    until_s = int(item.counted_at.timestamp()) // STEP_S * STEP_S
    return Gap(
        connector=edge.source,
        platform=edge.source,
        from_at=last.at,
        until_at=datetime.fromtimestamp(until_s, UTC),
        reason=f"the recording has nothing for {(item.counted_at - last.at).days} days",
    )
