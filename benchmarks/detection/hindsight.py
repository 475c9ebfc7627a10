"""A rule that alarms above a limit, the limit set in hindsight to spend a budget of false incidents exactly.

Incidents live as in `models.episode`: a rise opens one, four calm hours resolve it, and for 24 hours more
only a rise a third higher opens another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.score import CrisisSum, crises
from benchmarks.detection.series import Floats, Series
from models.episode import EpisodePolicy

POLICY = EpisodePolicy()
COARSE, FINE = 0.97, 0.9999
"""Steps of the search for a limit: factors."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A series and how suspect each of its steps is: the higher, the more; 0 is not at all."""

    series: Series
    suspect: Floats


def openings(judged: Judged, limit: float) -> list[int]:
    """Rows at which an incident opens. Only the rows at or above the limit are walked."""
    at_s, suspect = judged.series.at_s, judged.suspect
    seen = np.flatnonzero(~np.isnan(judged.series.counts))
    calm_rows = POLICY.quiet_s // judged.series.step_s
    opened: list[int] = []
    last, peak = -1, 0.0
    for place in np.flatnonzero(suspect[seen] >= limit).tolist():
        height = float(suspect[seen[place]])
        if opened and place - last <= calm_rows:
            last, peak = place, max(peak, height)
            continue
        if opened:
            paused_s = int(at_s[seen[place]] - at_s[seen[last + calm_rows]])
            if paused_s < POLICY.pause_s and height / limit < POLICY.breaks(peak / limit, paused_s):
                continue
        opened.append(int(seen[place]))
        last, peak = place, height
    return opened


def at_limit(judged: Sequence[Judged], limit: float) -> CrisisSum:
    total = CrisisSum()
    for one in judged:
        total += crises(one.series, openings(one, limit))
    return total


def spending(judged: Sequence[Judged], incidents: int) -> float:
    """The lowest limit down to which, from the highest on, no more than this many incidents are false.

    From above, since a limit so low that all is one endless incident costs little as well.
    """
    high = max(float(one.suspect.max()) for one in judged) / COARSE
    low = high * COARSE
    while low > 0.1 and at_limit(judged, low).false_incidents <= incidents:
        high, low = low, low * COARSE
    while low < high * FINE:
        middle = (low + high) / 2
        if at_limit(judged, middle).false_incidents > incidents:
            low = middle
        else:
            high = middle
    return high


def seeing(judged: Sequence[Judged], size: float, share: float) -> CrisisSum:
    """What the highest limit costs at which this share of the crises of a size is seen in time.

    A sum of nothing, whose rates are NaN, where none does.
    """
    limit = max(float(one.suspect.max()) for one in judged)
    while limit > 0.1:
        found = at_limit(judged, limit)
        if found.share_seen(size) >= share:
            return found
        limit *= 0.99
    return CrisisSum()
