"""How far apart words stand: what `NEAR/n` asks of a text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from models.phrases import WILD
from models.query_tree import MAX_DISTANCE
from models.text import BARRIER

# The parts of a hashtag stand beside the running text: farther from it than any NEAR reaches.
_FAR: Final = MAX_DISTANCE + 1

Span = tuple[int, int]


def spans(patterns: Sequence[tuple[str, ...]], words: Sequence[str]) -> list[Span]:
    """Positions of the first and last word of everything `patterns` match in `words`, by the last."""
    found: list[Span] = []
    for pattern in patterns:
        shift = 0
        for first, word in enumerate(words):
            if word == BARRIER:
                shift += _FAR
            elif _is(word, pattern[0]):
                last = first + len(pattern) - 1
                if last < len(words) and all(map(_is, words[first + 1 : last + 1], pattern[1:])):
                    found.append((first + shift, last + shift))
    return sorted(found, key=lambda span: span[1])


def within(here: Sequence[Span], there: Sequence[Span], distance: int) -> bool:
    """Whether something of one side ends at most `distance` words before something of the other begins."""
    return _follows(here, there, distance) or _follows(there, here, distance)


def _follows(before: Sequence[Span], after: Sequence[Span], distance: int) -> bool:
    ends = [last for _, last in before]
    for first, _ in after:
        i = bisect_left(ends, first)  # the one before it is the last end left of `first`
        if i and first - ends[i - 1] <= distance:
            return True
    return False


def _is(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith(WILD) else word == wanted
