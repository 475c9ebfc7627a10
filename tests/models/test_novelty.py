"""Words that are suddenly new: voices and not posts, once and not each week, whatever the order of state."""

from __future__ import annotations

import random
from dataclasses import replace

import orjson
import pytest

from models.news import UNKNOWN, News
from models.novelty import Novelty, NoveltyPolicy, Saying
from models.novelty_state import NoveltyState

DAY = 288
HOUR = 12
POLICY = NoveltyPolicy()


class Town:
    """Chatter of a few hundred words, by ever new authors on two platforms."""

    def __init__(self, seed: int = 1, policy: NoveltyPolicy = POLICY) -> None:
        self.dice = random.Random(seed)
        self.novelty = Novelty(policy)
        self.row = 0
        self.author = 0

    def chatter(self, number: int = 2) -> list[Saying]:
        return [self.say([self.dice.randrange(1, 400) for _ in range(6)]) for _ in range(number)]

    def say(self, words: list[int], platform: str | None = None, wording: int | None = None) -> Saying:
        self.author += 1
        wording = self.author if wording is None else -wording
        on = platform or self.dice.choice(["x", "mastodon"])
        return Saying(
            self.author, on, tuple(words), tuple(hash((wording, band)) & 0xFFFFFFFF for band in range(8))
        )

    def step(self, said: list[Saying], *, listened: bool = True) -> News:
        self.row += 1
        return self.novelty.step(300 * self.row, self.row // DAY % 7, said, listened=listened)

    def days(self, number: int) -> None:
        for _ in range(number * DAY):
            self.step(self.chatter())


def height(news: News) -> float:
    return max((word.height for word in news.newest), default=0.0)


@pytest.fixture(scope="module")
def lived_in() -> bytes:
    town = Town()
    town.days(15)
    return orjson.dumps(town.novelty.state.to_json())


@pytest.fixture
def town(lived_in: bytes) -> Town:
    town = Town(seed=2)
    town.novelty = Novelty(POLICY, NoveltyState.from_json(orjson.loads(lived_in)))
    town.row, town.author = 15 * DAY, 10**6
    return town


def test_five_voices_that_share_a_word_never_heard(town: Town) -> None:
    assert height(town.step(town.chatter())) < 1.5
    news = town.step(town.chatter() + [town.say([7, 9_999, 20]) for _ in range(6)])
    newest = max(news.newest, key=lambda word: word.height)
    assert (news.known, news.several_platforms) == (True, True)
    assert newest.height >= 1.5
    assert (newest.word, newest.voices, newest.window_s) == (9_999, 6, 900)
    assert 1 <= newest.beyond <= 3


def test_a_usual_word_is_not_new_however_loud_the_hour(town: Town) -> None:
    assert height(town.step([town.say([17, 230]) for _ in range(60)])) < 1.0


def test_copies_of_one_wording_are_one_voice(town: Town) -> None:
    for _ in range(HOUR):
        news = town.step(town.chatter() + [town.say([8_888, 5], wording=3) for _ in range(10)])
    assert height(news) < 1.5


def test_an_author_who_repeats_a_word_in_a_step_is_one_voice(town: Town) -> None:
    posts = [town.say([7_777])._replace(author=5) for _ in range(40)]
    assert all(word.word != 7_777 for word in town.step(posts).newest)


def test_where_the_voices_are(town: Town) -> None:
    news = town.step([town.say([9_999], platform="x") for _ in range(6)])
    assert max(news.newest, key=lambda word: word.height).beyond == 0
    news = town.step([town.say([9_999], platform="mastodon") for _ in range(2)])
    newest = max(news.newest, key=lambda word: word.height)
    assert (newest.voices, newest.beyond) == (8, 2)


def test_the_words_of_a_weekly_night_are_new_until_they_are_known(town: Town) -> None:
    def night() -> float:
        return max(
            height(town.step(town.chatter(4) + [town.say([5_000 + town.row % 3, 5_010]) for _ in range(4)]))
            for _ in range(2 * HOUR)
        )

    first = night()
    town.days(6)
    second = night()
    assert first > 3.0
    assert second < 1.5 < first


def test_a_gap_says_nothing_and_the_hours_go_on(town: Town) -> None:
    town.step([town.say([9_999]) for _ in range(6)])
    assert town.step([], listened=False) == UNKNOWN
    for _ in range(2 * HOUR):
        news = town.step([])
    assert {word.window_s for word in news.newest if word.word == 9_999} == {10_800, 43_200}


def test_what_is_older_than_the_longest_window_is_past(town: Town) -> None:
    town.step([town.say([9_999]) for _ in range(6)])
    for _ in range(12 * HOUR):
        news = town.step([])
    assert all(word.word != 9_999 for word in news.newest)
    assert town.novelty.state.past[9_999] == 600


def test_a_state_goes_on_as_if_nothing_had_happened(town: Town) -> None:
    other = Town(seed=3)
    other.row = town.row
    for _ in range(30):
        said = [*town.chatter(), town.say([6_000 + town.dice.randrange(4)])]
        news = town.step(said)
        held = orjson.loads(orjson.dumps(town.novelty.state.to_json()))
        other.novelty = Novelty(POLICY, NoveltyState.from_json(held))
        assert orjson.loads(orjson.dumps(other.novelty.state.to_json())) == held
        town.row += 1
        said = town.chatter()
        at_s = 300 * town.row
        assert news.known
        assert town.novelty.step(at_s, 3, said) == other.novelty.step(at_s, 3, said)


def test_the_numbers_of_authors_change_nothing(town: Town, lived_in: bytes) -> None:
    other = Novelty(POLICY, NoveltyState.from_json(orjson.loads(lived_in)))
    for _ in range(20):
        said = [*town.chatter(5), town.say([6_000 + town.dice.randrange(3)])]
        keyed = [saying._replace(author=saying.author * 7_919 % 1_000_003) for saying in said]
        assert town.step(said) == other.step(300 * town.row, town.row // DAY % 7, keyed)


def test_a_new_watch_knows_nothing_yet() -> None:
    town = Town()
    town.days(6)
    assert town.step(town.chatter()) == UNKNOWN


def test_posts_of_nobody_in_particular_are_not_known_to_be_alone() -> None:
    town = Town(policy=replace(POLICY, first_days=1.0))
    for row in range(3 * DAY):
        news = town.novelty.step(300 * (row + 1), row // DAY, town.chatter(1), unsigned=3)
    assert not news.known


def test_it_is_bounded() -> None:
    policy = replace(POLICY, first_days=0.1, most_words=500, most_uses=300, most_wordings=50)
    town = Town(policy=policy)
    for _ in range(3 * DAY):
        town.step([town.say([town.dice.randrange(1, 10**9) for _ in range(9)]) for _ in range(3)])
        assert len(town.novelty.state.past) <= 1.25 * 500
    state = town.novelty.state
    town.novelty.step(300 * (town.row + 1), 6, [])
    assert len(state.past) <= 500
    assert sum(map(len, state.uses.values())) <= 300
    assert len(state.wordings) <= 8 * 50
