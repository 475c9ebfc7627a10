"""Generated scenes with authors, texts and platforms: what do words and platforms add to counting voices?

Four quiet weeks of a watch on three platforms, whose chatter is over-dispersed and has what real ones have:
words of a Zipf law, news of the day, threads, weekly football nights with words of their own, giveaways that
are pasted. Then one scene. A word is a number; posts go through what reads them live.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from benchmarks.detection.generate import LEAST_EXCESS, STEP_S, WITHIN_S, ZONE, _day_shape
from benchmarks.detection.series import DAY_S, local_times
from benchmarks.detection.truth import SlowNoise
from streams.records import Flag
from streams.window import Row

HOUR_S = 3_600
ROWS_A_DAY = DAY_S // STEP_S
ROWS_AN_HOUR = HOUR_S // STEP_S
QUIET_DAYS = 28
SCENE_S = 12 * HOUR_S
"""An incident this long after the scene began is of the scene."""
SCENE_ROWS = SCENE_S // STEP_S
VOCABULARY = 40_000
POST_WORDS = 8
OWN_WORDS = 100_000
"""Words of a scene's own are numbered from here on; each watch begins with none of them."""
PLATFORMS = ("bluesky", "mastodon", "x")


@dataclass(frozen=True, slots=True)
class Scripted:
    """Posts of one step beyond the chatter: platform, author, wording, words."""

    platform: int
    author: int
    wording: int
    words: tuple[int, ...]
    edited: bool = False
    repost: bool = False


@dataclass(slots=True)
class Town:
    """The watch: who speaks, in which words, on which platform, and how much at each row."""

    rng: np.random.Generator
    rates: np.ndarray
    """(rows, platforms) expected chatter, without the scripted."""
    usual: np.ndarray
    """(rows,) the same without its spread."""
    reach: np.ndarray
    zipf: np.ndarray
    next_author: int = 1_000_000
    next_wording: int = 1
    next_word: int = OWN_WORDS
    football: list[int] = field(default_factory=list)
    teams: list[int] = field(default_factory=list)

    def new_words(self, number: int) -> list[int]:
        self.next_word += number
        return list(range(self.next_word - number, self.next_word))

    def wording(self) -> int:
        self.next_wording += 1
        return self.next_wording

    def newcomer(self) -> int:
        self.next_author += 1
        return self.next_author

    def somebody(self, newcomers: float) -> int:
        if self.rng.random() < newcomers:
            return self.newcomer()
        return 1 + int(np.searchsorted(self.reach, self.rng.random()))

    def usual_words(self, number: int = POST_WORDS) -> list[int]:
        return [int(word) for word in np.searchsorted(self.zipf, self.rng.random(number))]

    def platform(self, row: int) -> int:
        shares = np.cumsum(self.rates[row] / self.rates[row].sum())
        return min(int(np.searchsorted(shares, self.rng.random())), len(PLATFORMS) - 1)

    def post(
        self, platform: int, extra: list[int], share: float, *, newcomers: float = 0.5, repost: bool = False
    ) -> Scripted:
        """In words of its own, each of `extra` in this share of posts."""
        said = [word for word in extra if self.rng.random() < share]
        words = tuple(sorted({*self.usual_words(POST_WORDS - len(said)), *said}))
        wording = max(1, self.next_wording - int(self.rng.integers(0, 20))) if repost else self.wording()
        return Scripted(platform, self.somebody(newcomers), wording, words, repost=repost)


Happening = Callable[[Town, int], list[Scripted]]
"""(town, row) to what is posted beyond the chatter."""
Script = Callable[[Town, int, int], list[Scripted]]
"""(town, row, rows since it began) to what is posted beyond the chatter."""


def town(seed: int) -> tuple[Town, np.ndarray, np.ndarray, np.ndarray]:
    """The watch of a seed, with the ends of its rows, their local hours and weekdays."""
    rng = np.random.default_rng([zlib.crc32(b"spoken"), seed])
    start_s = 1_672_531_200 + int(rng.integers(0, 300)) * DAY_S
    rows = (QUIET_DAYS + 1) * ROWS_A_DAY + SCENE_ROWS
    at_s = start_s + STEP_S * np.arange(1, rows + 1, dtype=np.int64)
    hour, weekday = local_times(at_s, STEP_S, ZONE)
    level = float(np.exp(rng.uniform(np.log(0.7), np.log(7.0))))
    usual = level * _day_shape(rng, hour, rng.uniform(0.4, 0.8))
    shares = rng.permutation([0.6, 0.28, 0.12])
    spread = rng.uniform(0.1, 0.35)
    common = usual * SlowNoise(0.1, 2 * ROWS_AN_HOUR).draw(rng, rows)
    noise = [SlowNoise(spread, 2 * ROWS_AN_HOUR).draw(rng, rows) for _ in PLATFORMS]
    rates = np.stack([share * common * one for share, one in zip(shares, noise, strict=True)], 1)
    regulars = int(rng.integers(60, 500))
    weights = np.sort(rng.pareto(1.5, regulars) + 0.1)[::-1]
    ranks = 1.0 / (np.arange(VOCABULARY) + 2.7)
    made = Town(rng, rates, usual, np.cumsum(weights / weights.sum()), np.cumsum(ranks / ranks.sum()))
    made.football, made.teams = made.new_words(40), made.new_words(8)
    return made, at_s, hour, weekday


# -- what goes on in quiet weeks


def _football(made: Town, row: int, *, times: float) -> list[Scripted]:
    """Its own words, most of them often, and the name of the other team."""
    team = made.teams[row // (7 * ROWS_A_DAY) % len(made.teams)]
    number = int(made.rng.poisson((times - 1.0) * made.usual[row]))
    picks = np.minimum(made.rng.exponential(8.0, (number, 3)).astype(int), len(made.football) - 1)
    posts = []
    for pick in picks.tolist():
        words = [*{made.football[place] for place in pick}, *([team] if made.rng.random() < 0.2 else [])]
        repost = made.rng.random() < 0.3
        posts.append(made.post(made.platform(row), words, 1.0, newcomers=0.4, repost=repost))
    return posts


def _news(made: Town, row: int, *, word: int, rate: float) -> list[Scripted]:
    """News of the day: a few posts share a word that is new, and the volume is what it was."""
    number = int(made.rng.poisson(rate))
    return [made.post(made.platform(row), [word], 1.0, newcomers=0.2) for _ in range(number)]


def _thread(made: Town, row: int, *, platform: int, times: float, words: list[int]) -> list[Scripted]:
    """On one platform, mostly regulars."""
    number = int(made.rng.poisson((times - 1) * made.rates[row, platform]))
    return [made.post(platform, words, 0.4, newcomers=0.2) for _ in range(number)]


def _paste(
    made: Town, _: int, *, rate: float, platform: int, wording: int, words: list[int]
) -> list[Scripted]:
    """Newcomers who paste one sentence, three in ten with a change of their own."""
    said = tuple(sorted(words))
    return [
        Scripted(platform, made.newcomer(), wording, said, edited=made.rng.random() < 0.3)
        for _ in range(int(made.rng.poisson(rate)))
    ]


@dataclass(slots=True)
class _Plan:
    """What happens beside the chatter, by row."""

    rows: dict[int, list[Happening]] = field(default_factory=dict)

    def add(self, first: int, number: int, act: Happening) -> None:
        for row in range(first, first + number):
            self.rows.setdefault(row, []).append(act)


def _weeks(made: Town, hour: np.ndarray, weekday: np.ndarray, until: int) -> _Plan:
    rng, plan = made.rng, _Plan()
    match_day = int(rng.integers(0, 7))
    times = 0.0
    for row in np.flatnonzero((weekday[:until] == match_day) & (hour[:until] >= 20) & (hour[:until] < 22.5)):
        if row == 0 or hour[row - 1] < 20:
            times = float(rng.uniform(2.0, 4.0))
        plan.add(int(row), 1, partial(_football, times=times))
    for first in range(0, until, ROWS_A_DAY):
        for _ in range(int(rng.poisson(1.5))):
            begin = first + int(rng.uniform(7, 21) * ROWS_AN_HOUR)
            near = float(made.usual[begin : begin + 36].sum())
            rate = (3 + rng.uniform(0.0, 0.08) * near) / 36
            plan.add(begin, 36, partial(_news, word=made.new_words(1)[0], rate=rate))
        if rng.random() < 0.35:
            # One in three is about something that was never heard of.
            words = made.new_words(1) if rng.random() < 0.33 else made.usual_words(4)
            platform, times = int(rng.integers(0, 3)), float(rng.uniform(2.0, 5.0))
            plan.add(
                first + int(rng.uniform(7, 22) * ROWS_AN_HOUR),
                int(rng.uniform(0.5, 1.5) * ROWS_AN_HOUR),
                partial(_thread, platform=platform, times=times, words=words),
            )
        if rng.random() < 0.14:
            length = int(rng.uniform(1, 2) * ROWS_AN_HOUR)
            pasted = partial(
                _paste,
                rate=float(rng.uniform(30, 100)) / length,
                platform=int(rng.integers(0, 3)),
                wording=made.wording(),
                words=[*made.new_words(2), *made.usual_words(6)],
            )
            plan.add(first + int(rng.uniform(8, 20) * ROWS_AN_HOUR), length, pasted)
    return plan


# -- the scenes


def _crisis(times: float, hours: float, words: int) -> Callable[[Town], Script]:
    def begin(made: Town) -> Script:
        new = made.new_words(words)

        def script(made: Town, row: int, since: int) -> list[Scripted]:
            if since >= hours * ROWS_AN_HOUR:
                return []
            number = int(made.rng.poisson((times - 1.0) * max(made.usual[row], 0.3)))
            return [
                made.post(made.platform(row), new, 0.4, repost=made.rng.random() < 0.3) for _ in range(number)
            ]

        return script

    return begin


def _bots(made: Town) -> Script:
    """Fifteen accounts of one platform with a hashtag of their own, for an hour, in ever new wordings."""
    (tag,), platform = made.new_words(1), int(made.rng.integers(0, 3))
    accounts = [made.newcomer() for _ in range(15)]

    def script(made: Town, row: int, since: int) -> list[Scripted]:
        if since >= ROWS_AN_HOUR:
            return []
        number = int(made.rng.poisson(4.0 * max(made.usual[row], 1.0)))
        posts = [made.post(platform, [tag], 1.0) for _ in range(number)]
        return [
            Scripted(platform, accounts[int(made.rng.integers(0, 15))], post.wording, post.words)
            for post in posts
        ]

    return script


def _pasted(made: Town) -> Script:
    """120 accounts paste the same sentence within an hour."""
    act = partial(
        _paste,
        rate=10.0,
        platform=int(made.rng.integers(0, 3)),
        wording=made.wording(),
        words=[*made.new_words(2), *made.usual_words(6)],
    )
    return lambda here, row, since: act(here, row) if since < ROWS_AN_HOUR else []


def _match(_: Town) -> Script:
    """Football on a day it never was: three times the normal volume, in words that are known."""
    act = partial(_football, times=3.0)
    return lambda here, row, since: act(here, row) if since < 2.5 * ROWS_AN_HOUR else []


def _nothing(_: Town) -> Script:
    return lambda *_: []


@dataclass(frozen=True, slots=True)
class Kind:
    """`times` the normal volume where an incident is right, 0 where it is not."""

    begin: Callable[[Town], Script]
    times: float = 0.0


KINDS: dict[str, Kind] = {
    "crisis, 5 times": Kind(_crisis(5.0, 3.0, 2), 5.0),
    "crisis, 2.5 times": Kind(_crisis(2.5, 6.0, 2), 2.5),
    "crisis, 1.5 times": Kind(_crisis(1.5, 12.0, 2), 1.5),
    "chatter, 5 times": Kind(_crisis(5.0, 3.0, 0)),
    "chatter, 2.5 times": Kind(_crisis(2.5, 6.0, 0)),
    "bots on one platform": Kind(_bots),
    "football": Kind(_match),
    "a paste": Kind(_pasted),
    "nothing": Kind(_nothing),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A step: its end, its local hour and weekday, and its rows in the order that decisions see."""

    at_s: int
    local_hour: float
    local_weekday: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """What follows the quiet weeks; `due_s` is when it has to be seen, None where never."""

    onset_s: int
    due_s: int | None
    slots: tuple[Slot, ...]


def play(seed: int) -> tuple[list[Slot], dict[str, Act]]:
    """(the quiet weeks, each scene that may follow them): the same for the same seed."""
    made, at_s, hour, weekday = town(seed)
    onset = QUIET_DAYS * ROWS_A_DAY + int(made.rng.uniform(7, 21) * ROWS_AN_HOUR)
    plan = _weeks(made, hour, weekday, onset + SCENE_ROWS)

    def slots(here: Town, first: int, number: int, script: Script) -> Iterator[Slot]:
        chatter = _chatter(here, first, number)
        for row in range(first, first + number):
            posts = next(chatter)
            for act in plan.rows.get(row, ()):
                posts += act(here, row)
            posts += script(here, row, row - onset)
            yield Slot(int(at_s[row]), float(hour[row]), int(weekday[row]), _rows(posts, int(at_s[row])))

    quiet = list(slots(made, 0, onset, _nothing(made)))
    onset_s = quiet[-1].at_s
    acts = {}
    for number, (name, kind) in enumerate(KINDS.items()):
        after = deepcopy(made)
        after.rng = np.random.default_rng([zlib.crc32(b"spoken"), seed, number])
        acts[name] = Act(
            onset_s,
            _due_s(made, kind.times, onset, onset_s),
            tuple(slots(after, onset, SCENE_ROWS, kind.begin(after))),
        )
    return quiet, acts


def _due_s(made: Town, times: float, onset: int, onset_s: int) -> int | None:
    """When it has to have been seen, as in the suite of bare counts."""
    if not times:
        return None
    excess = np.cumsum((times - 1.0) * np.maximum(made.usual[onset : onset + SCENE_ROWS], 0.3))
    enough = np.flatnonzero(excess >= LEAST_EXCESS)
    return max(onset_s + WITHIN_S[times], onset_s + STEP_S * (1 + int(enough[0]))) if len(enough) else None


def _chatter(made: Town, first: int, number: int) -> Iterator[list[Scripted]]:
    """The chatter of each row. All that is random is drawn at once."""
    rng = made.rng
    counts = rng.poisson(made.rates[first : first + number])
    total = int(counts.sum())
    dice = rng.random((total, 4)).tolist()
    who = (1 + np.searchsorted(made.reach, rng.random(total))).tolist()
    words = np.searchsorted(made.zipf, rng.random((total, POST_WORDS))).tolist()
    place = 0
    for row_counts in counts.tolist():
        posts = []
        for platform, count in enumerate(row_counts):
            for _ in range(count):
                newcomer, repost, back, _ = dice[place]
                author = made.newcomer() if newcomer < 0.25 else who[place]
                reposted = repost < 0.3
                wording = max(1, made.next_wording - int(30 * back)) if reposted else made.wording()
                posts.append(Scripted(platform, author, wording, tuple(words[place]), repost=reposted))
                place += 1
        yield posts


def _rows(posts: list[Scripted], at_s: int) -> tuple[Row, ...]:
    rows = []
    for number, post in enumerate(posts):
        wording = post.wording
        # A change of one's own leaves most of a signature as it was.
        signature = (wording,) * 5 + ((-(number + at_s),) * 3 if post.edited else (wording,) * 3)
        rows.append(
            Row(
                (at_s - STEP_S) * 1000 + number,
                f"{PLATFORMS[post.platform]}:{at_s}-{number}",
                0,
                Flag.REPOST if post.repost else 0,
                post.author,
                "und",
                signature,
                (),
                tuple(dict.fromkeys(post.words)),
            )
        )
    return tuple(rows)
