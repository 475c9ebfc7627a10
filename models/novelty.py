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

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from statistics import median
from typing import Final, NamedTuple

from models.narrative import Signature
from models.news import UNKNOWN, Newest, News
from models.novelty_state import NoveltyState
from models.platform_voices import EVERYWHERE, foremost, place_of, voice_at
from models.wordings import forget_old, is_copy

DAY_S: Final = 86_400
UNIT: Final = 100
"""A voice, in the whole numbers that are kept of the past: exact, and small."""
_DIGITS: Final = 3


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
    """What one voice said in a post: its `word_numbers`, and the signature of its wording."""

    author: int
    platform: str
    words: tuple[int, ...]
    signature: Signature


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
        past = state.past
        voices: dict[int, dict[int, int]] = {}
        for author, platform, words, signature in sayings:
            place = place_of(platform, state.platforms)
            state.said[place] += UNIT
            rare = []
            for word in words:
                held = past.get(word, 0)
                if held < policy.usual:
                    rare.append(word)
                else:
                    past[word] = held + UNIT
            if rare and not is_copy(signature, state.wordings, at_s):
                voice = voice_at(place)
                for word in rare:
                    voices.setdefault(word, {})[author] = voice
        return {word: sum(who.values()) for word, who in voices.items()}

    def _newest(self, at_s: int) -> tuple[Newest, ...]:
        state, policy = self.state, self.policy
        best = [Newest()] * len(policy.windows_s)
        if not self._hot:
            return tuple(best)
        longest = policy.windows_s[-1]
        short_s = at_s - policy.windows_s[-2]
        lately = [(at_s - then_s, said) for then_s, said in _newest_first(state.uses, short_s)]
        for word in sorted(self._hot):
            usual = policy.floor + state.past.get(word, 0) / UNIT
            if self._span[word] % EVERYWHERE <= usual:
                self._hot.discard(word)
                continue
            for place, window_s in enumerate(policy.windows_s):
                packed = (
                    self._span[word]
                    if window_s == longest
                    else sum(said.get(word, 0) for ago_s, said in lately if ago_s < window_s)
                )
                voices = packed % EVERYWHERE
                if voices < policy.least_voices or voices <= usual:
                    continue
                value = surprise(voices, usual)
                state.today[place] = max(state.today[place], value)
                height = value / self._yardstick[place]
                if height > best[place].height:
                    best[place] = Newest(height, voices, voices - foremost(packed), window_s, word)
        return tuple(best)

    # -- windows, and what becomes past

    def _add(self, said: Mapping[int, int]) -> None:
        self._held += len(said)
        span, past, policy = self._span, self.state.past, self.policy
        for word, voices in said.items():
            now = span[word] = span.get(word, 0) + voices
            total = now % EVERYWHERE
            if total >= policy.least_voices and total > policy.floor + past.get(word, 0) / UNIT:
                self._hot.add(word)

    def _expire(self, at_s: int) -> None:
        """What is older than the longest window is past."""
        uses, policy = self.state.uses, self.policy
        while uses and (oldest_s := next(iter(uses))) <= at_s - policy.windows_s[-1]:
            self._forget(oldest_s)
        forget_old(self.state.wordings, at_s - policy.wording_s, policy.most_wordings)

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
            past[word] = past.get(word, 0) + voices % EVERYWHERE * UNIT
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
            if policy.least_voices <= packed % EVERYWHERE > policy.floor + past.get(word, 0) / UNIT:
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
