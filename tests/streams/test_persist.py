"""What a batch leaves behind, decided without a store."""

from __future__ import annotations

from typing import Any

import pytest

from streams.persist import Settled, settle
from streams.records import Enriched
from streams.store.base import Known, Trace
from tests.streams.store.examples import AUTHOR, STORED, T0, enriched, minutes


def settled(*batch: Enriched | None, known: dict[str, Known] | None = None, **how: Any) -> Settled:
    return settle(batch, known or {}, **({"decided_until_s": 0, "keep_unmatched": False} | how))


def test_a_repeat_and_an_edit_count_where_the_first_did() -> None:
    found = settled(
        enriched(1, at=minutes(1)),
        enriched(1, at=minutes(0)),
        enriched(1, at=minutes(2), edited_at=minutes(60)),
    )
    assert [each.mention.counted_at for each in found.settled] == [minutes(1)] * 3
    assert [each.mention.counted_at for each in found.rows] == [minutes(1)] * 2
    assert (found.stored, found.updated, found.duplicates) == (1, 1, 1)


@pytest.mark.parametrize(("at", "late"), [(4, False), (5, True)])
def test_a_repeat_in_a_later_step_takes_no_part_in_a_decision(at: int, late: bool) -> None:
    found = settled(enriched(1, at=minutes(1)), enriched(1, at=minutes(at)))
    assert [each.mention.late for each in found.settled] == [False, late]


def test_what_counts_before_the_decided_is_late() -> None:
    found = settled(enriched(1, at=minutes(1)), decided_until_s=int(minutes(5).timestamp()))
    assert (found.late, found.rows[0].mention.late) == (1, True)


def test_an_edit_of_no_watch_leaves_a_trace_where_nothing_was() -> None:
    edit = enriched(1, hits=(), edited_at=minutes(60))
    found = settled(edit, enriched(1))
    assert found.rows == ()
    assert found.traces == (Trace(id="x:1", version_ms=edit.mention.version_ms, counted_at=minutes(1)),)
    assert (found.unmatched, found.duplicates) == (1, 1)
    found = settled(enriched(1), edit)
    assert (found.traces, found.stored, found.updated) == ((), 1, 1)


def test_a_mention_of_an_account_that_is_gone_takes_its_id_along() -> None:
    found = settled(enriched(1), enriched(1, author_id=None, edited_at=minutes(60)), gone={AUTHOR})
    assert found.rows == ()
    assert found.traces == (Trace(id="x:1", version_ms=None, counted_at=minutes(1)),)
    assert found.duplicates == 2


def test_who_was_named_once_stays_the_author() -> None:
    held = Known(version_ms=0, counted_at=T0, stored_at=STORED, author_id=AUTHOR)
    edit = enriched(1, author_id=None, edited_at=minutes(60))
    assert settled(edit, known={"x:1": held}).rows[0].mention.author_id == AUTHOR
