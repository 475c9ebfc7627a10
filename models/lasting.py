"""Whether what stands out in a long window is there still: no incident goes on for what is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SHARE: Final = 0.25
"""The last quarter of a window is above the usual by at least this share of what the whole of it is."""


def has_passed(counts: Sequence[float], means: Sequence[float], steps: int, seen: float, mean: float) -> bool:
    """Of a window of so many steps at the end of both rings, which holds `seen` where `mean` is usual.

    Steps of which nothing is expected are gaps, and no part of the quarter.

    >>> has_passed([9.0, 9.0, 9.0, 1.0], [1.0] * 4, 4, 28.0, 4.0)
    True
    """
    if not seen > mean > 0.0:
        return False
    heard = [pair for pair in zip(counts[-steps:], means[-steps:], strict=True) if pair[1] > 0.0]
    late = heard[-max(len(heard) // 4, 1) :]
    usual = sum(expected for _, expected in late)
    return sum(count for count, _ in late) - usual < SHARE * (seen / mean - 1.0) * usual
