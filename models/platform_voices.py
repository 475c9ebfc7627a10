"""The voices of a word by platform, in one whole number, which is added and taken away as any count.

The first three platforms of a watch are told apart, and the rest from them. Each has 16 bits, its place.
"""

from __future__ import annotations

from typing import Final

_BITS: Final = 16
PLACES: Final = 4
"""Three platforms, and the others together."""
EVERYWHERE: Final = (1 << _BITS) - 1
"""`voices % EVERYWHERE` is how many there are on all platforms: the sum of the places, as modulo nine is that
of digits."""


def place_of(platform: str, platforms: dict[str, int]) -> int:
    """The place of a platform, which it has from the first time it is met."""
    return platforms.setdefault(platform, min(len(platforms), PLACES - 1))


def voice_at(place: int) -> int:
    return 1 << (_BITS * place)


def foremost(voices: int) -> int:
    """How many there are on the platform that has most of them.

    >>> foremost(3 * voice_at(0) + 2 * voice_at(3))
    3
    """
    return max((voices >> (_BITS * place)) & EVERYWHERE for place in range(PLACES))
