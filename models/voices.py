"""Who speaks: from mentions to voices, so that loud is not mistaken for many.

300 posts of three accounts are three voices that repeat themselves; twelve people never heard before who
each write a post of their own within five minutes are twelve witnesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REPEATED: Final = 0.05
"""What a voice counts that was heard in the hours before: it goes on, it is not one more."""

COPIED: Final = 0.95
"""How much of a voice is lost when it only repeats another's words: that such a message spreads is told by
its own growth (`models.growth`), and is no reason to take it for a crowd."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Who speaks in a step, beside how many mentions there are. Everything optional: None is unknown.

    `fresh_authors` are those distinct authors of the step not heard in this watch in the hours before it,
    so that their sum over a window does not count an author of that window twice; `new_authors` those
    never heard before, `witnesses` those of them who wrote a post whose words nobody else of the step has;
    `unknown` the mentions without an author, each taken for a voice.
    """

    authors: int | None = None
    fresh_authors: int | None = None
    new_authors: int | None = None
    witnesses: int | None = None
    original_authors: int | None = None
    originals: int | None = None
    reposts: int | None = None
    near_duplicate_share: float = 0.0
    loudest_share: float | None = None
    platforms: int = 1
    unknown: int = 0


def heard(count: float, voices: Voices | None) -> float:
    """The mentions of a step as voices: at the most one for each author, less for one heard just before.

    Without knowledge of authors every mention is a voice. Copies of one text count less.

    >>> heard(300.0, Voices(authors=3, fresh_authors=3))
    3.0
    >>> heard(12.0, Voices(authors=12, fresh_authors=12))
    12.0
    """
    if voices is None or voices.authors is None:
        return count
    fresh = voices.authors if voices.fresh_authors is None else voices.fresh_authors
    told = fresh + REPEATED * (voices.authors - fresh)
    told *= 1.0 - COPIED * min(max(voices.near_duplicate_share, 0.0), 1.0)
    return round(min(count, told + voices.unknown), 2)


def witnesses(voices: Voices | None) -> float | None:
    """Authors never heard before who wrote something of their own; None where that is unknown."""
    if voices is None or voices.new_authors is None or voices.authors is None:
        return None
    if voices.witnesses is not None:
        return float(voices.witnesses)
    original = voices.authors if voices.original_authors is None else voices.original_authors
    # How many of the new ones wrote an original is not told: at least those that the others cannot explain.
    share = original / voices.authors if voices.authors else 0.0
    told = voices.new_authors * share * (1.0 - min(max(voices.near_duplicate_share, 0.0), 1.0))
    return round(told, 2)
