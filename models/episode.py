"""The rise and fall of one signal: from readings to what is opened, updated and resolved.

    quiet --alarm--> open --quiet for long--> paused --pause over--> quiet
                      ^                          |
                      +------ real escalation ---+

Pure: `advance(state, reading, policy)` returns the next state and what happened. A gap neither opens nor
resolves anything, and time that was not seen does not count as quiet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

from models.kept import Kept
from models.spike import Reading

HOUR_S: Final = 3_600


@dataclass(frozen=True, slots=True)
class EpisodePolicy:
    """How long quiet must last, and what may break the pause that follows."""

    quiet_s: int = 4 * HOUR_S
    pause_s: int = 24 * HOUR_S
    """After resolving: what rises again within it is held, unless it is a real escalation. It bridges
    quiet nights, so that a crisis of some days is one incident."""
    escalation: float = 1.3
    """A rise during the pause re-opens when its score is this many times the highest of the episode ..."""
    firm_s: int = 8 * HOUR_S
    """... for so long; then less and less is asked, and at the end of a longer pause any alarm will do."""
    update_factor: float = 1.25
    """An open episode tells again when its score grew by this factor since it last told ..."""
    update_every_s: int = 6 * HOUR_S
    """... and while it stays above its limit, this often."""

    def breaks(self, peak_score: float, paused_s: int) -> float:
        """The score that breaks a pause which lasts so long: in the end that of the limit, 1."""
        escalated = self.escalation * peak_score
        if paused_s <= self.firm_s:
            return escalated
        return math.pow(escalated, (self.pause_s - paused_s) / (self.pause_s - self.firm_s))


@dataclass(frozen=True, slots=True)
class EpisodeState(Kept):
    """`phase` decides which of the times mean something."""

    phase: Literal["quiet", "open", "paused"] = "quiet"
    opened_at_s: int = 0
    since_s: int = 0
    last_alarm_s: int = 0
    quiet_s: int = 0
    last_s: int = 0
    told_s: int = 0
    told_score: float = 0.0
    peak_score: float = 0.0
    resolved_at_s: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """`again` says that it is the escalation of an episode resolved shortly before."""

    at_s: int
    since_s: int
    reading: Reading
    again: bool = False


@dataclass(frozen=True, slots=True)
class Updated:
    at_s: int
    opened_at_s: int
    reading: Reading
    reason: Literal["grew", "goes-on"]


@dataclass(frozen=True, slots=True)
class Resolved:
    at_s: int
    opened_at_s: int
    reading: Reading


@dataclass(frozen=True, slots=True)
class Held:
    """There was an alarm, and nobody is told."""

    at_s: int
    reason: Literal["paused", "already-open"]


Event = Opened | Updated | Resolved | Held


def advance(
    state: EpisodeState, reading: Reading, policy: EpisodePolicy
) -> tuple[EpisodeState, Event | None]:
    """One reading further. Readings come in order of time; a repeated one changes nothing."""
    if reading.gap or reading.at_s <= state.last_s:
        return state, None
    elapsed_s = _seen_s(state, reading)
    state = replace(state, last_s=reading.at_s)
    if state.phase == "open":
        return _while_open(state, reading, policy, elapsed_s)
    if not reading.alarm:
        if state.phase == "paused" and reading.at_s - state.resolved_at_s >= policy.pause_s:
            state = replace(state, phase="quiet", peak_score=0.0)
        return state, None
    if state.phase == "paused" and reading.at_s - state.resolved_at_s < policy.pause_s:
        if reading.score < policy.breaks(state.peak_score, reading.at_s - state.resolved_at_s):
            return state, Held(reading.at_s, "paused")
        return _open(reading, again=True)
    return _open(reading, again=False)


def _seen_s(state: EpisodeState, reading: Reading) -> int:
    """Seconds since the last reading; of a gap between them only one step was seen."""
    return min(reading.at_s - state.last_s, reading.step_s) if state.last_s else 0


def _open(reading: Reading, *, again: bool) -> tuple[EpisodeState, Event]:
    opened = EpisodeState(
        phase="open",
        opened_at_s=reading.at_s,
        since_s=reading.since_s,
        last_alarm_s=reading.at_s,
        last_s=reading.at_s,
        told_s=reading.at_s,
        told_score=reading.score,
        peak_score=reading.score,
    )
    return opened, Opened(reading.at_s, reading.since_s, reading, again=again)


def _while_open(
    state: EpisodeState, reading: Reading, policy: EpisodePolicy, elapsed_s: int
) -> tuple[EpisodeState, Event | None]:
    peak = max(state.peak_score, reading.score)
    if not reading.alarm:
        quiet_s = state.quiet_s + elapsed_s if reading.calm else 0
        state = replace(state, quiet_s=quiet_s, peak_score=peak)
        if quiet_s < policy.quiet_s:
            return state, None
        resolved = replace(state, phase="paused", resolved_at_s=reading.at_s, quiet_s=0)
        return resolved, Resolved(reading.at_s, state.opened_at_s, reading)
    state = replace(state, quiet_s=0, last_alarm_s=reading.at_s, peak_score=peak)
    grew = reading.score >= policy.update_factor * state.told_score
    if grew or reading.at_s - state.told_s >= policy.update_every_s:
        told = replace(state, told_s=reading.at_s, told_score=max(state.told_score, reading.score))
        return told, Updated(reading.at_s, state.opened_at_s, reading, "grew" if grew else "goes-on")
    return state, Held(reading.at_s, "already-open")
