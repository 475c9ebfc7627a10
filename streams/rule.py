"""A watch under one sensitivity: its signals, their episodes, and the incidents that come of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from models.episode import EpisodePolicy, EpisodeState, Held, Opened, Resolved, advance
from models.severity import Judgement, Size, judge
from models.spike import VERSION, Reading, Sensitivity
from streams.evidence import gather
from streams.heard import Heard
from streams.held_back import SAME_WORDS, TAIL, HeldBack, held_back, why_paused
from streams.incidents import life
from streams.incidents.life import LANES, Change, Course, Happening, Lane
from streams.incidents.wording import summarise
from streams.present import HOUR_S, present, sign_of
from streams.records import Decision, Evidence, Incident, IncidentState, Signal
from streams.signals import Signals, StepTime
from streams.watches import Watch, Watches
from streams.window import LONGEST_S, Row

_ROSE: Final = frozenset({Signal.VOLUME, Signal.SLOW_BURN})
TAIL_S: Final = 24 * HOUR_S
"""So long after an incident its urgent words are still being repeated by a few."""
MILD: Final = 2.0
EBB: Final = 3.0
"""Less than twice the usual is what is left of an incident whose loudest hour had so many times as much."""
SEVERAL: Final = 3
"""Accounts whose urgent words re-open what ended shortly before, although the words are the same."""

# What one post decides has no statistics: it is over when nothing of the kind came for a while.
SINGLE_POST: Final = EpisodePolicy(quiet_s=3 * HOUR_S, pause_s=0)
# A calm night does not end a crisis, and the next one, a day later, is another.
STATISTICAL: Final = EpisodePolicy(quiet_s=10 * HOUR_S, pause_s=6 * HOUR_S)
SILENCE: Final = EpisodePolicy(quiet_s=HOUR_S, pause_s=HOUR_S)
_POLICIES: Final[Mapping[Signal, EpisodePolicy]] = {
    Signal.VOLUME: STATISTICAL,
    Signal.SLOW_BURN: STATISTICAL,
    Signal.NARRATIVE: STATISTICAL,
    Signal.NEGATIVE: STATISTICAL,
    Signal.MISINFORMATION: STATISTICAL,
    Signal.URGENT: SINGLE_POST,
    Signal.VIP: SINGLE_POST,
    Signal.SILENCE: SILENCE,
}

_SIZED: Final = (Signal.VOLUME, Signal.SLOW_BURN, Signal.NARRATIVE)
"""Signals whose numbers say how large a rise is, the first of those that there are."""


class Rule:
    """Decides what the watch has heard, step by step; everything it knows of its own is in `to_json`.

    `learnt` is another rule's `to_json` to begin from: what is usual does not depend on the sensitivity,
    what goes on does.
    """

    def __init__(
        self,
        watch: Watch,
        watches: Watches,
        sensitivity: Sensitivity,
        *,
        models: str,
        held: Mapping[str, Any] | None = None,
        learnt: Mapping[str, Any] | None = None,
    ) -> None:
        self.sensitivity = sensitivity
        self._watch = watch
        self._watches = watches
        self._models = f"{models} detector={VERSION}"
        known = held or learnt
        held = held or {}
        self._signals = Signals(sensitivity, known["signals"] if known else None)
        # A state kept before a signal was known has no episode of it.
        episodes = held.get("episodes", {})
        self._episodes = {
            signal: EpisodeState.from_json(episodes[signal]) if signal in episodes else EpisodeState()
            for signal in Signal
        }
        self._courses: dict[Lane, Course] = {
            Lane(lane): Course.from_json(course) for lane, course in held.get("courses", {}).items()
        }
        self._ended_s: int = held.get("ended_s", 0)
        self._ended_peak: int = held.get("ended_peak", 0)
        self._ended_phrases: frozenset[str] = frozenset(held.get("ended_phrases", ()))
        self._held_until_s: dict[Signal, int] = {
            Signal(signal): until_s for signal, until_s in held.get("held_until_s", {}).items()
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "signals": self._signals.to_json(),
            "episodes": {signal.value: episode.to_json() for signal, episode in self._episodes.items()},
            "courses": {lane.value: course.to_json() for lane, course in self._courses.items()},
            "ended_s": self._ended_s,
            "ended_peak": self._ended_peak,
            "ended_phrases": sorted(self._ended_phrases),
            "held_until_s": {signal.value: until_s for signal, until_s in self._held_until_s.items()},
        }

    def band(self, window_s: int) -> tuple[float, float]:
        """(expected, limit) in mentions over the window that ended with the last step."""
        return self._signals.band(window_s)

    def read(self, step: StepTime, rows: Sequence[Row], heard: Heard) -> Mapping[Signal, Reading]:
        """What the signals say of the step, before its voices are known."""
        return self._signals.read(step, rows, heard.voices, heard.window.recent, heard.news)

    def decide(
        self, step: StepTime, readings: Mapping[Signal, Reading], heard: Heard
    ) -> tuple[list[Incident], list[Decision]]:
        """What comes of the readings, once the step's voices have been heard."""
        changes, decisions = self._advance(readings, heard)
        if crisis := self._courses.get(Lane.CRISIS):
            peak = max(crisis.peak, heard.window.count(step.end_s - HOUR_S))
            self._courses[Lane.CRISIS] = replace(crisis, peak=peak)
        elif held := held_back(readings[Signal.VOLUME], step, heard, self.band):
            decisions += self._hold(held, step.end_s)
        incidents: list[Incident] = []
        for lane in Lane:
            in_lane = [change for change in changes if LANES[change.sign.signal] is lane]
            if in_lane or self._due(lane, step):
                told = self._settle(lane, in_lane, readings, step, heard)
                if told is not None:
                    incident, decision = told
                    incidents.append(incident)
                    decisions.append(decision)
        return incidents, decisions

    def _advance(
        self, readings: Mapping[Signal, Reading], heard: Heard
    ) -> tuple[list[Change], list[Decision]]:
        changes: list[Change] = []
        decisions: list[Decision] = []
        for signal, reading in readings.items():
            if not reading.alarm and self._episodes[signal].phase == "quiet":
                continue
            if reading.alarm and (why := self._is_tail(signal, reading, heard)):
                decisions += self._hold(HeldBack(signal, "held", why), reading.at_s)
                continue
            self._episodes[signal], event = advance(self._episodes[signal], reading, _POLICIES[signal])
            match event:
                case Opened():
                    changes.append(
                        Change(Happening.ROSE, sign_of(signal, reading, event.since_s), again=event.again)
                    )
                case Resolved():
                    changes.append(Change(Happening.FELL, sign_of(signal, reading)))
                case Held(reason="paused"):
                    decisions += self._hold(HeldBack(signal, "held", why_paused(reading)), reading.at_s)
                case _:
                    pass
        return changes, decisions

    def _is_tail(self, signal: Signal, reading: Reading, heard: Heard) -> str:
        """Why what rises is the tail of the incident that ended; empty where it is news.

        A little more than usual is what is left of a crisis, and its urgent words are repeated by a
        few. What is worse than that is twice the usual, or has several voices or signals of its own.
        """
        at_s = reading.at_s
        if Lane.CRISIS in self._courses or not self._ended_s < at_s < self._ended_s + TAIL_S:
            return ""
        if signal in _ROSE:
            mild = signal is Signal.SLOW_BURN or reading.observed < MILD * reading.expected
            ebbing = heard.window.count(at_s - HOUR_S) <= self._ended_peak / EBB
            return TAIL if mild and ebbing else ""
        if signal is not Signal.URGENT:
            return ""
        said = {phrase for row in heard.window.recent(at_s - HOUR_S) for phrase in row.urgent}
        return SAME_WORDS if said <= self._ended_phrases and _urgent_authors(heard) < SEVERAL else ""

    def _hold(self, held: HeldBack, at_s: int) -> list[Decision]:
        """Once an hour: the same reason every five minutes tells nobody more."""
        if at_s < self._held_until_s.get(held.signal, 0):
            return []
        self._held_until_s[held.signal] = at_s + HOUR_S
        return [self._decision(held.signal, at_s, held.verdict, held.reason, None)]

    def _due(self, lane: Lane, step: StepTime) -> bool:
        """Whether to look anew at what goes on: at each step of its first hour, then twice an hour."""
        course = self._courses.get(lane)
        if course is None or step.gap:
            # Nobody listened: the numbers there are were told, and "it goes on" is not known.
            return False
        age_s = step.end_s - course.opened_s
        return age_s <= HOUR_S or age_s % (HOUR_S // 2) == 0

    def _settle(
        self,
        lane: Lane,
        changes: Sequence[Change],
        readings: Mapping[Signal, Reading],
        step: StepTime,
        heard: Heard,
    ) -> tuple[Incident, Decision] | None:
        before = self._courses.get(lane)
        course = life.news(self._watch.name, before, changes, step.end_s)
        if course is None:
            return None
        course = life.refresh(course, present(course, readings, step.end_s, heard, self.band))
        evidence = replace(
            self._evidence(course, step.end_s, heard),
            warming_up=readings[Signal.VOLUME].warming_up,
            new_word_authors=readings[Signal.VOLUME].corroborated or None,
        )
        course = replace(
            course,
            peak=max(course.peak, heard.window.count(step.end_s - HOUR_S)),
            phrases=tuple(sorted({*course.phrases, *evidence.urgent})),
            drill=heard.drill,
        )
        judged = self._judge(lane, course, evidence, heard)
        told = life.settle(before, course, changes, judged, step.end_s)
        self._courses[lane] = course if told is None else told.course
        if told is None:
            return None
        incident = self._incident(told, evidence, judged)
        if incident.state is IncidentState.RESOLVED:
            del self._courses[lane]
            if lane is Lane.CRISIS:
                self._ended_s, self._ended_phrases = step.end_s, frozenset(course.phrases)
                self._ended_peak = course.peak
        verdict = self._decision(incident.signal, step.end_s, told.event, told.reason, incident.id)
        return incident, verdict

    def _evidence(self, course: Course, end_s: int, heard: Heard) -> Evidence:
        """What the sentence speaks of is made of: the same window, the same mentions."""
        leading = course.leading
        since_s = end_s - min(leading.window_s, LONGEST_S)
        return gather(
            heard.window.recent(since_s),
            weights=heard.window.weights(since_s),
            heard=heard.voices.heard_since(since_s),
            since_s=min(sign.since_s for sign in course.signs),
            window_s=leading.window_s,
            negative_share_usual=self._signals.negative_share_usual,
            about=leading.signal,
            gap_s=heard.gaps.since(since_s),
            signs=[sign.signal for sign in course.signs],
        )

    def _judge(self, lane: Lane, course: Course, evidence: Evidence, heard: Heard) -> Judgement:
        if lane is Lane.VIP:
            return Judgement("info", 0, ())
        if lane is Lane.SILENCE:
            return Judgement("warning", 0, ())
        volume = next((sign for sized in _SIZED for sign in course.signs if sign.signal is sized), None)
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
                urgent_authors=_urgent_authors(heard),
                signs=len(course.signs),
            )
        )

    def _incident(self, told: life.Step, evidence: Evidence, judged: Judgement) -> Incident:
        course, sign = told.course, told.course.leading
        resolved = course.over
        evidence = replace(evidence, reasons=judged.reasons, leading=sign.signal, peak=course.peak)
        if resolved:
            evidence = replace(evidence, urgent=course.phrases)
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
                lasted_s=course.updated_s - course.opened_s,
            ),
            evidence=evidence,
            config_hash=self._watches.config_hash,
            model_versions=self._models,
            drill=course.drill,
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


def _urgent_authors(heard: Heard) -> int:
    recent = heard.window.recent(heard.window.decided_until_s - HOUR_S)
    return len({row.author or row.id for row in recent if row.urgent})
