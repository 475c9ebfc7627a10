"""Wordings of the last hours, whose copies are no further voice.

Plain data: the second at which each band of a signature (`models.narrative`) was met last, in that order.
"""

from __future__ import annotations

from models.narrative import BANDS, MIN_SHARED_BANDS, Signature

Wordings = dict[int, int]


def is_copy(signature: Signature, wordings: Wordings, at_s: int) -> bool:
    """Whether nearly the same was met before; either way it is met now."""
    keys = [number << 32 | band for number, band in enumerate(signature)]
    met = [key for key in keys if key in wordings]
    for key in met:
        del wordings[key]
    wordings.update(dict.fromkeys(keys, at_s))
    return len(met) >= MIN_SHARED_BANDS


def forget_old(wordings: Wordings, until_s: int, most: int) -> None:
    """Drop what was last met at `until_s` or before, and the oldest beyond `most` wordings."""
    while wordings and (wordings[oldest := next(iter(wordings))] <= until_s or len(wordings) > BANDS * most):
        del wordings[oldest]
