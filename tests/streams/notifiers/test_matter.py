"""When two watches see one matter, as a table: how far apart, which posts, and who knows it as what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from streams.notifiers.matter import known_as
from streams.records import Incident
from tests.streams.notifiers.incidents import EVIDENCE, OPENED, incident, life

MINUTE = timedelta(minutes=1)
TOLD = life("warning")


def other(minutes: float, *posts: str, watch: str = "ecoles", drill: bool = False) -> Incident:
    opened = OPENED + minutes * MINUTE
    evidence = replace(EVIDENCE, posts=posts)
    return incident(
        id="ecoles-volume-1", watch=watch, opened_at=opened, at=opened, evidence=evidence, drill=drill
    )


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (other(0, "bluesky:1", "x:2"), True),
        (other(30, "bluesky:1", "x:9"), True),
        (other(-30, "bluesky:1"), True),
        (other(31, "bluesky:1", "x:2"), False),
        (other(5, "bluesky:1", "x:8", "x:9"), False),
        (other(5, "x:8", "x:9"), False),
        (other(5), False),
        (other(5, "bluesky:1", watch="crue-herault"), False),
        (other(5, "bluesky:1", drill=True), False),
    ],
)
def test_close_and_largely_the_same_posts(found: Incident, known: bool) -> None:
    assert known_as([found], [TOLD]) == (TOLD[-1] if known else None)


def test_posts_of_any_state_count_on_both_sides() -> None:
    first, later = other(0, "x:7"), replace(other(0, "x:8"), revision=2)
    shown = replace(TOLD[1], evidence=replace(EVIDENCE, posts=("x:8",)))
    assert known_as([first, later], [[TOLD[0], shown]]) is shown
    assert known_as([first], [[TOLD[0], shown]]) is None


def test_without_anything_told_all_is_news() -> None:
    assert known_as(TOLD, []) is None
