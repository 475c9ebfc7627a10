"""When a connection that is open counts as dead."""

from __future__ import annotations

from typing import Final

LONGEST_S: Final = 600.0


class IdleWatchdog:
    """Barks after `idle_s` without an event, and learns patience from a source that is really quiet.

    A stream can stall without closing, also while its pings are answered; and a narrow filter can be
    silent for hours. So after each bark that a fresh connection met with silence too, the next one
    takes twice as long, up to ten minutes; the first event puts it back. Times are the event loop's.
    """

    def __init__(self, idle_s: float) -> None:
        self._least_s = idle_s
        self._limit_s = idle_s
        self._last_s = 0.0
        self._heard = False

    @property
    def limit_s(self) -> float:
        return self._limit_s

    def connected(self, now_s: float) -> None:
        self._last_s = now_s
        self._heard = False

    def event(self, now_s: float) -> None:
        self._last_s = now_s
        self._heard = True
        self._limit_s = self._least_s

    def barks(self, now_s: float) -> bool:
        """Whether the connection should be replaced now; asking again after yes starts anew."""
        if now_s - self._last_s < self._limit_s:
            return False
        if not self._heard:
            self._limit_s = min(self._limit_s * 2, max(LONGEST_S, self._least_s))
        self._last_s = now_s
        return True
