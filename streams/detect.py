"""The detect step: tallies and ticks in, incidents, decisions and expectations out.

State lives in this process, one `Lookout` a watch; `snapshot` and the `states` it starts from are how
it outlives the process. Time is the watermark of the data: there is no clock here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.mention import Gap, Tick
from streams.lookout import Lookout, Outcome
from streams.records import STEP_S, DetectorState, Flag, Tally
from streams.signals import StepTime
from streams.watches import Watches
from streams.watermark import Watermark

LONGEST_GAP_STEPS = 14 * 86_400 // STEP_S
"""Of a longer stretch nobody listened to, only the last two weeks are stepped through."""


@dataclass(frozen=True, slots=True)
class GapSpan:
    """Seconds in which a connector did not listen; `total` if no other one did."""

    from_s: int
    until_s: int
    total: bool


class Detection:
    """Every watch's detector, decided step by step up to the watermark."""

    def __init__(
        self,
        watches: Watches,
        *,
        models: str,
        states: Mapping[str, DetectorState] | None = None,
        names: Iterable[str] | None = None,
        count_drills: bool = False,
        progress: Mapping[str, Any] | None = None,
    ) -> None:
        """`progress`, with the `states` of the same moment, goes on within a run, as if never stopped."""
        wanted = set(names) if names is not None else {watch.name for watch in watches.watches}
        held = states or {}
        self._zone = watches.zone
        self._lookouts = {
            watch.name: Lookout(
                watch,
                watches,
                models=models,
                state=held.get(watch.name),
                count_drills=count_drills,
            )
            for watch in watches.watches
            if watch.name in wanted
        }
        self._watermark = Watermark()
        self._gaps: list[GapSpan] = []
        decided = [lookout.decided_until_s for lookout in self._lookouts.values() if lookout.decided_until_s]
        self.decided_until_s: int = max(decided, default=0)
        self._resumed = bool(decided)
        self._recalled_from_s: int | None = None
        self._recalled_until_s = 0
        self._begun = False
        self._first_s: int | None = None
        if progress is not None:
            self.go_on(progress)

    def add(self, tally: Tally) -> None:
        """Hold a tally until its steps are decided. One of a watch that is not ours is passed over."""
        lookout = self._lookouts.get(tally.watch)
        if lookout is not None:
            lookout.add(tally)

    def recall(self, tally: Tally) -> None:
        """As `add`, of what an earlier run heard: up to there nobody slept between the two."""
        self.add(tally)
        self._recalled_until_s = max([self._recalled_until_s, *(ms // 1000 for ms in tally.counted_ms)])
        for ms, flags in zip(tally.counted_ms, tally.flags, strict=True):
            if not flags & Flag.LATE:
                step_s = ms // 1000 // STEP_S * STEP_S
                self._recalled_from_s = min(step_s, self._recalled_from_s or step_s)

    def gap(self, gap: Gap) -> None:
        """Somebody did not listen: those steps are not calm, and nothing is learnt from them."""
        self._watermark.gap(gap)
        span = GapSpan(
            int(gap.from_at.timestamp()),
            -int(-gap.until_at.timestamp() // 1),
            total=self._watermark.sources <= {gap.connector},
        )
        # On Kafka the same gap comes through every partition.
        if span.until_s > self.decided_until_s and span not in self._gaps:
            self._gaps.append(span)

    def tick(self, tick: Tick) -> None:
        """A source has come further. Ticks up to the first decision say when the data of this run begins."""
        first_s = int(tick.begun_at.timestamp()) // STEP_S * STEP_S
        self._first_s = first_s if self._first_s is None else min(self._first_s, first_s)
        self._watermark.tick(tick)

    def decide(self) -> list[Outcome]:
        """Decide every step that the watermark has passed, in the order of time, watches as in the file."""
        at = self._watermark.at
        if at is None:
            return []
        outcomes: list[Outcome] = []
        until_s = int(at.timestamp()) // STEP_S * STEP_S
        if not self._begun:
            # Until time has passed the beginning, a mention within the lateness may still move it back.
            if self._first_s is None or until_s <= self._first_s:
                return []
            self._begin(self._first_s)
        while self.decided_until_s < until_s:
            self._leap()
            step = self._step(self.decided_until_s)
            for lookout in self._lookouts.values():
                if lookout.decided_until_s < step.end_s:
                    outcome = lookout.decide(step)
                    if outcome is not None:
                        outcomes.append(outcome)
            self.decided_until_s = step.end_s
        self._gaps = [gap for gap in self._gaps if gap.until_s > self.decided_until_s - 86_400]
        return outcomes

    def snapshot(self) -> list[DetectorState]:
        """What a later process needs to go on from here."""
        decided_until = datetime.fromtimestamp(self.decided_until_s, UTC)
        return [
            DetectorState(watch=name, decided_until=decided_until, state=lookout.to_json())
            for name, lookout in self._lookouts.items()
            if lookout.decided_until_s
        ]

    def progress(self) -> dict[str, Any]:
        """How far the sources have come: what a process that takes over in the middle of a run needs too."""
        return {
            "begun": self._begun,
            "first_s": self._first_s,
            "decided_until_s": self.decided_until_s,
            "watermark": self._watermark.to_json(),
            "gaps": [[gap.from_s, gap.until_s, gap.total] for gap in self._gaps],
        }

    def go_on(self, progress: Mapping[str, Any]) -> None:
        """From where another detection stood: `progress` is its own."""
        self._begun = progress["begun"]
        self._first_s = progress.get("first_s")
        self.decided_until_s = progress["decided_until_s"]
        self._watermark = Watermark.from_json(progress["watermark"])
        self._gaps = [GapSpan(from_s, until_s, total) for from_s, until_s, total in progress["gaps"]]
        for lookout in self._lookouts.values():
            if self._begun and not lookout.decided_until_s:
                lookout.begin(self.decided_until_s)

    def _begin(self, first_s: int) -> None:
        """A run that begins after the last one ended leaves a stretch nobody listened to."""
        self._begun = True
        heard_until_s = max(self.decided_until_s, self._recalled_until_s)
        if self._resumed and first_s > heard_until_s:
            self._gaps.append(GapSpan(heard_until_s, first_s, total=True))
        elif not self._resumed:
            begins_s = min(first_s, self._recalled_from_s or first_s)
            if begins_s < first_s and heard_until_s < first_s:
                self._gaps.append(GapSpan(heard_until_s, first_s, total=True))
            self.decided_until_s = begins_s
        for lookout in self._lookouts.values():
            if not lookout.decided_until_s:
                lookout.begin(self.decided_until_s)

    def _leap(self) -> None:
        """Over a gap of months: begin again two weeks before its end, as after a long sleep."""
        for gap in self._gaps:
            if gap.total and gap.from_s <= self.decided_until_s < gap.until_s - LONGEST_GAP_STEPS * STEP_S:
                self.decided_until_s = (gap.until_s // STEP_S - LONGEST_GAP_STEPS) * STEP_S

    def _step(self, start_s: int) -> StepTime:
        local = datetime.fromtimestamp(start_s, self._zone)
        overlapping = [gap for gap in self._gaps if gap.from_s < start_s + STEP_S and gap.until_s > start_s]
        return StepTime(
            start_s=start_s,
            end_s=start_s + STEP_S,
            local_hour=local.hour + local.minute / 60 + local.second / 3600,
            local_weekday=local.weekday(),
            gap=any(gap.total for gap in overlapping),
            partial_gap=bool(overlapping),
        )
