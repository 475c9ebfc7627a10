"""What a rise is made of: from the rows of its window to numbers that a person can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from models.narrative import cluster, narrative_name
from streams.records import Evidence, Flag, Signal
from streams.window import Row

TOP: Final = 5
LOUDEST: Final = 10
POSTS: Final = 3


def gather(
    rows: Sequence[Row],
    *,
    weights: Sequence[float],
    heard: tuple[int, int],
    since_s: int,
    window_s: int,
    negative_share_usual: float | None,
    about: Signal = Signal.VOLUME,
    gap_s: int = 0,
    signs: Sequence[str] = (),
) -> Evidence:
    """Describe `rows` (sorted), each of which stands for as many mentions as its weight says.

    Nothing in the result depends on the order of arrival or on any key. `heard` are the distinct
    authors of the window and those never heard before it. Posts that made the signal `about` come first.
    """
    weighed = list(zip(rows, weights, strict=True))
    mentions = round(sum(weights))
    reposts = round(sum(weight for row, weight in weighed if row.flags & Flag.REPOST))
    scored = sum(weight for row, weight in weighed if row.flags & Flag.SCORED)
    negative = sum(weight for row, weight in weighed if row.flags & Flag.NEGATIVE)
    flagged = sum(weight for row, weight in weighed if row.flags & Flag.MISINFORMATION)
    groups = _narratives(weighed)
    repeated = [group for group in groups if len(group) > 1]
    copyists = {row.author for row, _ in repeated[0] if row.author} if repeated else set()
    authors, new_authors = heard
    return Evidence(
        since_at=datetime.fromtimestamp(since_s, UTC),
        window_s=window_s,
        mentions=mentions,
        originals=mentions - reposts,
        reposts=reposts,
        near_duplicate_share=_share(sum(map(_weight, repeated)), mentions),
        authors=authors or None,
        new_authors=new_authors if authors else None,
        top_authors_share=_loudest(weighed),
        narratives=tuple(
            (narrative_name(group[0][0].signature), round(_weight(group))) for group in repeated[:TOP]
        ),
        top_narrative_authors=len(copyists) or None,
        platforms=_most((row.id.partition(":")[0], weight) for row, weight in weighed),
        languages=_most((row.lang, weight) for row, weight in weighed),
        negative_share=_share(negative, scored) if scored else None,
        negative_share_usual=None if negative_share_usual is None else round(negative_share_usual, 3),
        misinformation=round(flagged),
        urgent=tuple(sorted({phrase for row in rows for phrase in row.urgent}))[:TOP],
        posts=_representative(rows, [[row for row, _ in group] for group in groups], about),
        gap_s=gap_s,
        signs=tuple(signs),
    )


Weighed = Sequence[tuple[Row, float]]


def _share(part: float, total: float) -> float:
    return round(part / total, 3) if total else 0.0


def _weight(group: Weighed) -> float:
    return sum(weight for _, weight in group)


def _most(names: Iterable[tuple[str, float]]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, float] = {}
    for name, weight in names:
        counts[name] = counts.get(name, 0.0) + weight
    largest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple((name, round(count)) for name, count in largest[:TOP])


def _loudest(weighed: Weighed) -> float | None:
    loudness: dict[int, float] = {}
    for row, weight in weighed:
        if row.author:
            loudness[row.author] = loudness.get(row.author, 0.0) + weight
    if not loudness:
        return None
    # Only the counts are used: which of two equally loud authors comes first depends on the key.
    counts = sorted(loudness.values(), reverse=True)
    return _share(sum(counts[:LOUDEST]), sum(counts))


def _narratives(weighed: Weighed) -> list[list[tuple[Row, float]]]:
    """Groups of rows that say nearly the same, largest first, earliest first among equals."""
    signed = [(row, weight) for row, weight in weighed if row.signature]
    groups: dict[int, list[tuple[Row, float]]] = {}
    for each, group in zip(signed, cluster([row.signature for row, _ in signed]), strict=True):
        groups.setdefault(group, []).append(each)
    return sorted(groups.values(), key=lambda group: (-round(_weight(group), 6), group[0]))


def _any(_: Row) -> bool:
    return True


_MADE_BY: Final[Mapping[Signal, Callable[[Row], bool]]] = {
    Signal.URGENT: lambda row: bool(row.urgent),
    Signal.VIP: lambda row: bool(row.flags & Flag.VIP),
    Signal.MISINFORMATION: lambda row: bool(row.flags & Flag.MISINFORMATION),
    Signal.NEGATIVE: lambda row: bool(row.flags & Flag.NEGATIVE),
}


def _representative(rows: Sequence[Row], groups: Sequence[Sequence[Row]], about: Signal) -> tuple[str, ...]:
    """The first original of each of the largest narratives, then the first of what is left.

    What made the signal comes before all else: who is told of an urgent phrase wants to read that post.
    """
    made = _MADE_BY.get(about, _any)
    chosen: dict[str, None] = {}
    for wanted in (made, _any):
        firsts = (
            next((row for row in group if wanted(row) and not row.flags & Flag.REPOST), None)
            or next((row for row in group if wanted(row)), None)
            for group in groups
        )
        for row in (*firsts, *rows):
            if len(chosen) == POSTS:
                break
            if row is not None and wanted(row):
                chosen[row.id] = None
    return tuple(chosen)
