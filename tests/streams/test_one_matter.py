"""Two watches that overlap, through the real detection: one matter by the posts that their incidents show."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from connectors.mention import Tick
from streams.detect import Detection
from streams.notifiers.matter import known_as
from streams.records import Incident, Tally
from streams.watches_file import parse_watches
from tests.streams.test_lookout import START, Post, burst, chatter

WATCHES = """\
version: 1
timezone: Europe/Paris
watches: [{name: flood, query: crue}, {name: school, query: ecole}]
"""


def tally(watch: str, posts: Sequence[tuple[str, Post]]) -> Tally:
    """What is said in the crisis (ids x:c...) repeats one of three messages in two posts of five."""
    start_ms = int(START.timestamp() * 1000)
    held = sorted(posts, key=lambda each: each[1])
    return Tally(
        watch=watch,
        ids=tuple(id_ for id_, _ in held),
        counted_ms=tuple(start_ms + int(at * 1000) for _, (at, _, _, _) in held),
        versions_ms=(0,) * len(held),
        flags=tuple(flags for _, (_, flags, _, _) in held),
        authors=tuple(author for _, (_, _, author, _) in held),
        langs=("fr",) * len(held),
        signatures=tuple(wording(id_) for id_, _ in held),
        urgent=((),) * len(held),
    )


def wording(id_: str) -> tuple[int, ...]:
    dice = random.Random(id_)
    if "c" in id_.partition(":")[2] and dice.random() < 0.4:
        dice = random.Random(f"message {dice.randrange(3)}")
    return tuple(dice.randrange(2**32) for _ in range(8))


def first_of_each(*, common: bool) -> tuple[Incident, Incident]:
    """Both watches match a crisis: the same posts where `common`, as many others else."""
    detection = Detection(parse_watches(WATCHES), models="test")
    for seed, watch in enumerate(("flood", "school")):
        name = "" if common else watch
        posts = [(f"x:{place}-{seed}", post) for place, post in enumerate(chatter(seed, 0, 52, 20))]
        crisis = [(f"x:c{place}{name}", post) for place, post in enumerate(burst(48))]
        detection.add(tally(watch, [*posts, *crisis]))
    for at_h in (0, 52):
        detection.tick(Tick(source="s", at=START + timedelta(hours=at_h), begun_at=START))
    found = [incident for outcome in detection.decide() for incident in outcome.incidents]
    flood, school = (
        next(incident for incident in found if incident.watch == watch) for watch in ("flood", "school")
    )
    return flood, school


def test_watches_that_match_the_same_crisis_see_one_matter() -> None:
    flood, school = first_of_each(common=True)
    assert known_as([school], [[flood]]) is flood
    assert known_as([flood], [[school]]) is school


def test_watches_that_rise_at_once_on_posts_of_their_own_see_two() -> None:
    flood, school = first_of_each(common=False)
    assert abs(flood.opened_at - school.opened_at) <= timedelta(minutes=5)
    assert known_as([school], [[flood]]) is None
