"""How to try again: in this one place, for every channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST_ASKED_S: Final = 3_600.0
"""A server that asks for a longer wait than this is tried after an hour all the same."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential waits with jitter: 2 s, 4 s, 8 s, ... up to five minutes.

    Jitter takes off up to `jitter` of a wait, so that many senders do not come back together.
    """

    first_s: float = 2.0
    factor: float = 2.0
    most_s: float = 300.0
    jitter: float = 0.25

    def wait_s(self, attempt: int, draw: float, asked_s: float | None = None) -> float:
        """Seconds to wait after failed attempt number `attempt` (from 1); `draw` is uniform in [0, 1).

        What the other side asked for is the least.
        """
        # The exponent is bounded: the power of a long outage does not fit a float.
        wait = min(self.most_s, self.first_s * self.factor ** min(attempt - 1, 60))
        wait *= 1 - self.jitter * draw
        return wait if asked_s is None else max(wait, min(asked_s, LONGEST_ASKED_S))


PATIENT: Final = RetryPolicy()
