"""Whether what is said corroborates a rise, and what that changes about its limits.

A rise is corroborated where a word is suddenly new (`models.novelty`), those who share it are a fair part of
what is above the usual in that window, and they are on more than one platform where the watch has more than
one. Its limits are lower then: two unlikely things at once need less of each. Where texts and authors are
known and nothing of the kind is heard, the limits are higher: much noise is about nothing, or in one place.
A bare count is neither, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.news import Newest, News


@dataclass(frozen=True, slots=True)
class CorroborationPolicy:
    """Limits are multiplied with `eased` or `alone`, never by less or more than these."""

    least_height: float = 1.5
    """In newest words of ordinary days."""
    least_share: float = 0.3
    """Of what is above the usual."""
    beyond_share: float = 0.15
    """Of those who share the word: how many are not on the platform that has most of them."""
    eased: float = 0.75
    alone: float = 1.4


def corroborating(
    news: News, counts: Sequence[float], means: Sequence[float], step_s: int, policy: CorroborationPolicy
) -> Newest | None:
    """The newest word that corroborates what the rings of counts and means show, newest last."""
    best: Newest | None = None
    for word in news.newest:
        if word.height < policy.least_height or (best is not None and word.height <= best.height):
            continue
        if news.several_platforms and word.beyond < max(1.0, policy.beyond_share * word.voices):
            continue
        steps = word.window_s // step_s
        excess = sum(counts[-steps:]) - sum(means[-steps:])
        if word.voices >= policy.least_share * excess:
            best = word
    return best
