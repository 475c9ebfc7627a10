"""Plain numbers about one connector, which the process turns into metrics."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from connectors.mention import Gap, Mention, Page, Retraction

_RATE_OVER: Final = timedelta(seconds=60)


class Meter:
    """Counts since the start; `numbers` is a snapshot.

    `last_event_age_s` (absent before the first), `rate_per_s` over the last minute, `mentions`,
    `retractions`, `malformed`, `gaps`, `reconnects`, `failures` in a row, `connected` (1 or 0), and
    whatever the connector's own pages measured, such as `budget_left`.
    """

    def __init__(self) -> None:
        self._counts = dict.fromkeys(("mentions", "retractions", "malformed", "gaps", "reconnects"), 0)
        self._recent: deque[tuple[datetime, int]] = deque()
        self._last_event_at: datetime | None = None
        self._own: dict[str, float] = {}
        self.failures = 0
        self.connected = False

    def reconnected(self) -> None:
        self._counts["reconnects"] += 1

    def page(self, page: Page, now: datetime) -> None:
        events = 0
        for item in page.items:
            match item:
                case Mention():
                    self._counts["mentions"] += 1
                    events += 1
                case Retraction():
                    self._counts["retractions"] += 1
                    events += 1
                case Gap():
                    self._counts["gaps"] += 1
        self._counts["malformed"] += len(page.malformed)
        if events:
            self._last_event_at = now
            self._recent.append((now, events))
        while self._recent and self._recent[0][0] < now - _RATE_OVER:
            self._recent.popleft()
        self._own.update(page.measurements)

    def numbers(self, now: datetime) -> dict[str, float]:
        out: dict[str, float] = {
            **self._own,
            **self._counts,
            "rate_per_s": sum(events for _, events in self._recent) / _RATE_OVER.total_seconds(),
            "failures": self.failures,
            "connected": float(self.connected),
        }
        if self._last_event_at is not None:
            out["last_event_age_s"] = max(0.0, (now - self._last_event_at).total_seconds())
        return out
