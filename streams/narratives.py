"""The narratives of one watch that spread: rows of a step in, one reading of the fastest of them out.

Followed are a few narratives at a time, each by the signature of its first post: a post is of a narrative
when their signatures share two bands (`models.narrative`). A narrative is taken up once some voices
repeat it within an hour, with its last hours as its past, and let go when it was quiet for a while.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from models.growth import GrowthDetector, GrowthState, Largest, growth_policy_for
from models.narrative import MIN_SHARED_BANDS, Signature
from models.spike import Reading, Sensitivity, Step, Voices
from streams.records import STEP_S
from streams.window import RECENT_S, Row

HOUR_S: Final = 3_600
FOLLOWED: Final = 16
TAKEN_UP: Final = 5
"""Voices within an hour from which on a narrative is followed."""
CANDIDATES: Final = 3
"""New narratives looked at in a step, the most repeated first."""
LET_GO_S: Final = 6 * HOUR_S
LEAST_SHARE: Final = 0.1
"""Of an hour's mentions: a narrative of fewer is one of many things that are said."""
MOST_VOICES: Final = 2_000
"""Authors remembered of a narrative; of a larger hour each further one is counted as new."""


@dataclass(slots=True)
class _Followed:
    """A narrative; `heard` says when each of its voices was heard last, in that order."""

    signature: Signature
    last_s: int
    growth: GrowthState = field(default_factory=GrowthState)
    heard: dict[int, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "signature": list(self.signature),
            "last_s": self.last_s,
            "growth": self.growth.to_json(),
            "heard": [list(item) for item in self.heard.items()],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> _Followed:
        return cls(
            signature=tuple(value["signature"]),
            last_s=value["last_s"],
            growth=GrowthState.from_json(value["growth"]),
            heard=dict(value["heard"]),
        )

    def voices(self, rows: Sequence[Row], start_s: int) -> Voices | None:
        """Who repeats it in a step; those of the hour before are no voices more. None where unknown."""
        authors = dict.fromkeys(row.author for row in rows if row.author)
        while self.heard and next(iter(self.heard.values())) <= start_s - HOUR_S:
            del self.heard[next(iter(self.heard))]
        if not authors and not self.heard:
            return None
        fresh = sum(1 for author in authors if author not in self.heard)
        for author in authors:
            self.heard.pop(author, None)
            self.heard[author] = start_s
        while len(self.heard) > MOST_VOICES:
            del self.heard[next(iter(self.heard))]
        unknown = sum(1 for row in rows if not row.author)
        return Voices(authors=len(authors), fresh_authors=fresh, unknown=unknown)


class Narratives:
    """Follows them step by step; everything it knows is in `to_json`."""

    def __init__(self, sensitivity: Sensitivity, held: Mapping[str, Any] | None = None) -> None:
        self._policy = growth_policy_for(sensitivity, STEP_S)
        self._followed = [_Followed.from_json(one) for one in held["followed"]] if held else []
        self._largest = Largest.from_json(held["largest"]) if held else Largest()
        self._weekday: int = held["weekday"] if held else -1

    def to_json(self) -> dict[str, Any]:
        return {
            "followed": [one.to_json() for one in self._followed],
            "largest": self._largest.to_json(),
            "weekday": self._weekday,
        }

    def read(
        self,
        step: Step,
        rows: Sequence[Row],
        *,
        hour: float,
        recent: Callable[[int], Sequence[Row]],
    ) -> Reading:
        """The reading of the narrative that grows most.

        `step` is the watch's, `hour` the mentions of its last hour; `recent` gives the rows of decided
        steps from a second on, this step's among them.
        """
        if step.local_weekday != self._weekday:
            if self._weekday >= 0:
                self._largest.close_day()
            self._weekday = step.local_weekday
        start_s = step.at_s - STEP_S
        self._followed = [one for one in self._followed if start_s - one.last_s <= LET_GO_S]
        least = max(self._largest.least, LEAST_SHARE * hour) * step.factor
        # What was backfilled into a gap was not heard then.
        shares, rest = self._share_out(() if step.count is None else rows)
        best: Reading | None = None
        for one, mine in zip(self._followed, shares, strict=True):
            reading = self._advance(one, mine, start_s, least=least, gap=step.count is None)
            best = reading if best is None or reading.score > best.score else best
        candidates = _repeated(rest)
        lately = recent(step.at_s - HOUR_S) if candidates else ()
        for signature in candidates:
            voices = _told(signature, lately)
            if len({row.author or row.id for row in voices}) < TAKEN_UP or not self._make_room(len(voices)):
                continue
            new = self._take_up(signature, start_s, recent(step.at_s - RECENT_S), least)
            best = new if best is None or new.score > best.score else best
        if best is None:
            return self._nothing(step)
        self._largest.note(best)
        return best

    def _share_out(self, rows: Sequence[Row]) -> tuple[list[list[Row]], list[Row]]:
        """(the rows of each followed narrative, signed rows of none)."""
        shares: list[list[Row]] = [[] for _ in self._followed]
        by_band: dict[tuple[int, int], list[int]] = {}
        for place, one in enumerate(self._followed):
            for band in enumerate(one.signature):
                by_band.setdefault(band, []).append(place)
        rest: list[Row] = []
        for row in rows:
            if not row.signature:
                continue
            met = [place for band in enumerate(row.signature) for place in by_band.get(band, ())]
            if len(met) < MIN_SHARED_BANDS:
                rest.append(row)
                continue
            place, bands = max(Counter(met).items(), key=lambda item: (item[1], -item[0]))
            (shares[place] if bands >= MIN_SHARED_BANDS else rest).append(row)
        return shares, rest

    def _advance(
        self, one: _Followed, rows: Sequence[Row], start_s: int, *, least: float, gap: bool = False
    ) -> Reading:
        if rows:
            one.last_s = start_s
        return GrowthDetector(self._policy, one.growth).step(
            Step(
                at_s=start_s + STEP_S,
                step_s=STEP_S,
                local_hour=0.0,
                local_weekday=0,
                count=None if gap else float(len(rows)),
                voices=None if gap else one.voices(rows, start_s),
            ),
            least=least,
        )

    def _make_room(self, voices: int) -> bool:
        """Let the quietest go where as many are followed as can be; not for one that is no louder."""
        if len(self._followed) < FOLLOWED:
            return True
        quietest = min(self._followed, key=lambda one: (sum(one.growth.counts), one.signature))
        if sum(quietest.growth.counts) >= voices:
            return False
        self._followed.remove(quietest)
        return True

    def _take_up(self, signature: Signature, start_s: int, recent: Iterable[Row], least: float) -> Reading:
        """Follow a narrative from what is still held of its past."""
        one = _Followed(signature=signature, last_s=start_s)
        self._followed.append(one)
        steps: dict[int, list[Row]] = {}
        for row in _told(signature, recent):
            steps.setdefault(row.counted_ms // 1000 // STEP_S * STEP_S, []).append(row)
        for at_s in range(start_s - RECENT_S + STEP_S, start_s, STEP_S):
            self._advance(one, steps.get(at_s, ()), at_s, least=least)
        return self._advance(one, steps.get(start_s, ()), start_s, least=least)

    def _nothing(self, step: Step) -> Reading:
        return Reading(
            at_s=step.at_s,
            observed=0.0,
            expected=0.0,
            limit=max(self._policy.least_voices, self._largest.least),
            window_s=self._policy.window_s,
            since_s=step.at_s - self._policy.window_s,
            score=0.0,
            alarm=False,
            calm=step.count is not None,
            warming_up=False,
            reason="gap" if step.count is None else "normal",
            step_s=STEP_S,
            gap=step.count is None,
            unit="voices",
        )


def _told(signature: Signature, rows: Iterable[Row]) -> list[Row]:
    """The rows that are of the narrative. Most share nothing with it, which is seen at a glance."""
    differs = frozenset(signature).isdisjoint
    return [row for row in rows if not differs(row.signature) and _alike(row.signature, signature)]


def _alike(one: Signature, other: Signature) -> bool:
    return sum(map(int.__eq__, one, other)) >= MIN_SHARED_BANDS


def _repeated(rows: Sequence[Row]) -> list[Signature]:
    """Of the texts that two rows of a step have in common: the first signature of each, a few at the most."""
    if len(rows) < 2:
        return []
    bands = Counter(band for row in rows for band in enumerate(row.signature))
    found: list[tuple[int, Signature]] = []
    for row in rows:
        times = sorted((bands[band] for band in enumerate(row.signature)), reverse=True)
        often = times[MIN_SHARED_BANDS - 1]
        if often >= 2 and not any(_alike(row.signature, known) for _, known in found):
            found.append((often, row.signature))
    found.sort(key=lambda item: (-item[0], item[1]))
    return [signature for _, signature in found[:CANDIDATES]]
