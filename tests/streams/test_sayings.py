"""From rows to what is said, and a watch that reads words: explained, and the same after a kill."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from connectors.mention import Tick
from models.novelty import Saying
from streams.codec import decode, encode
from streams.detect import Detection
from streams.records import DetectorState, Flag, Incident, IncidentEvent, Signal, Tally
from streams.sayings import sayings
from streams.voices import KnownVoices
from streams.watches_file import parse_watches
from streams.window import Row, rows_of

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR_S = 3_600
WATCHES = parse_watches(
    "{version: 1, timezone: Europe/Paris, language: en, watches: [{name: flood, query: crue}]}"
)
NEW_WORD = 4_000_000_001


def row(author: int, *, flags: int = 0, words: tuple[int, ...] = (1, 2)) -> Row:
    return Row(1_000, f"x:{author}", 0, flags, author, "fr", (1,) * 8, (), words)


def test_who_was_just_heard_or_only_reposts_says_nothing() -> None:
    voices = KnownVoices()
    voices.hear([5, 6], 100_000)
    voices.hear([6], 120_000)
    rows = [row(4), row(5), row(6), row(7, flags=Flag.REPOST), row(0), row(8, words=())]
    assert list(sayings(rows, voices, 121_000)) == [
        Saying(4, "x", (1, 2), (1,) * 8),
        Saying(5, "x", (1, 2), (1,) * 8),
    ]


def test_a_tally_written_before_words_were_read() -> None:
    tally = tally_of([(0.0, 5, "x", (7,))], 0)
    value = orjson.loads(encode(tally))
    del value["words"]
    older = decode(orjson.dumps(value), now=START)
    assert isinstance(older, Tally)
    assert [row.words for row in rows_of(older)] == [()]
    assert [row.words for row in rows_of(tally)] == [(7,)]


Post = tuple[float, int, str, tuple[int, ...]]
"""Seconds since START, author, platform, words."""


def tally_of(posts: Sequence[Post], first: int) -> Tally:
    start_ms = int(START.timestamp() * 1000)
    number = len(posts)
    return Tally(
        watch="flood",
        ids=tuple(f"{platform}:{first + i}" for i, (_, _, platform, _) in enumerate(posts)),
        counted_ms=tuple(start_ms + int(at * 1000) for at, _, _, _ in posts),
        versions_ms=(0,) * number,
        flags=(0,) * number,
        authors=tuple(author for _, author, _, _ in posts),
        langs=("fr",) * number,
        signatures=tuple(tuple(first + i + band * 10**6 for band in range(8)) for i in range(number)),
        urgent=((),) * number,
        words=tuple(words for _, _, _, words in posts),
    )


def chatter(until_h: float, an_hour: float = 20.0) -> Iterator[Post]:
    dice = random.Random(3)
    at, author = 0.0, 10
    while (at := at + dice.expovariate(an_hour / HOUR_S)) < until_h * HOUR_S:
        author += 1
        words = tuple(sorted({dice.randrange(1, 500) for _ in range(6)}))
        yield (
            at,
            author if dice.random() < 0.6 else dice.randrange(1, 11),
            dice.choice(["x", "mastodon"]),
            words,
        )


def rise(at_h: float, word: int | None, number: int = 18) -> Iterator[Post]:
    """Within an hour, in wordings of their own."""
    dice = random.Random(4)
    for place in range(number):
        words = {dice.randrange(1, 500) for _ in range(5)} | ({word} if word else set())
        at = at_h * HOUR_S + place * HOUR_S / number
        yield at, 900_000 + place, dice.choice(["x", "mastodon"]), tuple(sorted(words))


DAYS_H = 17 * 24.0
ONSET_H = DAYS_H + 14.0


class Watched:
    def __init__(self, states: dict[str, DetectorState] | None = None) -> None:
        self.detection = Detection(WATCHES, models="test", states=states)

    def play(self, posts: Sequence[Post], from_h: float, until_h: float) -> list[Incident]:
        now = [i for i, post in enumerate(posts) if from_h <= post[0] / HOUR_S < until_h]
        if now:
            self.detection.add(tally_of(posts, 0) if len(now) == len(posts) else _part(posts, now))
        self.detection.tick(Tick(source="s", at=START, begun_at=START))
        self.detection.tick(Tick(source="s", at=START + timedelta(hours=until_h), begun_at=START))
        return [incident for outcome in self.detection.decide() for incident in outcome.incidents]


def _part(posts: Sequence[Post], places: Sequence[int]) -> Tally:
    whole = tally_of(posts, 0)
    columns: dict[str, Any] = {
        name: tuple(getattr(whole, name)[i] for i in places)
        for name in whole.__slots__
        if name not in {"watch", "schema_version"}
    }
    return replace(whole, **columns)


def opened(incidents: Sequence[Incident]) -> list[Incident]:
    return [each for each in incidents if each.event is IncidentEvent.OPENED and each.signal is Signal.VOLUME]


def test_a_rise_that_shares_a_new_word_is_told_and_says_so() -> None:
    def during(word: int | None) -> list[Incident]:
        posts = sorted([*chatter(ONSET_H + 2), *rise(ONSET_H, word)])
        return [
            each for each in opened(Watched().play(posts, 0, ONSET_H + 2)) if each.opened_at > _at(ONSET_H)
        ]

    (told,) = during(NEW_WORD)
    assert told.evidence.new_word_authors is not None
    assert told.evidence.new_word_authors >= 5
    assert "accounts share a word that is new here" in told.summary
    assert during(None) == []


def test_killed_and_gone_on_it_opens_the_same() -> None:
    posts = sorted([*chatter(ONSET_H + 3), *rise(ONSET_H, NEW_WORD)])
    whole = Watched()
    undisturbed = whole.play(posts, 0, ONSET_H + 3)
    cut_h = ONSET_H + 0.25
    first = Watched()
    before = first.play(posts, 0, cut_h)
    (state,) = first.detection.snapshot()
    kept = decode(encode(state), now=START)
    assert isinstance(kept, DetectorState)
    after = Watched({"flood": kept}).play(posts, cut_h, ONSET_H + 3)
    assert [*before, *after] == undisturbed
    assert any(each.evidence.new_word_authors for each in undisturbed)


def test_a_state_kept_before_words_were_read_goes_on() -> None:
    posts = sorted([*chatter(ONSET_H + 3), *rise(ONSET_H, NEW_WORD, number=200)])
    first = Watched()
    first.play(posts, 0, ONSET_H)
    (state,) = first.detection.snapshot()
    older = {name: value for name, value in state.state.items() if name != "words"}
    del older["signals"]["volume"]["ease"]
    after = Watched({"flood": replace(state, state=older)}).play(posts, ONSET_H, ONSET_H + 3)
    (told,) = opened(after)
    assert told.evidence.new_word_authors is None


def _at(hours: float) -> datetime:
    return START + timedelta(hours=hours)
