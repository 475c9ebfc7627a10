"""One narrative that spreads, live: followed from rows, told with its voices, exact through its state."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from models.narrative import signatures
from models.spike import Reading, Sensitivity, Step
from streams.narratives import FOLLOWED, Narratives
from streams.records import STEP_S
from streams.window import Row

SENTENCE = ["the", "dam", "above", "town", "will", "give", "way", "tonight", "my", "cousin", "works", "there"]


def signature(words: Sequence[str]) -> tuple[int, ...]:
    return signatures([words])[0]


RUMOUR = signature(SENTENCE)
RETOLD = signature([*SENTENCE[:-1], "here"])


@dataclass(slots=True)
class Town:
    """Rows step by step: chatter in which no two say the same, and what is added to it."""

    narratives: Narratives = field(default_factory=lambda: Narratives(Sensitivity.BALANCED))
    step: int = 0
    rows: list[Row] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(5))
    chatter: int = 3

    def play(
        self, told: Iterable[Sequence[tuple[int, tuple[int, ...]]]], *, gap: bool = False
    ) -> list[Reading]:
        """One step an entry, each of (author, signature) of what is said beside the chatter."""
        return [self._step(said, gap=gap) for said in told]

    def _step(self, said: Sequence[tuple[int, tuple[int, ...]]], *, gap: bool) -> Reading:
        start_s = self.step * STEP_S
        talk = [(10_000 + self.dice.randrange(500), self._own()) for _ in range(self.chatter)]
        rows = [
            Row(1000 * start_s + place, f"x:{self.step}-{place}", 0, 0, author, "en", words, ())
            for place, (author, words) in enumerate([*talk, *said])
        ]
        if not gap:
            self.rows = [row for row in self.rows if row.counted_ms > 1000 * (start_s - 86_400)] + rows
        self.step += 1
        step = Step(
            at_s=start_s + STEP_S,
            step_s=STEP_S,
            local_hour=start_s % 86_400 / 3_600,
            local_weekday=start_s // 86_400 % 7,
            count=None if gap else float(len(rows)),
        )
        hour = sum(1 for row in self.rows if row.counted_ms > 1000 * (start_s - 3_300))
        return self.narratives.read(step, rows, hour=float(hour), recent=self.since)

    def since(self, since_s: int) -> list[Row]:
        return [row for row in self.rows if row.counted_ms >= 1000 * since_s]

    def _own(self) -> tuple[int, ...]:
        return tuple(self.dice.getrandbits(32) for _ in range(8))


def spreading(
    voices: int, steps: int = 12, first: int = 1, words: tuple[int, ...] = RUMOUR
) -> list[list[tuple[int, tuple[int, ...]]]]:
    """So many new voices a step."""
    return [[(first + step * voices + place, words) for place in range(voices)] for step in range(steps)]


def alarms(read: Sequence[Reading]) -> list[int]:
    return [place for place, reading in enumerate(read) if reading.alarm]


def test_chatter_in_own_words_is_no_narrative() -> None:
    read = Town(chatter=12).play([[]] * 600)
    assert not alarms(read)
    assert {reading.observed for reading in read} == {0.0}


def test_a_rumour_that_spreads_is_told_with_its_voices() -> None:
    town = Town()
    town.play([[]] * 300)
    read = town.play(spreading(3))
    first = alarms(read)[0]
    assert 3 <= first <= 5
    assert read[first].unit == "voices"
    assert read[first].observed >= read[first].limit >= 12
    assert read[first].expected < 1
    calm = town.play([[]] * 24)
    assert not calm[-1].alarm
    assert calm[-1].calm


def test_small_changes_of_the_words_are_the_same_narrative() -> None:
    assert RETOLD != RUMOUR
    town = Town()
    town.play([[]] * 300)
    mixed = [[(author, words if author % 2 else RETOLD) for author, words in said] for said in spreading(3)]
    assert alarms(town.play(mixed))


def test_one_account_that_repeats_itself_is_no_narrative_that_spreads() -> None:
    town = Town()
    town.play([[]] * 300)
    assert not alarms(town.play([[(7, RUMOUR)] * 10] * 24))


def test_what_a_handful_repeat_in_a_loud_hour_is_one_thing_among_many() -> None:
    town = Town(chatter=60)
    town.play([[]] * 60)
    assert not alarms(town.play(spreading(3)))
    assert alarms(town.play(spreading(30, first=10_000)))


def test_where_every_day_has_such_a_narrative_it_is_no_news() -> None:
    town = Town()
    told = 0
    for day in range(8):
        town.play([[]] * 240)
        words = signature([f"goal{day}", *SENTENCE[1:8], f"number{day}", f"player{day}", "scores", "again"])
        told = len(alarms(town.play(spreading(3, first=1_000 * day, words=words))))
        town.play([[]] * 36)
    assert told == 0
    assert alarms(town.play(spreading(12, first=90_000)))


def test_a_gap_is_told_and_counts_nobody() -> None:
    town = Town()
    town.play([[]] * 300)
    read = town.play(spreading(9), gap=True)
    assert all(reading.gap and not reading.alarm and not reading.calm for reading in read)
    assert not alarms(town.play([[]] * 12))


@pytest.mark.parametrize("cut", [0, 2, 4, 20])
def test_the_state_goes_on_as_if_nothing_had_been(cut: int) -> None:
    said = [*spreading(3), *[[]] * 30, *spreading(2, first=500)]
    whole, parts = Town(), Town()
    whole.play([[]] * 300)
    parts.play([[]] * 300)
    read = whole.play(said)
    before = parts.play(said[:cut])
    held = json.loads(json.dumps(parts.narratives.to_json()))
    parts.narratives = Narratives(Sensitivity.BALANCED, held)
    assert before + parts.play(said[cut:]) == read


def test_no_more_are_followed_than_can_be() -> None:
    town = Town()
    town.play([[]] * 12)
    for place in range(3 * FOLLOWED):
        words = tuple(1_000 * place + band for band in range(8))
        town.play(spreading(4, steps=2, first=100 * place, words=words))
    assert len(town.narratives.to_json()["followed"]) == FOLLOWED
