"""Generated scenarios with authors: is it many voices, or a few loud ones?

Three quiet weeks of a watch with regulars, newcomers and reposts, and then one scene. What is measured is
how often and how soon an incident opens, of bare counts, with the voices told to the detector, and with the
words as well. Posts go through what reads them live.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.detection.generate import STEP_S, ZONE, _day_shape
from benchmarks.detection.series import DAY_S, local_times
from models.novelty import Novelty
from models.spike import Step
from streams.heard import WORDS
from streams.records import Flag
from streams.sayings import sayings
from streams.signals import who_speaks
from streams.voices import KnownVoices
from streams.window import Row

DAYS = 21
ROWS_A_DAY = DAY_S // STEP_S
VOCABULARY = 40_000
POST_WORDS = 8
NEW_WORD = VOCABULARY + 1
SCENE_S = 6 * 3_600
"""An incident this long after the scene began is of the scene."""


@dataclass(frozen=True, slots=True)
class Post:
    """`text` is the number of a wording: equal numbers are near-duplicates. `word` is new to the watch."""

    author: int
    text: int
    repost: bool
    word: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """A stream of steps; `crisis` says whether an incident is right, `onset_s` when the scene begins."""

    name: str
    crisis: bool
    onset_s: int
    steps: tuple[Step, ...]


class _Pool:
    """Regulars that speak often, newcomers that are never the same."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.regulars = int(rng.integers(40, 400))
        weights = np.sort(rng.pareto(1.5, self.regulars) + 0.1)[::-1]
        self.reach = np.cumsum(weights / weights.sum())
        self.next_author = 10_000
        self.often = np.cumsum(1.0 / (np.arange(VOCABULARY) + 2.7))
        self.next_text = 1

    def words(self, number: int) -> list[list[int]]:
        """Those of so many posts, by a Zipf law."""
        dice = self.rng.random((number, POST_WORDS)) * self.often[-1]
        found: list[list[int]] = (1 + np.searchsorted(self.often, dice)).tolist()
        return found

    def news(self) -> int:
        """The word that a crisis has of its own, in four of ten posts."""
        return NEW_WORD if self.rng.random() < 0.4 else 0

    def newcomer(self) -> int:
        self.next_author += 1
        return self.next_author

    def text(self) -> int:
        self.next_text += 1
        return self.next_text

    def chatter(self, number: int) -> list[Post]:
        posts: list[Post] = []
        for known, who, reposts, back in self.rng.random((number, 4)).tolist():
            author = 10 + int(np.searchsorted(self.reach, who)) if known < 0.8 else self.newcomer()
            repost = reposts < 0.3
            text = max(1, self.next_text - int(30 * back)) if repost else self.text()
            posts.append(Post(author, text, repost))
        return posts


Script = Callable[[_Pool, int, float], list[Post]]


def many_voices(pool: _Pool, row: int, rate: float) -> list[Post]:
    """Residents: six times the normal volume, each with words of their own, for three hours."""
    if row >= 36:
        return []
    number = int(pool.rng.poisson(5 * max(rate, 0.8)))
    return [Post(pool.newcomer(), pool.text(), repost=False, word=pool.news()) for _ in range(number)]


def three_accounts(pool: _Pool, row: int, _: float) -> list[Post]:
    """300 posts of three accounts within half an hour."""
    return [Post(1 + place % 3, pool.text(), repost=False) for place in range(50)] if row < 6 else []


def one_message(pool: _Pool, row: int, _: float) -> list[Post]:
    """120 accounts that paste the same sentence within an hour: a campaign, not residents."""
    return [Post(pool.newcomer(), 7, repost=False) for _ in range(10)] if row < 12 else []


def quarrel(pool: _Pool, row: int, _: float) -> list[Post]:
    """The fifteen loudest regulars answer each other 360 times in an hour."""
    if row >= 12:
        return []
    return [Post(10 + int(pool.rng.integers(0, 15)), pool.text(), repost=False) for _ in range(30)]


def eye_witnesses(pool: _Pool, row: int, _: float) -> list[Post]:
    """Twelve people never heard before within five minutes, and a few more after them."""
    number = 12 if row == 0 else int(pool.rng.poisson(2)) if row < 12 else 0
    return [Post(pool.newcomer(), pool.text(), repost=False, word=pool.news()) for _ in range(number)]


def nothing(_: _Pool, __: int, ___: float) -> list[Post]:
    """An ordinary day."""
    return []


SCENES: dict[str, tuple[Script, bool]] = {
    "many voices": (many_voices, True),
    "eye-witnesses": (eye_witnesses, True),
    "three accounts": (three_accounts, False),
    "one message": (one_message, False),
    "quarrel": (quarrel, False),
    "nothing": (nothing, False),
}


def scene(name: str, seed: int) -> Scene:
    """One scene: the same for the same name and seed."""
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
    script, crisis = SCENES[name]
    start_s = 1_672_531_200 + int(rng.integers(0, 365)) * DAY_S
    rows = DAYS * ROWS_A_DAY
    at_s = start_s + STEP_S * np.arange(1, rows + 1, dtype=np.int64)
    hour, weekday = local_times(at_s, STEP_S, ZONE)
    level = float(np.exp(rng.uniform(np.log(0.5), np.log(12))))
    rate = level * _day_shape(rng, hour, rng.uniform(0.4, 0.8))
    onset = int(rng.uniform(DAYS - 3, DAYS - 1) * ROWS_A_DAY)
    pool = _Pool(rng)
    steps = []
    voices, words = KnownVoices(), Novelty(WORDS)
    for row in range(rows):
        posts = pool.chatter(int(rng.poisson(rate[row])))
        if row >= onset:
            posts += script(pool, row - onset, float(rate[row]))
        end_s, day = int(at_s[row]), int(weekday[row])
        held = _rows(posts, pool.words(len(posts)), end_s - STEP_S)
        steps.append(
            Step(
                at_s=end_s,
                step_s=STEP_S,
                local_hour=float(hour[row]),
                local_weekday=day,
                count=float(len(posts)),
                voices=who_speaks(held, voices, end_s - STEP_S),
                news=words.step(end_s, day, sayings(held, voices, end_s - STEP_S)),
            )
        )
        voices.hear((post.author for post in posts), end_s - STEP_S)
        voices.forget(end_s - STEP_S)
    return Scene(name, crisis, int(at_s[onset]) - STEP_S, tuple(steps))


def _rows(posts: list[Post], words: list[list[int]], start_s: int) -> list[Row]:
    return [
        Row(
            counted_ms=start_s * 1_000 + place,
            id=f"x:{start_s}-{place}",
            version_ms=0,
            flags=Flag.REPOST if post.repost else 0,
            author=post.author,
            lang="und",
            signature=(post.text,) * 8,
            urgent=(),
            words=tuple(dict.fromkeys([*usual, post.word] if post.word else usual)),
        )
        for place, (post, usual) in enumerate(zip(posts, words, strict=True))
    ]


WAYS: dict[str, Callable[[Step], Step]] = {
    "mentions only": lambda step: replace(step, voices=None, news=None),
    "with voices": lambda step: replace(step, news=None),
    "with voices and words": lambda step: step,
}
"""The same step, as it is heard."""
