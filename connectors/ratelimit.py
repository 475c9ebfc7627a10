"""Rate budgets, read from whatever headers a platform sends.

`x-rate-limit-*` (X), `X-RateLimit-*` (Mastodon) and `ratelimit-*` (Bluesky, the IETF draft) differ in
the form of the reset: Unix seconds, an ISO time, or seconds from now. All three are understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_FAMILIES: Final = ("x-rate-limit", "x-ratelimit", "ratelimit")
# A reset below this is seconds from now, above it Unix seconds (the first is 11 days, the second 2001).
_UNIX_FROM: Final = 1_000_000
LONGEST_S: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left until `reset_at`; a budget whose reset has passed is full again."""

    limit: float
    remaining: float
    reset_at: datetime

    def wait_s(self, now: datetime, *, reserve: float = 0) -> float:
        """Seconds to wait before the next request; 0 while more than `reserve` requests are left."""
        if self.remaining > reserve:
            return 0.0
        return min(LONGEST_S, max(0.0, (self.reset_at - now).total_seconds()))


def read_budget(headers: Mapping[str, str], now: datetime) -> Budget | None:
    """The budget that response headers tell of; None where they tell of none that makes sense."""
    low = {name.lower(): value for name, value in headers.items()}
    for family in _FAMILIES:
        try:
            limit = float(low[f"{family}-limit"].split(",")[0].split(";")[0])
            remaining = float(low[f"{family}-remaining"])
            reset_at = _reset(low[f"{family}-reset"], now)
        except (KeyError, ValueError, OverflowError):
            continue
        if limit >= 0 and remaining >= 0:
            return Budget(limit, remaining, reset_at)
    return None


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """`Retry-After` in seconds, from either of its two forms; None where absent or nonsense."""
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), None)
    if value is None:
        return None
    value = value.strip()
    try:
        seconds = (
            float(value)
            if value.isascii() and value.replace(".", "", 1).isdigit()
            else _from_date(value, now)
        )
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(LONGEST_S, max(0.0, seconds))


def _from_date(value: str, now: datetime) -> float:
    when = parsedate_to_datetime(value)
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return (when - now).total_seconds()


def _reset(value: str, now: datetime) -> datetime:
    try:
        number = float(value)
    except ValueError:
        when = datetime.fromisoformat(value)
        return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    seconds = number - now.timestamp() if number >= _UNIX_FROM else number
    if not 0 <= abs(seconds) < 1e9:
        raise ValueError("a reset that is not near")
    return datetime.fromtimestamp(now.timestamp() + seconds, UTC)
