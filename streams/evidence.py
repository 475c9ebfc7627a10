"""What a rise is made of: from the rows of its window to numbers that a person can be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from models.narrative import cluster, narrative_name
from streams.records import Evidence, Flag
from streams.window import Row

TOP: Final = 5
LOUDEST: Final = 10
POSTS: Final = 3


def gather(
    rows: Sequence[Row],
    *,
    mentions: int,
    since_s: int,
    window_s: int,
    is_new: Callable[[int], bool],
    negative_share_usual: float | None,
    gap_s: int = 0,
    signs: Sequence[str] = (),
) -> Evidence:
    """Describe `rows` (sorted), all or a fair sample of `mentions`.

    Nothing in the result depends on the order of arrival or on any key.

    `is_new` says of an author's number whether the watch had never heard it before the window.
    """
    held = len(rows)
    reposts = round(mentions / max(held, 1) * sum(1 for row in rows if row.flags & Flag.REPOST))
    scored = sum(1 for row in rows if row.flags & Flag.SCORED)
    negative = sum(1 for row in rows if row.flags & Flag.NEGATIVE)
    loudness = Counter(row.author for row in rows if row.author)
    groups = _narratives(rows)
    repeated = [group for group in groups if len(group) > 1]
    copyists = {row.author for row in repeated[0] if row.author} if repeated else set()
    return Evidence(
        since_at=datetime.fromtimestamp(since_s, UTC),
        window_s=window_s,
        mentions=mentions,
        originals=mentions - reposts,
        reposts=reposts,
        near_duplicate_share=_share(sum(map(len, repeated)), held),
        authors=len(loudness) if loudness else None,
        new_authors=sum(map(is_new, loudness)) if loudness else None,
        top_authors_share=_loudest(loudness),
        narratives=tuple((narrative_name(group[0].signature), len(group)) for group in repeated[:TOP]),
        top_narrative_authors=len(copyists) or None,
        platforms=_most(row.id.partition(":")[0] for row in rows),
        languages=_most(row.lang for row in rows),
        negative_share=_share(negative, scored) if scored else None,
        negative_share_usual=None if negative_share_usual is None else round(negative_share_usual, 3),
        misinformation=sum(1 for row in rows if row.flags & Flag.MISINFORMATION),
        urgent=tuple(sorted({phrase for row in rows for phrase in row.urgent}))[:TOP],
        posts=_representative(rows, groups),
        gap_s=gap_s,
        signs=tuple(signs),
    )


def _share(part: int, total: int) -> float:
    return round(part / total, 3) if total else 0.0


def _most(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))
    return tuple(counts[:TOP])


def _loudest(loudness: Counter[int]) -> float | None:
    if not loudness:
        return None
    # Only the counts are used: which of two equally loud authors comes first depends on the key.
    counts = sorted(loudness.values(), reverse=True)
    return _share(sum(counts[:LOUDEST]), sum(counts))


def _narratives(rows: Sequence[Row]) -> list[list[Row]]:
    """Groups of rows that say nearly the same, largest first, earliest first among equals."""
    signed = [row for row in rows if row.signature]
    groups: dict[int, list[Row]] = {}
    for row, group in zip(signed, cluster([row.signature for row in signed]), strict=True):
        groups.setdefault(group, []).append(row)
    return sorted(groups.values(), key=lambda group: (-len(group), group[0]))


def _representative(rows: Sequence[Row], groups: Sequence[Sequence[Row]]) -> tuple[str, ...]:
    """The first original of each of the largest narratives, then the first of what is left."""
    chosen: dict[str, None] = {}
    for group in groups:
        original = next((row for row in group if not row.flags & Flag.REPOST), group[0])
        chosen[original.id] = None
        if len(chosen) == POSTS:
            break
    for row in rows:
        if len(chosen) == POSTS:
            break
        chosen[row.id] = None
    return tuple(chosen)
