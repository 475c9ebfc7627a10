"""Voices by platform in one number: added and taken away, summed, and those of the foremost platform."""

from __future__ import annotations

import random

from models.platform_voices import EVERYWHERE, PLACES, foremost, place_of, voice_at


def test_three_platforms_are_told_apart_and_keep_their_places() -> None:
    platforms: dict[str, int] = {}
    assert [place_of(name, platforms) for name in "abcdeb"] == [0, 1, 2, 3, 3, 1]


def test_they_add_up_as_a_list_of_counts_does() -> None:
    dice = random.Random(1)
    counts, voices = [0] * PLACES, 0
    for _ in range(3_000):
        place = dice.randrange(PLACES)
        change = -1 if counts[place] and dice.random() < 0.3 else 1
        counts[place] += change
        voices += change * voice_at(place)
        assert (voices % EVERYWHERE, foremost(voices)) == (sum(counts), max(counts))
