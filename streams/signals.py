"""What the signals of one watch read in a step: rows in, one `Reading` a signal out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models.news import News
from models.share import ShareDetector, ShareState, ShareStep, share_policy_for
from models.spike import Reading, Sensitivity, SpikeDetector, SpikeState, Step, Voices, policy_for
from streams.narratives import Narratives
from streams.records import STEP_S, Flag, Signal
from streams.voices import KnownVoices
from streams.window import RECENT_S, Row

HOUR_S: Final = 3_600
LOUDEST: Final = 10
_USUAL_SHARE: Final = {Signal.NEGATIVE: 0.25, Signal.MISINFORMATION: 0.02}


@dataclass(frozen=True, slots=True)
class StepTime:
    """A step of data time, as the watch's time zone sees its start.

    `gap`: nobody listened. `partial_gap`: some did, so that counts are lower bounds. `factor`: how
    many times the usual the calendar expects, for the event named `planned`.
    """

    start_s: int
    end_s: int
    local_hour: float
    local_weekday: int
    gap: bool = False
    partial_gap: bool = False
    factor: float = 1.0
    planned: str = ""


class Signals:
    """The detectors of one watch."""

    def __init__(self, sensitivity: Sensitivity, held: Mapping[str, Any] | None = None) -> None:
        volume = SpikeState.from_json(held["volume"]) if held else None
        self._volume = SpikeDetector(policy_for(sensitivity, STEP_S), volume)
        self._shares = {
            signal: ShareDetector(
                share_policy_for(sensitivity, STEP_S, prior_share=usual),
                ShareState.from_json(held[signal]) if held else None,
            )
            for signal, usual in _USUAL_SHARE.items()
        }
        # A state that was kept before narratives were followed goes on without any.
        self._narratives = Narratives(sensitivity, held.get(Signal.NARRATIVE) if held else None)

    @property
    def negative_share_usual(self) -> float:
        return self._shares[Signal.NEGATIVE].usual

    def band(self, window_s: int) -> tuple[float, float]:
        """(expected, limit) in mentions over the window that ended with the last step."""
        return self._volume.band(window_s)

    def to_json(self) -> dict[str, Any]:
        return {
            "volume": self._volume.state.to_json(),
            **{signal.value: share.state.to_json() for signal, share in self._shares.items()},
            Signal.NARRATIVE.value: self._narratives.to_json(),
        }

    def read(
        self,
        step: StepTime,
        rows: Sequence[Row],
        voices: KnownVoices,
        recent: Callable[[int], Sequence[Row]],
        news: News | None = None,
    ) -> dict[Signal, Reading]:
        """Readings of the signals; `voices` are those heard before this step, `news` what its words say.

        `recent` gives the rows of decided steps from a second on, this step's among them.
        """
        counted = Step(
            at_s=step.end_s,
            step_s=STEP_S,
            local_hour=step.local_hour,
            local_weekday=step.local_weekday,
            count=None if step.gap else float(len(rows)),
            factor=step.factor,
            partial=step.partial_gap,
            voices=who_speaks(rows, voices, step.start_s),
            news=news,
        )
        volume = self._in_mentions(self._volume.step(counted))
        hour = sum(self._volume.state.raw[-HOUR_S // STEP_S :])
        scored = sum(1 for row in rows if row.flags & Flag.SCORED)
        negative = sum(1 for row in rows if row.flags & Flag.NEGATIVE)
        flagged = sum(1 for row in rows if row.flags & Flag.MISINFORMATION)
        slow = self._in_mentions(self._volume.slow_burn(volume))
        if slow.alarm:
            # What only slow windows see is a signal of its own.
            volume = volume._replace(alarm=False, score=min(volume.score, 0.99), reason="slow-burn")
        return {
            Signal.VOLUME: volume,
            Signal.SLOW_BURN: slow,
            Signal.NARRATIVE: self._narratives.read(counted, rows, hour=hour, recent=recent),
            Signal.NEGATIVE: self._share(Signal.NEGATIVE, step, scored, negative),
            Signal.MISINFORMATION: self._share(Signal.MISINFORMATION, step, len(rows), flagged),
            Signal.URGENT: _single(step, sum(1 for row in rows if row.urgent)),
            Signal.VIP: _single(step, sum(1 for row in rows if row.flags & Flag.VIP)),
            Signal.SILENCE: silence(self._volume.unheard(volume), partial_gap=step.partial_gap),
        }

    def _in_mentions(self, volume: Reading) -> Reading:
        """The reading in mentions, which people are told, where voices or witnesses decided."""
        if volume.unit == "mentions" or not volume.alarm:
            return volume
        observed = volume.mentions
        if volume.unit == "witnesses":
            expected, _ = self._volume.band(volume.window_s)
        else:
            expected = volume.expected * self._volume.mentions_a_voice
        # A rise in voices is one, however few mentions each of these makes.
        expected = min(expected, observed * volume.expected / max(volume.observed, 1e-9))
        # What decided was above its limit; in mentions the limit lies at the same part of the excess.
        above = max(volume.observed - volume.expected, 1e-9)
        part = min(max((volume.limit - volume.expected) / above, 0.0), 1.0)
        limit = min(expected + part * (observed - expected), observed)
        return volume._replace(observed=observed, expected=expected, limit=limit)

    def _share(self, signal: Signal, step: StepTime, total: int, part: int) -> Reading:
        return self._shares[signal].step(
            ShareStep(
                at_s=step.end_s,
                step_s=STEP_S,
                local_weekday=step.local_weekday,
                total=None if step.gap else float(total),
                part=0.0 if step.gap else float(part),
            )
        )


def who_speaks(rows: Sequence[Row], voices: KnownVoices, start_s: int) -> Voices | None:
    """Who speaks in a step; None where no author is known."""
    loudness = Counter(row.author for row in rows if row.author)
    if not loudness:
        return None
    originals = [row for row in rows if not row.flags & Flag.REPOST]
    fresh_from_s = start_s - RECENT_S
    # Exact copies alone, as it is cheap; a text too short for a signature is nobody's copy.
    wordings = Counter(row.signature for row in rows if row.signature)
    top = sum(sorted(loudness.values(), reverse=True)[:LOUDEST])
    return Voices(
        authors=len(loudness),
        fresh_authors=sum(1 for author in loudness if voices.last_s(author) < fresh_from_s),
        new_authors=sum(1 for author in loudness if author not in voices),
        witnesses=len(
            {
                row.author
                for row in originals
                if row.author and row.author not in voices and wordings[row.signature] <= 1
            }
        ),
        original_authors=len({row.author for row in originals if row.author}),
        originals=len(originals),
        reposts=len(rows) - len(originals),
        near_duplicate_share=sum(count for count in wordings.values() if count > 1) / len(rows),
        loudest_share=top / loudness.total(),
        platforms=len({row.id.partition(":")[0] for row in rows}),
        unknown=sum(1 for row in rows if not row.author),
    )


def _single(step: StepTime, count: int) -> Reading:
    """A signal of which one post is enough: expected none, limit one."""
    return Reading(
        at_s=step.end_s,
        observed=float(count),
        expected=0.0,
        limit=1.0,
        window_s=STEP_S,
        since_s=step.start_s,
        score=float(count),
        alarm=count > 0,
        calm=count == 0,
        warming_up=False,
        reason="one-is-enough" if count else "normal",
        gap=step.gap,
    )


def silence(volume: Reading, *, partial_gap: bool = False) -> Reading:
    """The volume read downwards. A gap explains silence, also one of a single source."""
    return volume._replace(
        alarm=volume.silent_s > 0,
        calm=not volume.silent_s,
        score=1.0 if volume.silent_s else 0.0,
        reason="silent" if volume.silent_s else "normal",
        gap=volume.gap or partial_gap,
    )
