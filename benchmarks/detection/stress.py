"""The same series under stress: one huge early burst, a tenth or a thirtieth of the volume, begun late."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.detection.series import DAY_S, Series

MASK_ROWS = (1000, 1024)
MASK_FACTOR = 50
LATE_DAYS = 1.25
LATE_TAIL_DAYS = 2.0


def masked(series: Series) -> Series:
    """Two hours of day four times fifty; what is opened inside them is not scored."""
    first, last = MASK_ROWS
    counts = series.counts.copy()
    counts[first:last] *= MASK_FACTOR
    return replace(series, counts=counts, unscored=((first, last - 1),))


def thinned(series: Series, share: float, seed: int) -> Series:
    """Each mention is kept with a probability of `share`."""
    rng = np.random.default_rng([zlib.crc32(series.name.encode()), seed])
    counts = series.counts.copy()
    known = ~np.isnan(counts)
    counts[known] = rng.binomial(counts[known].astype(np.int64), share)
    return replace(series, counts=counts)


def begun_late(series: Series) -> Iterator[Series]:
    """For each window a series of its own that begins a day and a quarter before it."""
    for place, (first, last) in enumerate(series.windows):
        begin = max(first - int(LATE_DAYS * DAY_S / series.step_s), 0)
        end = min(last + int(LATE_TAIL_DAYS * DAY_S / series.step_s), len(series.counts))
        later = series.windows[place + 1 :]
        if later:
            end = min(end, later[0][0])
        part = slice(begin, end)
        yield replace(
            series,
            name=f"{series.name}-late-{place}",
            at_s=series.at_s[part],
            counts=series.counts[part],
            local_hour=series.local_hour[part],
            local_weekday=series.local_weekday[part],
            factor=series.factor[part],
            windows=((first - begin, last - begin),),
        )
