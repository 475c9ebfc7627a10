"""One matter that several watches see is told once: whose incident a person already knows it by. Pure.

Watches overlap: of one post that names the river and the school, two watches may open an incident within
minutes. They are one matter where they opened close together and show largely the same posts. Posts
rather than time alone: two watches that rise at once on posts of their own may be two crises.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from streams.records import Incident

CLOSE: Final = timedelta(minutes=30)


def known_as(states: Sequence[Incident], told: Iterable[Sequence[Incident]]) -> Incident | None:
    """The newest state of the incident of another watch by which this matter is known; None for news.

    `states` are of one incident, in order; `told` the states of each incident that the same people were
    told of: whichever they heard of first is the one it is known by.
    """
    first = states[0]
    for others in told:
        other = others[0]
        if other.watch == first.watch or other.drill != first.drill:
            continue
        if abs(first.opened_at - other.opened_at) <= CLOSE and _alike(states, others):
            return others[-1]
    return None


def _alike(states: Sequence[Incident], others: Sequence[Incident]) -> bool:
    """At least half of the posts that some state shows were shown with the other incident too."""
    shown = {post for other in others for post in other.evidence.posts}
    return any(
        state.evidence.posts
        and 2 * len(shown.intersection(state.evidence.posts)) >= len(state.evidence.posts)
        for state in states
    )
