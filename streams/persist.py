"""The persist step: facts into the store, each once, and the count of what became of them.

Reading before writing is what makes the counts true: an id that is stored keeps the place where it
was first counted, and only a newer edit replaces what is there. What a batch leaves behind is what its
mentions would leave one after the other, before or after any retraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.mention import Mention, Retraction
from streams.records import STEP_S, Enriched
from streams.store.base import Known, Store, Trace
from streams.store.rows import unix_s


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch held against what is stored.

    `rows` and `traces` are to be written; `settled` has every mention, as it counts: where its id was
    counted first. An edit or a repeat that itself came late, or in a later step, is late in `settled`:
    whether its step is decided already depends on who reads when, and no decision may.
    """

    rows: tuple[Enriched, ...]
    traces: tuple[Trace, ...]
    settled: tuple[Enriched, ...]
    stored: int
    updated: int
    duplicates: int
    unmatched: int
    late: int


@dataclass(slots=True)
class _State:
    """How an id stands, in the store and then through the batch."""

    version_ms: int
    counted_at: datetime
    late: bool
    gone: bool = False
    textless: bool = False
    author_id: str | None = None
    author_handle: str | None = None

    @classmethod
    def of(cls, known: Known) -> _State:
        return cls(
            version_ms=known.version_ms,
            counted_at=known.counted_at,
            late=known.late,
            gone=known.retracted,
            textless=known.textless,
            author_id=known.author_id,
            author_handle=known.author_handle,
        )

    def take(self, mention: Mention) -> None:
        """Go on to a newer state. Who was once named as the author stays it."""
        self.version_ms = mention.version_ms
        self.author_id = self.author_id or mention.author_id
        self.author_handle = self.author_handle or mention.author_handle

    def trace(self, id_: str) -> Trace:
        return Trace(
            id=id_,
            version_ms=None if self.gone else self.version_ms,
            counted_at=self.counted_at,
            late=self.late,
        )

    def placed(self, enriched: Enriched) -> Enriched:
        """The mention where its id counts."""
        mention = enriched.mention
        if mention.counted_at == self.counted_at and mention.late == self.late:
            return enriched
        return replace(enriched, mention=replace(mention, counted_at=self.counted_at, late=self.late))

    def authored(self, enriched: Enriched) -> Enriched:
        """The mention under the author of its id."""
        mention = enriched.mention
        if mention.author_id == self.author_id and mention.author_handle == self.author_handle:
            return enriched
        return replace(enriched, mention=mention.with_author(self.author_id, self.author_handle))


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
    account in `gone` is a repeat: of something that was there and may not come back; its id is gone
    with it, so that a state of it that names no author stays out as well.

    None stands for a mention that enrich saw to be of no watch. One without watches that comes all the
    same was edited: its new text replaces an old one, which did match. Where there is no old one, all
    that stays is a trace, so that the old one is known to be outdated when it comes.
    """
    states = {id_: _State.of(held) for id_, held in known.items() if not _never_seen(held)}
    rows: list[Enriched] = []
    traces: list[Trace] = []
    settled: list[Enriched] = []
    late = stored = updated = duplicates = unmatched = 0
    for enriched in batch:
        if enriched is None:
            unmatched += 1
            continue
        mention = enriched.mention
        id_ = mention.id
        matters = bool(enriched.hits) or keep_unmatched
        state = states.get(id_)
        is_late = mention.late
        if state is not None:
            is_late = is_late or _in_a_later_step(mention, state)
        else:
            if not matters and mention.version_ms == 0:
                unmatched += 1
                continue
            comes_late = is_late or mention.counted_at.timestamp() < decided_until_s
            state = states[id_] = _State(-1, mention.counted_at, comes_late, gone=id_ in known, textless=True)
            if state.gone:
                traces.append(state.trace(id_))
        placed = state.placed(enriched)
        settled.append(_late(placed) if is_late else placed)
        if state.gone or mention.version_ms <= state.version_ms:
            duplicates += 1
            continue
        if not matters and state.textless:
            state.version_ms = mention.version_ms
            traces.append(state.trace(id_))
            unmatched += 1
            continue
        state.take(mention)
        if gone and not gone.isdisjoint((state.author_id, state.author_handle)):
            state.gone = True
            traces.append(state.trace(id_))
            duplicates += 1
            continue
        if state.textless:
            state.textless = False
            stored += 1
            late += state.late
        else:
            updated += 1
        rows.append(state.authored(placed))
    return Settled(tuple(rows), tuple(traces), tuple(settled), stored, updated, duplicates, unmatched, late)


def authors_of(held: Mention | Known) -> list[str]:
    """The pseudonyms under which a mention's author is known."""
    return [author for author in (held.author_id, held.author_handle) if author is not None]


def _late(enriched: Enriched) -> Enriched:
    if enriched.mention.late:
        return enriched
    return replace(enriched, mention=replace(enriched.mention, late=True))


def _in_a_later_step(mention: Mention, state: _State) -> bool:
    """Such a repeat may come before or after its first step is decided: it depends on who reads."""
    return unix_s(mention.counted_at) // STEP_S > unix_s(state.counted_at) // STEP_S


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
    authors = {author for each in kept for author in authors_of(each.mention)}
    authors.update(author for held in known.values() for author in authors_of(held))
    settled = settle(
        batch,
        known,
        gone=store.retracted_accounts(list(authors)),
        decided_until_s=decided_until_s,
        keep_unmatched=keep_unmatched,
    )
    store.insert_mentions(settled.rows, known)
    store.insert_traces(settled.traces, known)
    store.retract(retractions)
    return settled
