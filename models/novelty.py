"""Words that are suddenly new: which word do independent voices share that this watch hardly ever heard?

A word's past is how many voices used it in the weeks before, faded. Its present are the voices of a window
of 15 minutes to 12 hours. New is what has more present than past: the surprise is the signed root of the
deviance of a Poisson of mean 1/2 + past, at the most over all words. A usual word cannot be new, however
loud the hour, and the words of a football night are new until they are known.

How surprising the newest word of an ordinary day is depends on the watch, its language and its news, so
the surprise is divided by the median of its own daily maxima (as in `models.ordinary`), which also makes up
for looking at thousands of words. Voices count, not posts: who was heard in the hours before, who repeats
another's wording, and reposts are no independent witnesses.
"""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from statistics import median
from typing import Any, Final, NamedTuple

import numpy as np

from models.narrative import BANDS, MIN_SHARED_BANDS, Signature
from models.text import NormalText, words_of

DAY_S: Final = 86_400
UNIT: Final = 100
"""A voice, in the whole numbers that are kept of the past: exact, and small."""
_DIGITS: Final = 3
_BITS: Final = 16
_MASK: Final = (1 << _BITS) - 1
_OTHERS: Final = 3
"""The first three platforms of a watch are told apart, and the rest from them. The voices of all stand in
one number, 16 bits a platform; modulo `_MASK` it is their sum, as modulo nine it is that of digits."""

SHORTEST: Final = 4
"""Letters of a word that counts: shorter ones are hardly ever new to a watch."""
FIRST_WORDS: Final = 32
"""Words read of a post, all of most; an article's news is in its title."""
_REMEMBERED: Final = 1 << 17


class _Numbers(dict[str, int]):
    """Word to its number, 0 for one that does not count; remembered, since words are met again."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        counts = len(word) >= SHORTEST and not word.isdigit()
        number = self[word] = zlib.crc32(word.encode("utf-8", "surrogatepass")) if counts else 0
        return number


_NUMBERS: Final = _Numbers()


def word_numbers(text: NormalText) -> tuple[int, ...]:
    """The words of a post as numbers below 2**32, each once, in order; no numerals, no accounts' names.

    Numbers and not words: what detection keeps for weeks is no text. Part of what travels and is kept, so
    that which number a word has may not change.

    >>> from models.text import normalise
    >>> word_numbers(normalise("La digue a cédé !")) == word_numbers(normalise("cede, DIGUE 2026 @la"))
    True
    """
    numbers = set(map(_NUMBERS.__getitem__, text.tokens[:FIRST_WORDS]))
    numbers.discard(0)
    if text.mentions:
        numbers.difference_update(_NUMBERS[word] for name in text.mentions for word in words_of(name))
    return tuple(sorted(numbers))


@dataclass(frozen=True, slots=True)
class NoveltyPolicy:
    """Lengths in seconds unless named. Bounded: some 20,000 words and 10,000 uses that are not past yet."""

    step_s: int = 300
    windows_s: tuple[int, ...] = (900, 3_600, 10_800, 43_200)
    least_voices: int = 3
    """What fewer share is no news."""
    floor: float = 0.5
    """The past of a word never heard."""
    fade: tuple[int, int] = (97, 100)
    """What is left of a word's past a day later: half after three weeks."""
    usual: int = 200 * UNIT
    """A word with a longer past is a usual one and is only counted on."""
    most_words: int = 20_000
    most_uses: int = 10_000
    most_wordings: int = 1_000
    wording_s: int = 10_800
    """How long a wording is remembered, whose copies count for nothing."""
    first_days: float = 7.0
    """Nothing is told before: every word is new to a new watch, and each weekday has words of its own."""
    least_known: int = 100 * UNIT
    """Nor where fewer sayings than this were heard of late."""
    several_share: float = 0.05
    """Of all sayings: what a second platform must have to be one."""
    ordinary_days: int = 21
    pseudo_days: int = 5


class Saying(NamedTuple):
    """What one voice said in a post: word numbers below 2**32, and the signature of its wording."""

    author: int
    platform: str
    words: tuple[int, ...]
    signature: Signature


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest word of a window. `height` is 1 where an ordinary day's newest is; 0 for none.

    `beyond` are those of its voices that are not of the platform that has most of them.
    """

    height: float = 0.0
    voices: int = 0
    beyond: int = 0
    window_s: int = 0
    word: int = 0


_NONE: Final = Newest()


@dataclass(frozen=True, slots=True)
class News:
    """What the words of a step say: the newest of each window, of a watch on one or on several platforms.

    `known` that most of what is said has an author and words, and that enough was heard to call one new.
    """

    newest: tuple[Newest, ...] = ()
    known: bool = False
    several_platforms: bool = False


UNKNOWN: Final = News()


@dataclass(slots=True)
class NoveltyState:
    """Plain data, bounded, exact through JSON.

    `platforms` are the places of platforms in `said`, which counts what was said on each, faded, and
    `unsigned` the posts of nobody in particular. `past` is of words, `uses` of the steps of the last hours
    by their ends, oldest first; `wordings` says of a signature's bands when they were met
    last, in that order.
    """

    age_steps: int = 0
    weekday: int = -1
    platforms: dict[str, int] = field(default_factory=dict)
    said: list[int] = field(default_factory=lambda: [0] * (_OTHERS + 1))
    unsigned: int = 0
    past: dict[int, int] = field(default_factory=dict)
    uses: dict[int, dict[int, int]] = field(default_factory=dict)
    wordings: dict[int, int] = field(default_factory=dict)
    today: list[float] = field(default_factory=list)
    today_steps: int = 0
    days: list[list[float]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        past = sorted(self.past.items())
        uses = [(at_s, *use) for at_s, step in self.uses.items() for use in sorted(step.items())]
        return {
            "age_steps": self.age_steps,
            "weekday": self.weekday,
            "past": [_pack(column) for column in zip(*past, strict=True)],
            "platforms": self.platforms,
            "said": self.said,
            "unsigned": self.unsigned,
            "uses": [_pack(column, "<u8") for column in zip(*uses, strict=True)],
            "wordings": [_pack(self.wordings, "<u8"), _pack(self.wordings.values())],
            "today": self.today,
            "today_steps": self.today_steps,
            "days": self.days,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NoveltyState:
        uses: dict[int, dict[int, int]] = {}
        bands, met_s = data["wordings"]
        for at_s, word, voices in zip(*(_unpack(column, "<u8") for column in data["uses"]), strict=True):
            uses.setdefault(at_s, {})[word] = voices
        return cls(
            age_steps=data["age_steps"],
            weekday=data["weekday"],
            platforms=dict(data["platforms"]),
            said=list(data["said"]),
            unsigned=data["unsigned"],
            past=dict(zip(*map(_unpack, data["past"]), strict=True)),
            uses=uses,
            wordings=dict(zip(_unpack(bands, "<u8"), _unpack(met_s), strict=True)),
            today=list(data["today"]),
            today_steps=data["today_steps"],
            days=[list(day) for day in data["days"]],
        )


def _most(packed: int) -> int:
    """The voices of the platform that has most of them."""
    return max((packed >> (_BITS * place)) & _MASK for place in range(_OTHERS + 1))


def _newest_first(uses: dict[int, dict[int, int]], after_s: int) -> Iterator[tuple[int, dict[int, int]]]:
    return takewhile(lambda step: step[0] > after_s, reversed(uses.items()))


def surprise(voices: float, past: float) -> float:
    """Signed root of the Poisson deviance; 0 where there are not more voices than a word's past explains.

    >>> round(surprise(3, 0.5), 2), round(surprise(12, 0.5), 2), surprise(12, 40.0)
    (2.4, 7.3, 0.0)
    """
    if voices <= past:
        return 0.0
    return math.sqrt(2.0 * (voices * math.log(voices / past) - voices + past))


class Novelty:
    """The words of one watch, step by step, in order."""

    __slots__ = ("_held", "_hot", "_span", "_yardstick", "policy", "state")

    def __init__(self, policy: NoveltyPolicy, state: NoveltyState | None = None) -> None:
        self.policy = policy
        self.state = state if state is not None else NoveltyState()
        if not self.state.today:
            self.state.today = [0.0] * len(policy.windows_s)
        self._yardstick = self._measured()
        # What follows from the state: voices by word in the longest window, and the words that may be new.
        self._span: dict[int, int] = {}
        self._hot: set[int] = set()
        self._held = 0
        for said in self.state.uses.values():
            self._add(said)

    def step(
        self,
        at_s: int,
        local_weekday: int,
        sayings: Iterable[Saying],
        *,
        unsigned: int = 0,
        listened: bool = True,
    ) -> News:
        """One step further; `at_s` is its end.

        `sayings` are those of voices not heard in the hours before, in the one order of decisions, and
        `unsigned` is how many posts besides have no author. Where nobody listened nothing is read.
        """
        state, policy = self.state, self.policy
        if local_weekday != state.weekday:
            self._close_day(local_weekday)
        self._expire(at_s)
        if not listened:
            return UNKNOWN
        state.unsigned += unsigned * UNIT
        state.age_steps += 1
        state.today_steps += 1
        said = self._said(at_s, sayings)
        young = state.age_steps * policy.step_s < policy.first_days * DAY_S
        if young:
            self._learn(said)
            return UNKNOWN
        if said:
            state.uses[at_s] = said
            self._add(said)
            while self._held > policy.most_uses:
                self._forget(next(iter(state.uses)))
        total = sum(state.said)
        return News(
            newest=self._newest(at_s),
            known=total >= policy.least_known and total >= state.unsigned,
            several_platforms=sorted(state.said)[-2] >= policy.several_share * total,
        )

    def _said(self, at_s: int, sayings: Iterable[Saying]) -> dict[int, int]:
        """Voices by word of a step, of words that may be new; usual ones are counted on at once."""
        state, policy = self.state, self.policy
        past, wordings = state.past, state.wordings
        voices: dict[int, dict[int, int]] = {}
        for author, platform, words, signature in sayings:
            place = state.platforms.setdefault(platform, min(len(state.platforms), _OTHERS))
            state.said[place] += UNIT
            rare = []
            for word in words:
                held = past.get(word, 0)
                if held < policy.usual:
                    rare.append(word)
                else:
                    past[word] = held + UNIT
            if not rare:
                continue
            keys = [number << 32 | band for number, band in enumerate(signature)]
            met = [key for key in keys if key in wordings]
            for key in met:
                del wordings[key]
            wordings.update(dict.fromkeys(keys, at_s))
            if len(met) < MIN_SHARED_BANDS:
                for word in rare:
                    voices.setdefault(word, {})[author] = 1 << (_BITS * place)
        return {word: sum(who.values()) for word, who in voices.items()}

    def _newest(self, at_s: int) -> tuple[Newest, ...]:
        state, policy = self.state, self.policy
        best = [_NONE] * len(policy.windows_s)
        if not self._hot:
            return tuple(best)
        longest = policy.windows_s[-1]
        short_s = at_s - policy.windows_s[-2]
        lately = [(at_s - then_s, said) for then_s, said in _newest_first(state.uses, short_s)]
        for word in sorted(self._hot):
            usual = policy.floor + state.past.get(word, 0) / UNIT
            if self._span[word] % _MASK <= usual:
                self._hot.discard(word)
                continue
            for place, window_s in enumerate(policy.windows_s):
                packed = (
                    self._span[word]
                    if window_s == longest
                    else sum(said.get(word, 0) for ago_s, said in lately if ago_s < window_s)
                )
                voices = packed % _MASK
                if voices < policy.least_voices or voices <= usual:
                    continue
                value = surprise(voices, usual)
                state.today[place] = max(state.today[place], value)
                height = value / self._yardstick[place]
                if height > best[place].height:
                    best[place] = Newest(height, voices, voices - _most(packed), window_s, word)
        return tuple(best)

    # -- windows, and what becomes past

    def _add(self, said: Mapping[int, int]) -> None:
        self._held += len(said)
        span, past, policy = self._span, self.state.past, self.policy
        for word, voices in said.items():
            now = span[word] = span.get(word, 0) + voices
            total = now % _MASK
            if total >= policy.least_voices and total > policy.floor + past.get(word, 0) / UNIT:
                self._hot.add(word)

    def _expire(self, at_s: int) -> None:
        """What is older than the longest window is past."""
        uses, policy = self.state.uses, self.policy
        while uses and (oldest_s := next(iter(uses))) <= at_s - policy.windows_s[-1]:
            self._forget(oldest_s)
        wordings = self.state.wordings
        while wordings and (
            wordings[oldest := next(iter(wordings))] <= at_s - policy.wording_s
            or len(wordings) > BANDS * policy.most_wordings
        ):
            del wordings[oldest]

    def _forget(self, at_s: int) -> None:
        """From here on the step is part of the past."""
        said, span = self.state.uses.pop(at_s), self._span
        self._held -= len(said)
        for word, voices in said.items():
            left = span[word] - voices
            if left > 0:
                span[word] = left
            else:
                del span[word]
                self._hot.discard(word)
        self._learn(said)

    def _learn(self, said: Mapping[int, int]) -> None:
        past = self.state.past
        for word, voices in said.items():
            past[word] = past.get(word, 0) + voices % _MASK * UNIT
        if 4 * len(past) > 5 * self.policy.most_words:
            self.state.past = self._longest_known(past)

    # -- once a day

    def _close_day(self, weekday: int) -> None:
        """Local midnight: file the day, let the past fade, forget what is nearly gone."""
        state, policy = self.state, self.policy
        state.weekday = weekday
        if state.today_steps * policy.step_s >= DAY_S // 2 and any(state.today):
            day = [round(value, _DIGITS) for value in state.today]
            state.days = [*state.days[-(policy.ordinary_days - 1) :], day]
        state.today = [0.0] * len(policy.windows_s)
        state.today_steps = 0
        left, of = policy.fade
        past = {word: faded for word, held in state.past.items() if (faded := held * left // of) >= UNIT // 4}
        state.past = past = self._longest_known(past)
        for word, packed in self._span.items():
            # What faded may be new again.
            if policy.least_voices <= packed % _MASK > policy.floor + past.get(word, 0) / UNIT:
                self._hot.add(word)
        state.said = [held * left // of for held in state.said]
        state.unsigned = state.unsigned * left // of
        self._yardstick = self._measured()

    def _longest_known(self, past: dict[int, int]) -> dict[int, int]:
        """Of more words than can be kept those with most of a past."""
        most = self.policy.most_words
        if len(past) <= most:
            return past
        return dict(sorted(past.items(), key=lambda item: (-item[1], item[0]))[:most])

    def _measured(self) -> list[float]:
        """What the newest word of an ordinary day reaches, by window."""
        policy = self.policy
        least = surprise(policy.least_voices, policy.floor)
        return [
            max(least, median([day[place] for day in self.state.days] + [least] * policy.pseudo_days))
            for place in range(len(policy.windows_s))
        ]


def _pack(numbers: Iterable[int], dtype: str = "<u4") -> str:
    return base64.b64encode(np.fromiter(numbers, dtype=dtype).tobytes()).decode("ascii")


def _unpack(text: str, dtype: str = "<u4") -> list[int]:
    unpacked: list[int] = np.frombuffer(base64.b64decode(text), dtype=dtype).tolist()
    return unpacked
