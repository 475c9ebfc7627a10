"""Recorded files as a past: through the edge and the enrich step, as a replay takes them, and no store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from connectors.mention import Gap, Malformed
from connectors.recorded import Columns
from streams.backtest.past import Piece
from streams.edge import Edge
from streams.enrich import Enricher
from streams.records import STEP_S
from streams.replay import batches, merged


def pieces(
    paths: Sequence[str],
    edge: Edge,
    enricher: Enricher,
    *,
    size: int,
    now: datetime,
    columns: Columns | None = None,
    parked: Callable[[str, Malformed], None],
) -> Iterator[Piece]:
    """The files' posts in the order of time; `parked` hears of each line that cannot be read.

    Raises:
        FileError: a file cannot be read at all.
    """
    for batch in batches(merged(paths, now=now, columns=columns), edge, size=size):
        for name, malformed in batch.malformed:
            parked(name, malformed)
        yield Piece(
            enriched=[each for each in enricher.enrich(batch.mentions) if each is not None],
            gaps=batch.gaps,
            ticks=batch.ticks,
            deaf=[_span(gap) for gap in batch.gaps],
        )
    final = edge.final_tick(STEP_S)
    if final is not None:
        yield Piece(ticks=[final])


def _span(gap: Gap) -> tuple[datetime, datetime]:
    return gap.from_at, gap.until_at
