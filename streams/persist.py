"""The persist step: facts into the store, each once, and the count of what became of them.

Reading before writing is what makes the counts true: an id that is stored keeps the place where it
was first counted, and only a newer edit replaces what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from connectors.mention import Retraction
from streams.records import Enriched
from streams.store.base import Known, Store


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch held against what is stored.

    `rows` are to be written; `settled` has every mention, as it counts: where its id was counted first.
    An edit or a repeat that itself came late is late in `settled`: whether its step is decided already
    depends on who reads when, and no decision may.
    """

    rows: tuple[Enriched, ...]
    settled: tuple[Enriched, ...]
    stored: int
    updated: int
    duplicates: int
    unmatched: int
    late: int


def settle(
    batch: Iterable[Enriched | None],
    known: Mapping[str, Known],
    *,
    gone: Set[str] = frozenset(),
    decided_until_s: int,
    keep_unmatched: bool,
) -> Settled:
    """Decide what each mention of a batch is: new, a newer edit, a repeat, or of no watch.

    A new one that counts before `decided_until_s` is late, whatever its source thinks. One of an
    account in `gone` is a repeat: of something that was there and may not come back.

    None stands for a mention that enrich saw to be of no watch. One without watches that is stored
    all the same was edited: its new text replaces the old one, which did match.
    """
    newest = {id_: (held.version_ms, held.retracted) for id_, held in known.items()}
    first: dict[str, _Place] = {}
    rows: list[Enriched] = []
    settled: list[Enriched] = []
    late = stored = updated = duplicates = unmatched = 0
    for enriched in batch:
        if enriched is None:
            unmatched += 1
            continue
        mention = enriched.mention
        held = newest.get(mention.id)
        if held is None and not enriched.hits and not keep_unmatched:
            unmatched += 1
            continue
        placed = _at_its_first_place(enriched, known.get(mention.id), first, decided_until_s)
        settled.append(_late(placed) if mention.late else placed)
        if held is None and not gone.isdisjoint(authors_of(placed)):
            duplicates += 1
            continue
        if held is None:
            stored += 1
            late += placed.mention.late
        elif held[1] or mention.version_ms <= held[0]:
            duplicates += 1
            continue
        else:
            updated += 1
        newest[mention.id] = (mention.version_ms, False)
        rows.append(placed)
    return Settled(tuple(rows), tuple(settled), stored, updated, duplicates, unmatched, late)


def authors_of(enriched: Enriched) -> list[str]:
    """The pseudonyms under which a mention's author is known."""
    mention = enriched.mention
    return [author for author in (mention.author_id, mention.author_handle) if author is not None]


def _late(enriched: Enriched) -> Enriched:
    if enriched.mention.late:
        return enriched
    return replace(enriched, mention=replace(enriched.mention, late=True))


class _Place(NamedTuple):
    counted_at: datetime
    late: bool


def _at_its_first_place(
    enriched: Enriched, known: Known | None, first: dict[str, _Place], decided_until_s: int
) -> Enriched:
    mention = enriched.mention
    if known is not None and not _never_seen(known):
        place = _Place(known.counted_at, known.late)
    else:
        late = mention.late or mention.counted_at.timestamp() < decided_until_s
        place = first.setdefault(mention.id, _Place(mention.counted_at, late))
    if place == (mention.counted_at, mention.late):
        return enriched
    return replace(enriched, mention=replace(mention, counted_at=place.counted_at, late=place.late))


def _never_seen(known: Known) -> bool:
    """Retracted before it came: what is known is when it was retracted, which is no place to count in."""
    return known.retracted and known.version_ms == 0 and known.counted_at == known.stored_at


def persist(
    store: Store,
    batch: Sequence[Enriched | None],
    retractions: Sequence[Retraction],
    *,
    decided_until_s: int,
    keep_unmatched: bool,
) -> Settled:
    """Write a batch. Doing it twice leaves the store as doing it once."""
    kept = [enriched for enriched in batch if enriched is not None]
    known = store.known([enriched.mention.id for enriched in kept])
    settled = settle(
        batch,
        known,
        gone=store.retracted_accounts(list({author for each in kept for author in authors_of(each)})),
        decided_until_s=decided_until_s,
        keep_unmatched=keep_unmatched,
    )
    store.insert_mentions(settled.rows, known)
    store.retract(retractions)
    return settled
