"""One watch under observation: its open rows, its signals, their episodes, and its incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from models.episode import EpisodePolicy, EpisodeState, Held, Opened, Resolved, advance
from models.severity import Judgement, Size, judge
from models.spike import Reading
from streams.evidence import gather
from streams.incidents import life
from streams.incidents.life import LANES, Change, Course, Happening, Lane, Sign
from streams.incidents.wording import summarise
from streams.records import (
    STEP_S,
    Decision,
    DetectorState,
    Evidence,
    Expectation,
    Flag,
    Incident,
    IncidentState,
    Signal,
    Tally,
)
from streams.signals import Signals, StepTime
from streams.voices import KnownVoices
from streams.watches import Watch, Watches
from streams.window import RECENT_S, Window, rows_of

HOUR_S: Final = 3_600
STATE_VERSION: Final = 1

# What one post decides has no statistics: it is over when nothing of the kind came for a while.
SINGLE_POST: Final = EpisodePolicy(quiet_s=3 * HOUR_S, pause_s=0)
# A calm night does not end a crisis, and the next one, a day later, is another.
STATISTICAL: Final = EpisodePolicy(quiet_s=10 * HOUR_S, pause_s=6 * HOUR_S)
SILENCE: Final = EpisodePolicy(quiet_s=HOUR_S, pause_s=HOUR_S)
_POLICIES: Final[Mapping[Signal, EpisodePolicy]] = {
    Signal.VOLUME: STATISTICAL,
    Signal.NEGATIVE: STATISTICAL,
    Signal.MISINFORMATION: STATISTICAL,
    Signal.URGENT: SINGLE_POST,
    Signal.VIP: SINGLE_POST,
    Signal.SILENCE: SILENCE,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What deciding one step of one watch brought, if anything."""

    incidents: tuple[Incident, ...] = ()
    decisions: tuple[Decision, ...] = ()
    expectations: tuple[Expectation, ...] = ()


@dataclass(slots=True)
class _Gaps:
    """Seconds of recent steps in which somebody did not listen."""

    spans: dict[int, int] = field(default_factory=dict)

    def add(self, start_s: int) -> None:
        self.spans[start_s] = STEP_S
        while (first := next(iter(self.spans))) < start_s - RECENT_S:
            del self.spans[first]

    def since(self, since_s: int) -> int:
        return sum(seconds for start_s, seconds in self.spans.items() if start_s >= since_s)


class Lookout:
    """Decides a watch's steps one after the other; everything it knows is in `to_json`."""

    def __init__(
        self,
        watch: Watch,
        watches: Watches,
        *,
        models: str,
        state: DetectorState | None = None,
        count_drills: bool = False,
    ) -> None:
        self._watch = watch
        self._watches = watches
        self._models = models
        self._count_drills = count_drills
        self._calendar = [event for event in watches.calendar if event.concerns(watch.name)]
        held: Mapping[str, Any] = {} if state is None else state.state
        if held.get("version") != STATE_VERSION:
            held = {}
        self._window = Window.from_json(held["window"]) if held else Window()
        self._voices = KnownVoices.from_json(held["voices"]) if held else KnownVoices()
        self._gaps = _Gaps({int(start): span for start, span in held.get("gaps", [])})
        self._signals = Signals(watch.sensitivity, held["signals"] if held else None)
        self._episodes = {
            signal: EpisodeState.from_json(held["episodes"][signal]) if held else EpisodeState()
            for signal in Signal
        }
        self._courses: dict[Lane, Course] = {
            Lane(lane): Course.from_json(course) for lane, course in held.get("courses", {}).items()
        }
        self._held_until_s: dict[Signal, int] = {
            Signal(signal): until_s for signal, until_s in held.get("held_until_s", {}).items()
        }

    @property
    def decided_until_s(self) -> int:
        return self._window.decided_until_s

    def begin(self, start_s: int) -> None:
        """Where a watch without a past begins to be decided."""
        self._window.decided_until_s = start_s

    def add(self, tally: Tally) -> None:
        for row in rows_of(tally):
            if self._count_drills or not row.flags & Flag.DRILL:
                self._window.add(row)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": STATE_VERSION,
            "window": self._window.to_json(),
            "voices": self._voices.to_json(),
            "gaps": [list(item) for item in self._gaps.spans.items()],
            "signals": self._signals.to_json(),
            "episodes": {signal.value: episode.to_json() for signal, episode in self._episodes.items()},
            "courses": {lane.value: course.to_json() for lane, course in self._courses.items()},
            "held_until_s": {signal.value: until_s for signal, until_s in self._held_until_s.items()},
        }

    def decide(self, step: StepTime) -> Outcome | None:
        """Decide the step. None where there is nothing to tell, which is nearly always."""
        rows = self._window.close(step.start_s)
        if step.gap or step.partial_gap:
            self._gaps.add(step.start_s)
        readings = self._signals.read(replace(step, factor=self._factor(step)), rows, self._voices)
        self._voices.hear((row.author for row in rows), step.start_s)
        self._voices.forget(step.start_s)
        changes, decisions = self._advance(readings)
        present = {signal: _sign(signal, reading) for signal, reading in readings.items() if reading.alarm}
        incidents: list[Incident] = []
        for lane in Lane:
            in_lane = [change for change in changes if LANES[change.sign.signal] is lane]
            if in_lane or self._due(lane, step):
                told = self._settle(lane, in_lane, present, step)
                if told is not None:
                    incident, decision = told
                    incidents.append(incident)
                    decisions.append(decision)
        expectations = self._expect(step)
        if not incidents and not decisions and not expectations:
            return None
        return Outcome(tuple(incidents), tuple(decisions), expectations)

    def _factor(self, step: StepTime) -> float:
        return max(
            (
                event.expect
                for event in self._calendar
                if event.from_at.timestamp() < step.end_s and event.until_at.timestamp() > step.start_s
            ),
            default=1.0,
        )

    def _advance(self, readings: Mapping[Signal, Reading]) -> tuple[list[Change], list[Decision]]:
        changes: list[Change] = []
        decisions: list[Decision] = []
        for signal, reading in readings.items():
            if not reading.alarm and self._episodes[signal].phase == "quiet":
                continue
            self._episodes[signal], event = advance(self._episodes[signal], reading, _POLICIES[signal])
            match event:
                case Opened():
                    changes.append(
                        Change(Happening.ROSE, _sign(signal, reading, event.since_s), again=event.again)
                    )
                case Resolved():
                    changes.append(Change(Happening.FELL, _sign(signal, reading)))
                case Held(reason="paused") if reading.at_s >= self._held_until_s.get(signal, 0):
                    # Once an hour: the same reason every five minutes tells nobody more.
                    self._held_until_s[signal] = reading.at_s + HOUR_S
                    decisions.append(self._decision(signal, reading.at_s, "held", _why_held(reading), None))
                case _:
                    pass
        return changes, decisions

    def _due(self, lane: Lane, step: StepTime) -> bool:
        """Whether to look anew at what goes on: at each step of its first hour, then twice an hour."""
        course = self._courses.get(lane)
        if course is None or step.gap:
            # Nobody listened: the numbers there are were told, and "it goes on" is not known.
            return False
        age_s = step.end_s - course.opened_s
        return age_s <= HOUR_S or age_s % (HOUR_S // 2) == 0

    def _settle(
        self, lane: Lane, changes: Sequence[Change], present: Mapping[Signal, Sign], step: StepTime
    ) -> tuple[Incident, Decision] | None:
        before = self._courses.get(lane)
        course = life.news(self._watch.name, before, changes, step.end_s)
        if course is None:
            return None
        course = life.refresh(course, present)
        evidence = self._evidence(course, step)
        judged = self._judge(lane, course, evidence)
        told = life.settle(before, course, changes, judged, step.end_s)
        self._courses[lane] = course if told is None else told.course
        if told is None:
            return None
        incident = self._incident(told, evidence, judged)
        if incident.state is IncidentState.RESOLVED:
            del self._courses[lane]
        verdict = self._decision(incident.signal, step.end_s, told.event, told.reason, incident.id)
        return incident, verdict

    def _evidence(self, course: Course, step: StepTime) -> Evidence:
        window_s = min(max(course.leading.window_s, HOUR_S), RECENT_S)
        since_s = step.end_s - window_s
        return gather(
            self._window.recent(since_s),
            mentions=self._window.count(since_s),
            since_s=min(sign.since_s for sign in course.signs),
            window_s=course.leading.window_s,
            is_new=lambda author: not self._voices.heard_before(author, since_s),
            negative_share_usual=self._signals.negative_share_usual,
            gap_s=self._gaps.since(since_s),
            signs=[sign.signal for sign in course.signs],
        )

    def _judge(self, lane: Lane, course: Course, evidence: Evidence) -> Judgement:
        if lane is Lane.VIP:
            return Judgement("info", 0, ())
        if lane is Lane.SILENCE:
            return Judgement("warning", 0, ())
        volume = next((sign for sign in course.signs if sign.signal is Signal.VOLUME), None)
        urgent = next((sign for sign in course.signs if sign.signal is Signal.URGENT), None)
        return judge(
            Size(
                observed=volume.observed if volume else 0.0,
                expected=volume.expected if volume else 0.0,
                window_s=volume.window_s if volume else HOUR_S,
                mentions=evidence.mentions,
                authors=evidence.authors,
                top_authors_share=evidence.top_authors_share,
                near_duplicate_share=evidence.near_duplicate_share,
                platforms=len(evidence.platforms),
                negative_share=evidence.negative_share,
                negative_share_usual=evidence.negative_share_usual,
                misinformation=evidence.misinformation,
                urgent=int(urgent.observed) if urgent else 0,
                urgent_authors=self._urgent_authors(),
                signs=len(course.signs),
            )
        )

    def _urgent_authors(self) -> int:
        recent = self._window.recent(self.decided_until_s - HOUR_S)
        return len({row.author or row.id for row in recent if row.urgent})

    def _incident(self, told: life.Step, evidence: Evidence, judged: Judgement) -> Incident:
        course, sign = told.course, told.course.leading
        resolved = course.over
        updated_at = datetime.fromtimestamp(course.updated_s, UTC)
        return Incident(
            id=course.id,
            watch=self._watch.name,
            signal=course.signal,
            event=told.event,
            revision=course.revision,
            state=IncidentState.RESOLVED if resolved else IncidentState.OPEN,
            severity=course.severity,
            opened_at=datetime.fromtimestamp(course.opened_s, UTC),
            updated_at=updated_at,
            resolved_at=updated_at if resolved else None,
            observed=round(sign.observed, 3),
            expected=round(sign.expected, 3),
            limit=round(sign.limit, 3),
            summary=summarise(
                signal=sign.signal,
                event=told.event,
                observed=sign.observed,
                expected=sign.expected,
                limit=sign.limit,
                evidence=evidence,
                title=self._watch.label,
                language=self._watches.language,
            ),
            evidence=replace(evidence, reasons=judged.reasons, leading=sign.signal),
            config_hash=self._watches.config_hash,
            model_versions=self._models,
            drill=course.drill,
        )

    def _expect(self, step: StepTime) -> tuple[Expectation, ...]:
        """At the end of each hour: what was usual in it, and where the limit lay."""
        if step.end_s % HOUR_S or step.gap:
            return ()
        expected, limit = self._signals.band(HOUR_S)
        return (
            Expectation(
                watch=self._watch.name,
                hour=datetime.fromtimestamp(step.end_s - HOUR_S, UTC),
                expected=round(expected, 3),
                limit=round(limit, 3),
            ),
        )

    def _decision(
        self, signal: Signal, at_s: int, verdict: str, reason: str, incident: str | None
    ) -> Decision:
        return Decision(
            watch=self._watch.name,
            signal=signal,
            at=datetime.fromtimestamp(at_s, UTC),
            verdict=str(verdict),
            reason=reason,
            incident=incident,
        )


def _sign(signal: Signal, reading: Reading, since_s: int | None = None) -> Sign:
    return Sign(
        signal=signal,
        since_s=reading.since_s if since_s is None else since_s,
        observed=reading.observed,
        expected=reading.expected,
        limit=reading.limit,
        window_s=reading.window_s,
    )


def _why_held(reading: Reading) -> str:
    return (
        f"{reading.observed:g} where {reading.expected:g} are expected is above the limit of "
        f"{reading.limit:g}, but an incident ended shortly before and this is not worse"
    )
