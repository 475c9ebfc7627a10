"""What the voices of a step say, for whoever looks for words that are new: rows in, sayings out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.novelty import Saying
from streams.records import Flag
from streams.voices import KnownVoices
from streams.window import RECENT_S, Row


def sayings(rows: Sequence[Row], voices: KnownVoices, start_s: int) -> Iterator[Saying]:
    """Originals of the authors that were not heard in the hours before the step that begins at `start_s`.

    A repost says nothing of its own, and who goes on speaking is no further witness. Where no author is
    known nobody can be told from the next, so that such posts say nothing either.
    """
    fresh_from_s = start_s - RECENT_S
    for row in rows:
        if (
            row.words
            and row.author
            and not row.flags & Flag.REPOST
            and voices.last_s(row.author) < fresh_from_s
        ):
            yield Saying(row.author, platform_of(row), row.words, row.signature)


def platform_of(row: Row) -> str:
    return row.id.partition(":")[0]
