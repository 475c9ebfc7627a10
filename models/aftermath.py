"""What follows an alarm: which steps are ordinary after it, and what many alarms ask of the next.

What follows an alarm belongs to it and says nothing of what is usual. The days of one rise are one day, so
that three crises in a month do not make a calm series a wild one. A series of which there were more rises
lately than a watch may cost is harder to believe: each asks a little more of the next, so that the false
pages of a month keep to their promise where bursts are daily bread (what the wards call alarm fatigue is
here the detector's, not the officer's).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from models.kept import Kept

HOUR_S: Final = 3_600
DAY_S: Final = 86_400
_LONG_AGO: Final = 10**6


@dataclass(frozen=True, slots=True)
class AftermathPolicy:
    lasts_s: int = 12 * HOUR_S
    """So long after the last alarm a step belongs to it."""
    longest_s: int = 3 * DAY_S
    """A rise that goes on for longer is the way the series is."""
    rises_days: int = 28
    usual_rises: int = 2
    """Of so many days; each that there were more ..."""
    fatigue_a_rise: float = 0.08
    """... makes the limits by this share higher."""


@dataclass(slots=True)
class Aftermath(Kept):
    """State, in steps. `rises` are how many local days ago each of the last rises began, `fatigue` how many
    times higher the limits are for them, both as of the last midnight."""

    since_alarm: int = _LONG_AGO
    since_onset: int = _LONG_AGO
    onset_today: bool = False
    today_steps: int = 0
    rises: list[int] = field(default_factory=list)
    fatigue: float = 1.0

    def is_over(self, policy: AftermathPolicy, step_s: int) -> bool:
        return self.since_alarm * step_s > policy.lasts_s

    def is_ordinary(self, policy: AftermathPolicy, step_s: int) -> bool:
        """Not of a rise that began on an earlier day: its first day counts, with its height."""
        return self.onset_today or self.is_over(policy, step_s)

    def pass_step(self, policy: AftermathPolicy, step_s: int) -> None:
        """A step that was heard has come."""
        self.since_alarm += 1
        self.since_onset += 1
        self.today_steps += self.is_ordinary(policy, step_s)

    def tell(self, policy: AftermathPolicy, step_s: int, *, alarm: bool) -> None:
        """Whether that step was an alarm."""
        if not alarm:
            return
        if self.is_over(policy, step_s) or self.since_onset * step_s > policy.longest_s:
            self.since_onset = 0
            self.onset_today = True
            self.rises.append(0)
        self.since_alarm = 0

    def close_day(self, policy: AftermathPolicy, step_s: int) -> bool:
        """Local midnight; whether most of the day was ordinary, and heard."""
        kept = self.today_steps * step_s > DAY_S // 2
        self.today_steps = 0
        self.onset_today = False
        self.rises = [days + 1 for days in self.rises if days + 1 < policy.rises_days]
        more = max(len(self.rises) - policy.usual_rises, 0)
        self.fatigue = 1.0 + more * policy.fatigue_a_rise
        return kept
