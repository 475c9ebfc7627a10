"""What a rise is made of: from the rows of its window to numbers that a person can be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Final, TypeVar

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
    counted = _Counts(rows, weights)
    mentions = round(sum(weights))
    reposts = round(counted.flagged(Flag.REPOST))
    scored = counted.flagged(Flag.SCORED)
    groups = _narratives(rows, weights)
    repeated = [(weight, group) for weight, group in groups if len(group) > 1]
    copyists = {rows[i].author for i in repeated[0][1] if rows[i].author} if repeated else set()
    authors, new_authors = heard
    return Evidence(
        since_at=datetime.fromtimestamp(since_s, UTC),
        window_s=window_s,
        mentions=mentions,
        originals=mentions - reposts,
        reposts=reposts,
        near_duplicate_share=_share(sum(weight for weight, _ in repeated), mentions),
        authors=authors or None,
        new_authors=new_authors if authors else None,
        top_authors_share=_loudest(counted.by(_AUTHOR)),
        narratives=tuple(
            (narrative_name(rows[group[0]].signature), round(weight)) for weight, group in repeated[:TOP]
        ),
        top_narrative_authors=len(copyists) or None,
        platforms=_most(counted.by(_platform)),
        languages=_most(counted.by(_LANG)),
        negative_share=_share(counted.flagged(Flag.NEGATIVE), scored) if scored else None,
        negative_share_usual=None if negative_share_usual is None else round(negative_share_usual, 3),
        misinformation=round(counted.flagged(Flag.MISINFORMATION)),
        urgent=tuple(sorted({phrase for row in rows for phrase in row.urgent}))[:TOP],
        posts=_representative(rows, [group for _, group in groups], about, since_s),
        gap_s=gap_s,
        signs=tuple(signs),
    )


def _platform(row: Row) -> str:
    return row.id.partition(":")[0]


_FLAGS: Final[Callable[[Row], int]] = attrgetter("flags")
_AUTHOR: Final[Callable[[Row], int]] = attrgetter("author")
_LANG: Final[Callable[[Row], str]] = attrgetter("lang")

Key = TypeVar("Key", int, str)


class _Counts:
    """Weights by what rows have in common. Rows of one step weigh the same, so whole steps are counted.

    An incident looks at up to ten thousand rows every five minutes: this is most of what detection costs.
    """

    def __init__(self, rows: Sequence[Row], weights: Sequence[float]) -> None:
        self._blocks: list[tuple[float, Sequence[Row]]] = []
        start = 0
        for weight, block in groupby(weights):
            end = start + sum(1 for _ in block)
            self._blocks.append((weight, rows[start:end]))
            start = end
        if start != len(rows):
            raise ValueError(f"{len(rows)} rows and {start} weights")
        self._flags = self.by(_FLAGS)

    def by(self, key: Callable[[Row], Key]) -> dict[Key, float]:
        total: dict[Key, float] = {}
        for weight, block in self._blocks:
            for value, count in Counter(map(key, block)).items():
                total[value] = total.get(value, 0.0) + weight * count
        return total

    def flagged(self, flag: int) -> float:
        return sum(weight for flags, weight in self._flags.items() if flags & flag)


def _share(part: float, total: float) -> float:
    return round(part / total, 3) if total else 0.0


def _most(counts: Mapping[str, float]) -> tuple[tuple[str, int], ...]:
    largest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple((name, round(count)) for name, count in largest[:TOP])


def _loudest(loudness: Mapping[int, float]) -> float | None:
    # Only the counts are used: which of two equally loud authors comes first depends on the key.
    counts = sorted((weight for author, weight in loudness.items() if author), reverse=True)
    return _share(sum(counts[:LOUDEST]), sum(counts)) if counts else None


def _narratives(rows: Sequence[Row], weights: Sequence[float]) -> list[tuple[float, list[int]]]:
    """Groups that say nearly the same, by weight and places in `rows`: heaviest first, then earliest."""
    signed = [i for i, row in enumerate(rows) if row.signature]
    groups: dict[int, list[int]] = {}
    for i, label in zip(signed, cluster([rows[i].signature for i in signed]), strict=True):
        held = groups.get(label)
        if held is None:
            groups[label] = [i]
        else:
            held.append(i)
    weighed = [
        (weights[group[0]] if len(group) == 1 else sum(weights[i] for i in group), group)
        for group in groups.values()
    ]
    # Rows are sorted, so that the place of the first says which group began first.
    return sorted(weighed, key=lambda item: (-round(item[0], 6), item[1][0]))


def _any(_: Row) -> bool:
    return True


_MADE_BY: Final[Mapping[Signal, Callable[[Row], bool]]] = {
    Signal.URGENT: lambda row: bool(row.urgent),
    Signal.VIP: lambda row: bool(row.flags & Flag.VIP),
    Signal.MISINFORMATION: lambda row: bool(row.flags & Flag.MISINFORMATION),
    Signal.NEGATIVE: lambda row: bool(row.flags & Flag.NEGATIVE),
}


def _representative(
    rows: Sequence[Row], groups: Sequence[Sequence[int]], about: Signal, since_s: int
) -> tuple[str, ...]:
    """The first original of each of the largest narratives, then the first of what is left.

    What made the signal comes before all else: who is told of an urgent phrase wants to read that post. What
    was written before the incident began is of another matter, unless it made the signal.
    """
    made = _MADE_BY.get(about, _any)

    def begun(row: Row) -> bool:
        return row.counted_ms >= 1000 * since_s

    chosen: dict[str, None] = {}
    for wanted in (lambda row: made(row) and begun(row), made, begun):
        firsts = (
            next((rows[i] for i in group if wanted(rows[i]) and not rows[i].flags & Flag.REPOST), None)
            or next((rows[i] for i in group if wanted(rows[i])), None)
            for group in groups
        )
        for row in (*firsts, *rows):
            if len(chosen) == POSTS:
                break
            if row is not None and wanted(row):
                chosen[row.id] = None
    return tuple(chosen)
