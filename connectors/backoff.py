"""How long to wait after a failure, by the class of the failure.

The waits are tenacity's. The classes follow the platforms' own rules: X asks for linear waits after
network trouble, exponential from 5 s after HTTP errors and from 60 s after a 429
(docs.x.com, "Handling disconnections").
"""

from __future__ import annotations

from typing import Final

from tenacity import RetryCallState, Retrying
from tenacity.wait import wait_base, wait_exponential, wait_incrementing, wait_random

from connectors.errors import ConnectorError, RateLimited, Refused, ServerTrouble

# Jitter keeps many listeners from coming back in the same second.
NETWORK: Final[wait_base] = wait_incrementing(start=0.25, increment=0.75, max=16) + wait_random(0, 0.5)
SERVER: Final[wait_base] = wait_exponential(multiplier=5, max=320) + wait_random(0, 2)
RATE: Final[wait_base] = wait_exponential(multiplier=60, max=900) + wait_random(0, 5)
REFUSED: Final[wait_base] = wait_exponential(multiplier=30, max=900) + wait_random(0, 5)
LONGEST_ASKED_S: Final = 6 * 3600.0

_NOBODY: Final = Retrying()


def delay_s(error: ConnectorError, attempt: int) -> float:
    """Seconds until the next try, `attempt` being 1 after the first failure in a row."""
    asked = error.retry_after_s
    if asked is not None:
        # What the server asks for is the least; a little jitter on top, and a bound on nonsense.
        return min(asked, LONGEST_ASKED_S) + wait_random(0, 1)(_state(1))
    match error:
        case RateLimited():
            wait = RATE
        case Refused():
            wait = REFUSED
        case ServerTrouble():
            wait = SERVER
        case _:
            wait = NETWORK
    return wait(_state(attempt))


def _state(attempt: int) -> RetryCallState:
    state = RetryCallState(_NOBODY, None, (), {})
    state.attempt_number = max(1, attempt)
    return state
