"""Which rows of a batch are news to the store: an id keeps its first time, and the newest version wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from streams.records import Enriched
from streams.store import rows
from streams.store.base import Known


def newest_of(
    batch: Sequence[Enriched], known: Mapping[str, Known], now: datetime
) -> tuple[dict[str, Enriched], dict[str, rows.First]]:
    """Of each id the newest version that the store does not have, and what the id keeps for ever."""
    newest: dict[str, Enriched] = {}
    firsts: dict[str, rows.First] = {}
    for row in batch:
        mention = row.mention
        id_, version_ms = mention.id, mention.version_ms
        before = known.get(id_)
        if before is not None and (before.retracted or version_ms <= before.version_ms):
            continue
        held = newest.get(id_)
        if held is None:
            firsts[id_] = (
                rows.First(mention.counted_at, now, mention.late)
                if before is None
                else rows.First(before.counted_at, before.stored_at, before.late)
            )
        if held is None or version_ms > held.mention.version_ms:
            newest[id_] = row
    return newest, firsts
