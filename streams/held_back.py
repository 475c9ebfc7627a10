"""Why nobody is told of what might have been a rise, or a silence: kept with the decisions."""

from __future__ import annotations

from typing import Final, NamedTuple

from models.spike import Reading
from streams.heard import Heard
from streams.present import HOUR_S, Band
from streams.records import Signal
from streams.signals import StepTime

FEW: Final = 10
"""So many mentions an hour are worth a line on why nobody is told."""
SAME_WORDS: Final = (
    "the same urgent words as in the incident that ended shortly before, and fewer than three accounts"
)
TAIL: Final = "the tail of the incident that ended shortly before"
_NOT_ENOUGH: Final = {
    "too-few": "far above the usual, and too few in all to matter",
    "few-voices": "loud, and made by few voices",
    "nothing-new": "above the usual, with no new word that independent voices share",
}


class HeldBack(NamedTuple):
    """`verdict` is held, or muted where something known explains it."""

    signal: Signal
    verdict: str
    reason: str


def held_back(volume: Reading, step: StepTime, heard: Heard, band: Band) -> HeldBack | None:
    """Of a step in which the volume opens nothing: what would have, and what keeps it from that."""
    if volume.alarm or step.gap:
        return None
    if volume.silent_s and step.partial_gap:
        return HeldBack(Signal.SILENCE, "muted", "a gap in collection explains the silence")
    if step.planned:
        seen, (expected, _) = heard.window.count(step.end_s - HOUR_S), band(HOUR_S)
        usual = expected / step.factor
        if seen >= max(2.0 * usual, FEW):
            return HeldBack(
                Signal.VOLUME,
                "muted",
                f"{seen} mentions in the last hour where {usual:.0f} are usual: “{step.planned}” is in the "
                f"calendar, {expected:.0f} were expected",
            )
    if volume.reason in _NOT_ENOUGH:
        seen = heard.window.count(step.end_s - volume.window_s)
        why = f"{_NOT_ENOUGH[volume.reason]}: {seen} mentions in {volume.window_s // 60} minutes"
        return HeldBack(Signal.VOLUME, "held", why)
    return None


def why_paused(reading: Reading) -> str:
    return (
        f"{reading.observed:g} where {reading.expected:g} are expected is above the limit of "
        f"{reading.limit:g}, but an incident ended shortly before and this is not worse"
    )
