"""What a watch makes of the scenes of `spoken`: bare counts, voices, words, and words on several platforms.

Posts go through what reads them live. The quiet weeks are played once for each way of hearing, and every
scene goes on from there.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field, replace
from enum import StrEnum

from benchmarks.detection.generate import STEP_S
from benchmarks.detection.spoken import KINDS, Slot, play
from models.episode import EpisodePolicy, EpisodeState, Opened, advance
from models.novelty import Novelty
from models.spike import Sensitivity, SpikeDetector, Step, policy_for
from streams.heard import WORDS
from streams.sayings import sayings
from streams.signals import who_speaks
from streams.voices import KnownVoices

DAY_S = 86_400


class Way(StrEnum):
    """Of hearing."""

    MENTIONS = "mentions only"
    VOICES = "voices"
    WORDS = "voices, words"
    ALL = "voices, words on several platforms"


@dataclass(slots=True)
class Listener:
    """One watch, heard in all ways at once: what was said is read once, and decided in each."""

    voices: KnownVoices = field(default_factory=KnownVoices)
    words: Novelty = field(default_factory=lambda: Novelty(WORDS))
    detectors: dict[Way, SpikeDetector] = field(
        default_factory=lambda: {way: SpikeDetector(policy_for(Sensitivity.BALANCED)) for way in Way}
    )
    episodes: dict[Way, EpisodeState] = field(default_factory=lambda: dict.fromkeys(Way, EpisodeState()))

    def hear(self, slots: Iterable[Slot]) -> dict[Way, list[int]]:
        """When an incident opened, in each way."""
        opened: dict[Way, list[int]] = {way: [] for way in Way}
        for slot in slots:
            for way, step in self._steps(slot).items():
                reading = self.detectors[way].step(step)
                self.episodes[way], event = advance(self.episodes[way], reading, EpisodePolicy())
                if isinstance(event, Opened):
                    opened[way].append(event.at_s)
        return opened

    def _steps(self, slot: Slot) -> dict[Way, Step]:
        start_s = slot.at_s - STEP_S
        news = self.words.step(
            slot.at_s, slot.local_weekday, sayings(slot.rows, self.voices, start_s), listened=True
        )
        bare = Step(slot.at_s, STEP_S, slot.local_hour, slot.local_weekday, float(len(slot.rows)))
        voiced = replace(bare, voices=who_speaks(slot.rows, self.voices, start_s))
        self.voices.hear((row.author for row in slot.rows), start_s)
        self.voices.forget(start_s)
        anywhere = replace(news, several_platforms=False)
        return {
            Way.MENTIONS: bare,
            Way.VOICES: voiced,
            Way.WORDS: replace(voiced, news=anywhere),
            Way.ALL: replace(voiced, news=news),
        }


@dataclass(slots=True)
class Tale:
    """What became of the scenes of one kind, heard in one way."""

    scenes: int = 0
    due: int = 0
    in_time: int = 0
    delays_s: list[int] = field(default_factory=list)

    def __iadd__(self, other: Tale) -> Tale:
        self.scenes += other.scenes
        self.due += other.due
        self.in_time += other.in_time
        self.delays_s += other.delays_s
        return self

    def __str__(self) -> str:
        """Found in time, ever, and the median delay; of what is no crisis the share that opened."""
        ever = f"{100 * len(self.delays_s) / self.scenes:.0f}%"
        if not self.due:
            return ever
        middle = f", {statistics.median(self.delays_s) / 60:.0f} min" if self.delays_s else ""
        return f"{100 * self.in_time / self.due:.0f}%, {ever}{middle}"


@dataclass(frozen=True, slots=True)
class Told:
    """One seed: tales by way and kind, incidents in the quiet weeks by way, and how many months those are."""

    tales: dict[tuple[Way, str], Tale]
    false: dict[Way, int]
    months: float


def told(seed: int) -> Told:
    quiet, acts = play(seed)
    listener = Listener()
    early = listener.hear(quiet)
    tales = {}
    for name, act in acts.items():
        after = deepcopy(listener).hear(act.slots)
        for way in Way:
            tale = Tale(scenes=1, due=int(act.due_s is not None))
            if after[way]:
                tale.delays_s.append(after[way][0] - act.onset_s)
                tale.in_time = int(act.due_s is not None and after[way][0] <= act.due_s)
            tales[way, name] = tale
    months = len(quiet) * STEP_S / (30 * DAY_S)
    return Told(tales, {way: len(at_s) for way, at_s in early.items()}, months)


def spoken_rows(pool: ProcessPoolExecutor, seeds: range) -> list[list[str]]:
    """A row a kind of scene, and one of incidents a month in the quiet weeks; a column a way of hearing."""
    found = list(pool.map(told, seeds))
    rows = []
    for name, kind in KINDS.items():
        cells = [name, "yes" if kind.times else "no"]
        for way in Way:
            total = Tale()
            for one in found:
                total += one.tales[way, name]
            cells.append(str(total))
        rows.append(cells)
    months = sum(one.months for one in found)
    rates = [f"{sum(one.false[way] for one in found) / months:.2f}" for way in Way]
    return [*rows, ["false a month before", "", *rates]]
